"""Whether the service is well: it looks itself over, stops itself, and tells who is outside."""
