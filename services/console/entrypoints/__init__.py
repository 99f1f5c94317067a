"""HTTP, topics, and the page."""
