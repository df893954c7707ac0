"""A secret in a file of its own: one line of text that no other account may read, or the file is refused.

Below the places where a platform lays secrets for one service alone, mode and owner are the platform's: Docker Swarm
gives files of root's that all in the container may read, systemd shows the mask of an access list as the group's bits.
"""

import os
import shlex
from pathlib import Path

from reminders.errors import ConfigurationError

PLATFORM_PLACES = (Path("/run/secrets"), Path("/run/credentials"))


def read_secret(file: Path, where: str, places: tuple[Path, ...] = PLATFORM_PLACES) -> str:
    """The secret without its line end. ConfigurationError, with `where` in front, for a file that cannot hold one."""
    try:
        with file.open(encoding="utf-8") as stream:
            status = os.fstat(stream.fileno())
            if status.st_mode & 0o077 and not _is_laid_by_platform(file, places):
                hint = mending(file, owner=status.st_uid, account=os.geteuid())
                raise ConfigurationError(f"{where}: the file it names is open to other accounts: {hint}")
            secret = stream.read().strip()
    except OSError as error:
        raise ConfigurationError(f"{where}: the file it names cannot be read ({error.strerror})") from None
    except UnicodeDecodeError:
        raise ConfigurationError(f"{where}: the file it names must hold one line of text") from None
    if not secret:
        raise ConfigurationError(f"{where}: the file it names is empty; put the secret into it")
    return secret


def _is_laid_by_platform(file: Path, places: tuple[Path, ...]) -> bool:
    real = file.resolve()  # /var/run is /run, and Kubernetes' files are links beside each other
    return any(real.is_relative_to(place) for place in places)


def mending(file: Path, *, owner: int, account: int) -> str:
    """The command that mends it; a file of somebody else's has to become the account's own, or it could not read it."""
    name = shlex.quote(str(file))
    chown = f"chown {account} {name} && " if account not in (owner, 0) else ""
    return f"{chown}chmod 600 {name}"
