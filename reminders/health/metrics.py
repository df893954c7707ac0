"""Figures for Prometheus: read from the store when asked, so that many workers tell one truth; and this process's own.

The rule: a label is a site's id, a channel, a state, a kind of task or a fixed word; nothing of a patient is one.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta

from prometheus_client import CollectorRegistry, generate_latest, start_http_server
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4 as CONTENT_TYPE
from prometheus_client.registry import Collector

from reminders.database import measures
from reminders.database.engine import reading
from reminders.database.measures import Measures
from reminders.errors import OperationError
from reminders.health.readiness import wanting
from reminders.health.watching import SLOWEST_BEAT, Watchman
from reminders.logs import get_logger
from reminders.service import Service

__all__ = ["CONTENT_TYPE", "exposed", "serving_metrics"]

LOOPBACK = "127.0.0.1"
RECENT = timedelta(minutes=15)
TROUBLES = (
    "clock", "database", "dispatch", "epoch", "metronome", "restored", "self-check", "stopped", "tables", "worker",
)  # fmt: skip

log = get_logger(__name__)


class _Store(Collector):
    """Everything at the moment of the scrape; without a database only this process's own."""

    def __init__(self, service: Service, watchman: Watchman | None) -> None:
        self._service = service
        self._watchman = watchman

    def collect(self) -> Iterator[Metric]:
        yield from _troubles(wanting(self._service, self._watchman))
        if self._watchman is not None:
            yield from _own(self._watchman)
        try:
            with reading(self._service.engine) as connection:
                found = measures.measure(connection, self._service.clock.now(), RECENT, SLOWEST_BEAT)
        except Exception as error:
            log.error("not_measured", error)
            return
        yield from _counts(found)
        yield from _figures(found)


def _troubles(found: tuple[str, ...]) -> Iterator[Metric]:
    gauge = GaugeMetricFamily("reminders_trouble", "1 for what keeps the installation from its work.", labels=["what"])
    for what in TROUBLES:
        gauge.add_metric([what], float(what in found))
    yield gauge


def _own(watchman: Watchman) -> Iterator[Metric]:
    done = CounterMetricFamily("reminders_handled", "What became of reminders in this process.", labels=["outcome"])
    for outcome, number in sorted(watchman.counted().items()):
        done.add_metric([outcome], number)
    yield done
    ages = GaugeMetricFamily("reminders_tick_age_seconds", "Since a part of this process moved.", labels=["part"])
    for part, age in watchman.pulse.ages().items():
        ages.add_metric([part], age)
    yield ages


def _counts(found: Measures) -> Iterator[Metric]:
    yield _gauge("reminders_due", "Due and not yet looked at.", ["site", "channel"], found.due)
    yield _gauge("reminders_held", "Held until a fact is recorded or a person decides.", ["site"], found.held)
    yield _gauge("reminders_unknown", "Messages of unknown outcome.", ["site", "channel"], found.unknown)
    yield _gauge(
        "reminders_recent_deliveries",
        "Calls to providers in the last 15 minutes.",
        ["site", "channel", "state"],
        found.recent,
    )
    yield _gauge("reminders_tasks_open", "Lines of the worklist.", ["site", "kind"], found.tasks_open)
    yield _gauge("reminders_tasks_overdue", "Lines of the worklist past their time.", ["site"], found.tasks_overdue)


def _gauge(name: str, help_: str, labels: list[str], counted: Mapping[tuple[str, ...], int]) -> Metric:
    gauge = GaugeMetricFamily(name, help_, labels=labels)
    for values, number in sorted(counted.items()):
        gauge.add_metric(list(values), number)
    return gauge


def _figures(found: Measures) -> Iterator[Metric]:
    figures = {
        "reminders_longest_waiting_seconds": ("How long the oldest due reminder has waited.", found.longest_waiting),
        "reminders_worst_lateness_seconds": ("Worst lateness of the last 15 minutes.", found.worst_lateness),
        "reminders_workers_alive": ("Workers whose heartbeat is fresh.", found.workers),
        "reminders_pauses": ("Pauses in force.", found.paused),
    }
    if found.last_beat_age is not None:
        figures["reminders_last_heartbeat_age_seconds"] = ("Since any worker's heartbeat.", found.last_beat_age)
    for name, (help_, value) in figures.items():
        yield GaugeMetricFamily(name, help_, value=value)


def _registry(service: Service, watchman: Watchman | None) -> CollectorRegistry:
    """A registry of its own, with nothing of the library's global one in it."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Store(service, watchman))
    return registry


def exposed(service: Service, watchman: Watchman | None = None) -> bytes:
    """All figures in Prometheus' text form."""
    return generate_latest(_registry(service, watchman))


@contextmanager
def serving_metrics(service: Service, watchman: Watchman | None) -> Iterator[None]:
    """Answer scrapes on this machine alone, where the settings name a port. OperationError where it is taken."""
    port = service.settings.worker.metrics_port
    if port is None:
        yield
        return
    try:
        server, thread = start_http_server(port, addr=LOOPBACK, registry=_registry(service, watchman))
    except OSError as error:
        raise OperationError(f"worker.metrics_port: cannot listen on port {port} ({error.strerror})") from None
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
