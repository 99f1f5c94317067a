"""Where notifications is called: HTTP, consumers, jobs, and members who follow a link."""
