"""What became of a message after its call: by the provider's receipts, by asking it, by a person's word."""
