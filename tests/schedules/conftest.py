"""The property tests draw the same examples on every machine and have no deadline: the gate never flickers."""

from hypothesis import HealthCheck, settings

settings.register_profile(
    "schedules",
    derandomize=True,
    deadline=None,
    database=None,
    max_examples=100,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
settings.load_profile("schedules")
