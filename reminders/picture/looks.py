"""How each state is told from the others three times over, none of them by color: a word, a sign, a pattern.

Signs are drawn around 0,0 within a radius of 9; patterns are tiles of 6 by 6.
"""

from dataclasses import dataclass

from reminders.picture.model import Look

_PEN = 'fill="none" stroke="#111111" stroke-width="2"'
_PAPER_PEN = 'fill="none" stroke="#ffffff" stroke-width="2.2" stroke-linecap="round" stroke-linejoin="round"'
_RING = 'fill="#ffffff" stroke="#111111" stroke-width="2"'
_TICK = "M-4,0.5L-1.2,3.4L4.2,-3"


@dataclass(frozen=True, slots=True)
class Style:
    """A look's word, what it means, its sign, the tile of its pattern, and the dashes of its border."""

    word: str
    meaning: str
    sign: str
    tile: str
    dash: str = ""


STYLES = {
    Look.PLANNED: Style("planned", "planned", f'<circle r="7.5" {_RING}/>', ""),
    Look.WAITING: Style(
        "waits",
        "planned, waits for a fact",
        f'<circle r="7.5" {_RING} stroke-dasharray="3.2 2.2"/><path d="M-3,-4H3L-3,4H3Z" fill="#111111"/>',
        '<circle cx="3" cy="3" r="1.1"/>',
        "5 3",
    ),
    Look.HELD: Style(
        "HELD",
        "HELD: a fact is missing",
        f'<rect x="-7.5" y="-7.5" width="15" height="15" rx="2" {_RING}/><path d="M-2.8,-4V4M2.8,-4V4" {_PEN}/>',
        '<path d="M-1,1L1,-1M0,6L6,0M5,7L7,5" stroke="#111111" stroke-width="1.4"/>',
    ),
    Look.SENDING: Style(
        "sending",
        "sending just now",
        f'<circle r="7.5" {_RING}/><path d="M0,-7.5A7.5,7.5 0 0 1 0,7.5Z" fill="#111111"/>',
        '<path d="M1.5,0V6" stroke="#111111" stroke-width="1"/>',
    ),
    Look.SENT: Style(
        "sent",
        "sent: provider took it",
        f'<circle r="8.5" fill="#111111"/><path d="{_TICK}" {_PAPER_PEN}/>',
        '<rect width="6" height="6" fill="#999999"/>',
    ),
    Look.DELIVERED: Style(
        "delivered",
        "delivered: provider says so",
        f'<circle r="8.5" {_RING} /><circle r="6.4" fill="#111111"/>'
        f'<path d="{_TICK}" transform="scale(0.8)" {_PAPER_PEN}/>',
        '<rect width="6" height="6" fill="#333333"/>',
    ),
    Look.UNKNOWN: Style(
        "UNKNOWN",
        "UNKNOWN: perhaps it left",
        f'<path d="M0,-9.5L9.5,0L0,9.5L-9.5,0Z" {_RING}/>'
        f'<path d="M-2.4,-2.2A2.4,2.4 0 1 1 0,0.4V1.6" {_PEN}/><circle cy="4.6" r="1.3" fill="#111111"/>',
        '<path d="M0,0H3V3H0ZM3,3H6V6H3Z" fill="#111111"/>',
    ),
    Look.FAILED: Style(
        "FAILED",
        "FAILED: did not arrive",
        f'<path d="M0,-9.5L9.5,8H-9.5Z" fill="#111111"/><path d="M0,-3.6V2" {_PAPER_PEN}/>'
        '<circle cy="5.2" r="1.3" fill="#ffffff"/>',
        '<path d="M1.5,0V6M4.5,0V6" stroke="#111111" stroke-width="1.8"/>',
    ),
    Look.MISSED: Style(
        "MISSED",
        "MISSED: too late to send",
        '<rect x="-8" y="-8" width="16" height="16" fill="#111111"/>'
        f'<path d="M-3.8,-3.8L3.8,3.8M3.8,-3.8L-3.8,3.8" {_PAPER_PEN}/>',
        '<path d="M0,0L6,6M6,0L0,6" stroke="#111111" stroke-width="1.2"/>',
    ),
    Look.SKIPPED: Style(
        "skipped",
        "skipped by the protocol",
        '<path d="M-6,-5.5L-0.5,0L-6,5.5M0.5,-5.5L6,0L0.5,5.5" fill="none" stroke="#111111" stroke-width="2.4"/>',
        '<path d="M0,3H6" stroke="#111111" stroke-width="1"/>',
    ),
    Look.WITHDRAWN: Style(
        "withdrawn",
        "withdrawn: taken back",
        f'<circle r="7.5" {_RING} stroke-dasharray="1.6 2.4"/><path d="M-9,0H9" {_PEN}/>',
        '<path d="M0,1.5L3,4.5L6,1.5" fill="none" stroke="#111111" stroke-width="1"/>',
    ),
}

PROCEDURE, VISIT = "procedure", "visit"
LANDMARKS = {
    PROCEDURE: '<path d="M0,-11L3.2,-3.6L11,-3.4L4.8,1.5L7,9L0,4.6L-7,9L-4.8,1.5L-11,-3.4L-3.2,-3.6Z" fill="#111111" '
    'stroke="#ffffff" stroke-width="1.5"/>',
    VISIT: f'<rect x="-9" y="-8" width="18" height="16.5" rx="1.5" {_RING}/><path d="M-9,-3H9M-4.5,-11V-6M4.5,-11V-6" '
    f"{_PEN}/>",
}
