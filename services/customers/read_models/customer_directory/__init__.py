"""The directory: which customers there are, since when, from which store, recognised by what."""
