"""`python -m reminders` is the command `reminders`."""

import sys

from reminders.cli import main

if __name__ == "__main__":
    sys.exit(main())
