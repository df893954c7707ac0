"""Pieces of a protocol's files as a document shows them, put into a small protocol that is right without them."""

import re

from schedules.corrections import Correction
from schedules.errors import ProtocolError
from schedules.loading import load_protocol
from schedules.protocol import Protocol
from schedules.reading import parse_toml
from schedules.texts import TEXT_KEYS, Messages, load_messages
from schedules.unplanned import Response

TOP = """\
name = "example"
version = 1
title = "Example"
duration = { minutes = 60 }
visit_default = { anchor = "start", months = 1, at = "09:00" }
"""
WINDOW = 'mon-sat = "09:00-20:00"\nsun = "12:00-20:00"\n'
STOP = """\
[[step]]
key = "stop"
for_each = "holds"
anchor = "start"
offset = { hold = -1, days = -1, at = "10:00" }
shift = "earlier"
channels = ["sms"]
"""
STEP = """\
key = "example"
anchor = "start"
offset = { days = -3, at = "12:00" }
shift = "earlier"
channels = ["sms"]
"""
EVERYWHERE = 'channels = ["sms", "voice", "email"]\ncalendar = "procedure"\n'
LANGUAGE = 'language = "en"\n'
SMS = "{site}: Please call {phone}."
ALL_TEXTS = "".join(f'{key} = "{SMS}"\n' for key in TEXT_KEYS)
FILLER = (
    f'[steps.stop]\nsms = "{SMS}"\nsms_detailed = "{SMS}"\n',
    f"[steps.example]\n{ALL_TEXTS}",
    *(f"[corrections.{kind}]\n{ALL_TEXTS}" for kind in Correction),
    *(f'[responses.{kind}]\nsms = "{SMS}"\n' for kind in Response),
    f'[calendar.procedure]\ntitle = "{{site}}"\nnote = "{SMS}"\n',
    '[phrases.greeting]\nneeds = ["first_name"]\ntext = "Hello {first_name},"\notherwise = "Hello,"\n',
    '[phrases.start_sentence]\nneeds = ["start_time"]\ntext = "At {start_time}."\notherwise = ""\n',
)
KEY = re.compile(r"^([\w-]+) *=", re.MULTILINE)


def merged(base: str, piece: str) -> str:
    """The base without the keys that the piece has too, and the piece."""
    keys = set(KEY.findall(piece.partition("[")[0] if piece.startswith("[") else piece))
    kept = [line for line in base.splitlines() if KEY.findall(line)[0] not in keys]
    return "\n".join([*kept, piece, ""])


def protocol(*, top: str = "", window: str = "", step: str = "") -> Protocol:
    """The small protocol with a piece of it said otherwise."""
    parts = [merged(TOP, top), "[window]", window or WINDOW, STOP, "[[step]]", merged(STEP, step)]
    return load_protocol("protocol.toml", "\n".join(parts))


def messages(text: str) -> Messages:
    """Texts of the small protocol; whatever they leave out, harmless texts say."""
    missing = [table for table in FILLER if table.partition("\n")[0] not in text]
    whole = "\n".join([LANGUAGE, text, *missing])
    return load_messages("messages.en.toml", parse_toml("messages.en.toml", whole).data, protocol(step=EVERYWHERE))


def known_keys(error: ProtocolError) -> set[str]:
    """The keys a table may have, as the refusal of an unknown one names them."""
    return set(str(error).partition("known: ")[2].split(", "))
