"""How fast the reminders are, measured beside APScheduler and a bare SQLAlchemy loop in one run, on this machine."""
