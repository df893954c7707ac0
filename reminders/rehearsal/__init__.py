"""The real program on a simulated clock, with a provider in memory: no rule of the product stands here."""
