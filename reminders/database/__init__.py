"""Where enrollments, reminders, deliveries and their history are kept; only this package knows SQL."""
