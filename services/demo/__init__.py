"""The demo: a chain's real year, sent by tills over HTTP and checked against the data. A client, not a service."""
