"""One GET to a dead man's switch: somebody outside is told each minute that all is well, and misses it otherwise.

The rule: a ping that fails never fails anything else; its address, which whoever knows it may use, is never logged.
"""

from reminders.logs import get_logger

TIMEOUT_SECONDS = (3.0, 5.0)  # to connect, and between two bytes of the answer

log = get_logger(__name__)


class Pinger:
    """Pings one address; a change between well and failing is logged once."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._failing = False

    def ping(self) -> bool:
        """Whether it was answered with a 2xx."""
        status, kind = self._get()
        ok = status is not None and 200 <= status < 300
        if not ok and not self._failing:
            log.warning("ping_failed", status=status, kind=kind)
        elif ok and self._failing:
            log.info("ping_well_again")
        self._failing = not ok
        return ok

    def _get(self) -> tuple[int | None, str | None]:
        import requests  # 0.1 s, and only a worker with such an address needs it

        try:
            # Its answer is not read, and a redirect not followed: it could lead anywhere.
            with requests.get(self._url, timeout=TIMEOUT_SECONDS, allow_redirects=False, stream=True) as answer:
                return answer.status_code, None
        except (requests.RequestException, OSError, ValueError) as error:  # its text names the address
            return None, type(error).__name__
