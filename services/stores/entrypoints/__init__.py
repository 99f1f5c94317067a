"""How the service is called: HTTP, other services' facts, time."""
