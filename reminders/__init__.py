"""The service around the plan: storage, sending and commands; the rules themselves live in `schedules`."""

__version__ = "0.1.0"
