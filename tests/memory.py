"""Where tests write: into memory where the machine has plenty, for what is tested there waits for every commit.

The rule: a folder the caller names stays the one, and a machine with little memory keeps its disk.
"""

import os
import shutil
import tempfile
from pathlib import Path

SHARED = Path("/dev/shm")  # noqa: S108  # its owner is the system, and pytest makes a private folder in it
LONGEST = 60  # of a socket's path, which may have 107 bytes
ROOM = 4 << 30  # bytes, of the folder and of memory that is not in use
NAMED = ("TMPDIR", "PYTEST_DEBUG_TEMPROOT")


def write_into_memory() -> None:
    """Let this process and those it starts keep their temporary files in memory, if there is room."""
    if not any(name in os.environ for name in NAMED) and has_room(SHARED):
        os.environ["TMPDIR"] = str(SHARED)
        tempfile.tempdir = None  # asked anew


def has_room(folder: Path, unused: int | None = None) -> bool:
    """Whether files can be kept in this folder of memory, and programs be started from it."""
    if not folder.is_dir() or os.statvfs(folder).f_flag & os.ST_NOEXEC:
        return False
    return min(shutil.disk_usage(folder).free, _unused_memory() if unused is None else unused) >= ROOM


def short_folder() -> str:
    """The folder of temporary files, or one whose name leaves room for a socket's."""
    usual = tempfile.gettempdir()
    return usual if len(usual) <= LONGEST else "/tmp"  # noqa: S108


def _unused_memory() -> int:
    told = Path("/proc/meminfo")
    if not told.is_file():
        return 0
    lines = dict(line.split(":", 1) for line in told.read_text("ascii").splitlines())
    return int(lines.get("MemAvailable", "0 kB").split()[0]) << 10
