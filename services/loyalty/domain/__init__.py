"""What loyalty decides, and nothing about how it is stored or asked for."""
