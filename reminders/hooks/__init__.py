"""What providers tell us: pure verification and parsing for each of them, and what follows from it."""
