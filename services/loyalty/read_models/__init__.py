"""Tables that answer questions, written in the transaction of the events."""
