"""The `--svg` of preview and show: a timeline as a picture in a file, written before anything is answered."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from reminders.booking import Booking
    from reminders.looking import Shown
    from reminders.picture import Picture
    from reminders.service import Service
    from schedules.timeline import Timeline

Svg = Annotated[
    Path | None, typer.Option("--svg", help="Also write the timeline as a picture to print; names no patient.")
]


def write_preview(file: Path | None, booking: "Booking", timeline: "Timeline") -> None:
    """The picture of a plan that is not saved, where a file is named."""
    if file is not None:
        from reminders.picture.previewed import picture_of_preview
        from schedules.medications import shipped_medications

        _write(file, picture_of_preview(booking, timeline, shipped_medications()))


def write_shown(file: Path | None, service: "Service", found: "Shown") -> None:
    """The picture of an enrollment as it stands now, where a file is named."""
    if file is not None:
        from reminders.picturing import picture_of_shown

        _write(file, picture_of_shown(service, found))


def _write(file: Path, picture: "Picture") -> None:
    from reminders.picture import draw
    from reminders.picture.files import write_drawing

    write_drawing(file, draw(picture))
