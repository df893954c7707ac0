"""What the words for a patient are made of: facts, their print, their length, a calendar's entry."""
