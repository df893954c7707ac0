"""A drawing into the file that somebody named for it, or one line that says why not.

The rule: what takes its time looks at the file first; to look leaves nothing behind.
"""

import os
from pathlib import Path

from reminders.errors import InputError


def check_writable(file: Path) -> None:
    """Refuse a file that cannot be written, before the work is done whose picture it is for."""
    try:
        there = os.path.lexists(file)
        file.open("a").close()
        if not there:
            file.unlink()
    except OSError as error:
        raise _refusal(file, error) from None


def write_drawing(file: Path, drawing: str) -> None:
    """Save a drawing (SVG); InputError where that cannot be."""
    try:
        file.write_text(drawing, encoding="utf-8", newline="\n")
    except OSError as error:
        raise _refusal(file, error) from None


def _refusal(file: Path, error: OSError) -> InputError:
    return InputError(f"--svg: {file} cannot be written ({error.strerror}); name a file in a folder of yours")
