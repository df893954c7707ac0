"""Planted bugs: small mutations of our own code, each of which the tests must catch."""
