"""The read model of the uses of offers: what each took off, and what of it stands."""
