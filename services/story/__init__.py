"""The story of one campaign, played on a running system over its APIs, from the question to the result. A client."""
