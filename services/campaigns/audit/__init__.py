"""The auditor of `campaigns`: checks what was given away, by means of its own."""
