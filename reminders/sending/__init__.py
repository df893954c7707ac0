"""What leaves: claimed, checked for the last time, written down, each in its turn and at its sender's pace."""
