"""The documents are tested: what they tell a reader to type is typed, what they show is what comes."""
