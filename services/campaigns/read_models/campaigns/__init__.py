"""The read model of campaigns as they stand."""
