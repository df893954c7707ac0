"""Commands about patients: preview a plan, enroll, and look at what stands."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Annotated, Any
from zoneinfo import ZoneInfo

import typer

from reminders.cli.common import (
    By,
    DryRun,
    EnrollmentId,
    Globals,
    clocks_of,
    open_service,
    print_json,
    required,
    say,
    say_if_dry,
    site_zone,
    user_name,
    wants_json,
)
from reminders.cli.pictures import Svg, write_preview, write_shown

if TYPE_CHECKING:
    from reminders.booking import BookingRequest
    from reminders.cli.printing import Paper
    from reminders.service import Service

Procedure = Annotated[
    str | None,
    typer.Option("--procedure", help='Planned start at the site: "2026-12-08 09:00", or the date alone.'),
]
Site = Annotated[str | None, typer.Option("--site", help="Site id of the settings (default: the only one, or main).")]
Zone = Annotated[str | None, typer.Option("--zone", help="The patient's time zone (default: the site's).")]
Holds = Annotated[
    list[str] | None, typer.Option("--hold", help="An order: drug and days without it before, as in warfarin=5.")
]
Resumes = Annotated[
    list[str] | None, typer.Option("--resume", help="Days after the procedure until a held drug starts again.")
]
Takes = Annotated[list[str] | None, typer.Option("--takes", help="A drug the patient takes without an order.")]
OrderedBy = Annotated[str | None, typer.Option("--ordered-by", help="Who ordered the holds; goes with --hold.")]
Visit = Annotated[str | None, typer.Option("--visit", help="The booked follow-up visit, site time.")]
Language = Annotated[str | None, typer.Option("--language", help="Language of the messages.")]
ConsentTo = Annotated[str, typer.Option("--consent", help="Channels agreed to, in order: sms,email,voice.")]
Sedation = Annotated[str, typer.Option("--sedation", help="none, moderate or general.")]
ProtocolName = Annotated[str, typer.Option("--protocol", help="The clinicians' protocol.")]


def preview(
    context: typer.Context,
    procedure: Procedure = None,
    site: Site = None,
    zone: Zone = None,
    hold: Holds = None,
    resume: Resumes = None,
    takes: Takes = None,
    ordered_by: OrderedBy = None,
    visit: Visit = None,
    ended: Annotated[str | None, typer.Option("--ended", help="Plan as if it had ended then, site time.")] = None,
    now: Annotated[str | None, typer.Option("--now", help="Plan as if enrolled then, site time.")] = None,
    language: Language = None,
    consent: ConsentTo = "sms",
    sedation: Sedation = "moderate",
    protocol: ProtocolName = "vertebroplasty",
    svg: Svg = None,
) -> None:
    """Show the plan of a procedure: what would be sent, when, and why. Nothing is saved."""
    from reminders import documents, previewing

    request = _request(
        procedure, site, zone, hold, resume, takes, ordered_by, visit, language, consent, sedation, protocol, ended
    )
    options: Globals = context.obj
    booking, timeline = previewing.preview(options.config, request, now)
    write_preview(svg, booking, timeline)
    _warn(booking.warnings)
    document = documents.timeline(timeline)
    if wants_json(context):
        print_json(document)
    else:
        from reminders.cli.printing import Paper

        Paper(booking.place.site_zone, patient=booking.place.patient_zone).print_plan(document, why=True)


def enroll(
    context: typer.Context,
    name: Annotated[str | None, typer.Option("--name", help="The patient's name.")] = None,
    phone: Annotated[str | None, typer.Option("--phone", help="Phone, as in +12125550123.")] = None,
    email: Annotated[str | None, typer.Option("--email", help="E-mail address.")] = None,
    mrn: Annotated[str | None, typer.Option("--mrn", help="The hospital's record number.")] = None,
    procedure: Procedure = None,
    consent: Annotated[
        str | None, typer.Option("--consent", help="Channels agreed to, in order: sms,email,voice.")
    ] = None,
    detailed: Annotated[
        bool, typer.Option("--detailed", help="The patient agreed that texts name the procedure and drugs.")
    ] = False,
    site: Site = None,
    zone: Zone = None,
    hold: Holds = None,
    resume: Resumes = None,
    takes: Takes = None,
    ordered_by: OrderedBy = None,
    visit: Visit = None,
    language: Language = None,
    sedation: Sedation = "moderate",
    protocol: ProtocolName = "vertebroplasty",
    by: By = None,
    dry_run: DryRun = False,
) -> None:
    """Enroll a patient: one command, and every reminder of the procedure is planned."""
    from reminders import documents, enrollment

    name = required("--name", name, "Patient's name")
    if phone is None and email is None:
        phone = required("--phone", phone, "Phone (+12125550123)")
    consent = required("--consent", consent, "Channels agreed to (sms,email,voice)")
    request = enrollment.EnrollRequest(
        booking=_request(
            procedure, site, zone, hold, resume, takes, ordered_by, visit, language, consent, sedation, protocol
        ),
        name=name,
        phone=phone,
        email=email,
        mrn=mrn,
        detailed=detailed,
    )
    service = open_service(context)
    document = documents.enrolled(enrollment.enroll(service, request, by=user_name(by), dry_run=dry_run))
    say_if_dry(dry_run)
    if wants_json(context):
        print_json(document)
    else:
        _print_enrolled(document, _enrollment_paper(service, site, zone), dry_run)


def _enrollment_paper(service: "Service", site: str | None, zone: str | None) -> "Paper":
    from reminders.booking import choose_site
    from reminders.cli.printing import Paper
    from reminders.inputs import read_zone

    chosen = choose_site(site, service.settings.sites)
    return Paper(site_zone(service, chosen), patient=read_zone("--zone", zone) if zone is not None else None)


def _print_enrolled(document: dict[str, Any], paper: "Paper", dry_run: bool) -> None:
    if not dry_run:
        print(f"enrolled as {document['enrollment']}")
    _warn(document["warnings"])
    paper.print_plan(document["timeline"], why=False)
    paper.print_tasks(document["tasks"])


def _request(
    procedure: str | None,
    site: str | None,
    zone: str | None,
    hold: list[str] | None,
    resume: list[str] | None,
    takes: list[str] | None,
    ordered_by: str | None,
    visit: str | None,
    language: str | None,
    consent: str,
    sedation: str,
    protocol: str,
    ended: str | None = None,
) -> "BookingRequest":
    from reminders.booking import BookingRequest

    return BookingRequest(
        procedure=required("--procedure", procedure, "Planned start (2026-12-08 09:00)"),
        site=site,
        zone=zone,
        holds=tuple(hold or ()),
        resumes=tuple(resume or ()),
        takes=tuple(takes or ()),
        ordered_by=ordered_by,
        visit=visit,
        ended=ended,
        language=language,
        consent=consent,
        sedation=sedation,
        protocol=protocol,
    )


def _warn(warnings: Iterable[str]) -> None:
    for warning in warnings:
        say(f"warning: {warning}")


def list_(context: typer.Context) -> None:
    """List all enrollments with their next reminder."""
    from reminders import documents, looking

    service = open_service(context)
    found = looking.all_enrollments(service)
    document = documents.enrollments(found)
    if wants_json(context):
        print_json(document)
    else:
        from reminders.cli.printing import Paper

        clocks = [clocks_of(service, row["site"], row["zone"]) for row in found]
        Paper(site_zone(service)).print_enrollments(document["enrollments"], clocks)


def show(context: typer.Context, enrollment: EnrollmentId, svg: Svg = None) -> None:
    """Show one enrollment: its plan, what was sent, and what staff must do."""
    from reminders import documents, looking

    service = open_service(context)
    found = looking.one_enrollment(service, enrollment)
    write_shown(svg, service, found)
    document = documents.shown(found)
    if wants_json(context):
        print_json(document)
    else:
        from reminders.cli.printing import Paper

        Paper(site_zone(service, document["site"]), patient=ZoneInfo(document["zone"])).print_enrollment(document)


def history(context: typer.Context, enrollment: EnrollmentId) -> None:
    """Show who did what to an enrollment, and every call to a provider."""
    from reminders import documents, looking

    service = open_service(context)
    found = looking.one_enrollment(service, enrollment)
    document = documents.history(found)
    if wants_json(context):
        print_json(document)
    else:
        from reminders.cli.printing import Paper

        paper = Paper(site_zone(service, found.enrollment.site))
        paper.print_history(document, hour_known=found.enrollment.hour_known)
