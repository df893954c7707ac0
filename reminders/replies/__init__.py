"""What comes in by text: whose it is, what it means, and what is answered."""
