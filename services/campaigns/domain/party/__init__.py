"""A party of joint promotions: ourselves, or a partner shop nearby."""
