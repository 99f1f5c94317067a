"""The agreement of two parties on one version of a joint promotion."""
