"""How a customer is recognised: identifiers in one spelling, the tokens that stand for them, and the keys for both."""
