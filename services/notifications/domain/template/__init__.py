"""The stream `template-<code>.<channel>.<language>`: the wording of one message."""
