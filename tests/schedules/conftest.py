"""The property tests draw the same examples on every machine and have no deadline: the gate never flickers.

`make soak` sets SOAK, and they draw very many.
"""

import os

from hypothesis import HealthCheck, settings

FEW, MANY = 40, 1000

settings.register_profile(
    "schedules",
    derandomize=True,
    deadline=None,
    database=None,
    max_examples=MANY if "SOAK" in os.environ else FEW,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
settings.load_profile("schedules")
