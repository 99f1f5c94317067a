"""The stream `contact-<customer id>`: everything about contacting one member."""
