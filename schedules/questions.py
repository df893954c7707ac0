"""What counts as an answer to a question, and which answers a person must hear of: clinical rules, without a store.

Pain is rated from 0 to 10, as the shipped texts ask for it. From 7 on it counts as severe in the usual grouping of the
numeric rating scale; the limits are drafts until clinicians of the department have agreed to them.
"""

from datetime import timedelta

from schedules.protocol import Question

OPEN = timedelta(days=7)  # how long a question stays open
YES, NO = 1, 2
FITS = {Question.PAIN: range(11), Question.VISIT: (YES, NO), Question.ARRIVAL: (YES, NO)}
STRONG, STRONGEST = 7, 9  # pain that a person must hear of, and at once
SOON = timedelta(hours=24)  # so near a date nobody may wait to hear that the patient cannot come
