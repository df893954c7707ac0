"""What changes a stored plan, each in one commit, and puts right what was told."""
