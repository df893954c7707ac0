"""How a message leaves the house: one port (`base`), one registry of kinds, one module per kind."""
