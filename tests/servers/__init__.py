"""Real servers on this machine that speak a provider's language, faults included."""
