"""What a service is made of, and how its parts are run."""
