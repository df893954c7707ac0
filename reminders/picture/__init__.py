"""A patient's timeline as one SVG picture to print and pin up: a frozen model in, text out, the same text every time.

It never holds the patient's name, phone or address; what a reminder's state is can be read without color.
"""

from reminders.picture.model import Entry, Landmark, Look, Picture
from reminders.picture.svg import draw

__all__ = ["Entry", "Landmark", "Look", "Picture", "draw"]
