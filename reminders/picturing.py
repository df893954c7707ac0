"""The picture of an enrollment as the store has it now: what is gathered for it, in one place."""

from reminders.enrollment import place_for
from reminders.looking import Shown
from reminders.picture import Picture
from reminders.picture.stored import Standing, last_calls, picture_of_enrollment
from reminders.service import Service
from reminders.sites import find_site


def picture_of_shown(service: Service, found: Shown) -> Picture:
    """A shown enrollment as a picture; it names no patient."""
    now = service.clock.now()
    standing = Standing(
        enrollment=found.enrollment,
        reminders=found.reminders,
        called=last_calls(found.deliveries),
        anchors=found.anchors,
        version=found.version,
        site=find_site(service.settings, found.enrollment.site),
        place=place_for(service, found.enrollment, now),
        medications=service.medications,
    )
    return picture_of_enrollment(standing, now)
