"""The worker process."""

import sys
from dataclasses import asdict
from typing import Annotated

import typer

from reminders.cli.common import open_lasting_service, print_json, wants_json


def run(
    context: typer.Context,
    once: Annotated[bool, typer.Option("--once", help="Handle what is due now and return.")] = False,
) -> None:
    """Send reminders as they fall due, until told to stop (SIGTERM finishes what is in flight)."""
    from reminders import worker
    from reminders.bootstrap import open_transports
    from reminders.health.metrics import serving_metrics
    from reminders.logs import configure_logging

    configure_logging(stream=sys.stderr)
    service = open_lasting_service(context)
    transports = open_transports(service)
    try:
        epoch_file = service.settings.epoch_file
        if not once:
            running = worker.Worker(service, transports, epoch_file=epoch_file)
            with serving_metrics(service, running.watchman):
                running.run()
            return
        report = asdict(worker.run_once(service, transports, epoch_file=epoch_file))
    finally:
        for transport in transports.values():
            transport.close()
    if wants_json(context):
        print_json(report)
    else:
        print(", ".join(f"{number} {name.replace('_', ' ')}" for name, number in report.items()))
