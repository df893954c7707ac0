"""Pieces of a protocol's files as a document shows them, put into a small protocol that is right without them."""

import re

from schedules.errors import ProtocolError
from schedules.loading import load_protocol
from schedules.protocol import Protocol
from schedules.reading import parse_toml
from schedules.texts import Messages, load_messages

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
    """Texts of the small protocol; what they do not say of a step, a harmless text does."""
    filler = {"stop": f'sms = "{SMS}"\nsms_detailed = "{SMS}"\n'}
    filler["example"] = "\n".join(
        f'{key} = "{SMS}"'
        for key in ("sms", "sms_detailed", "subject", "subject_detailed", "email", "voice", "voice_detailed")
    )
    missing = [f"[steps.{name}]\n{words}\n" for name, words in filler.items() if f"[steps.{name}]" not in text]
    if "[calendar.procedure]" not in text:
        missing.append(f'[calendar.procedure]\ntitle = "{{site}}"\nnote = "{SMS}"\n')
    if "{start_sentence}" in text:
        missing.append('[phrases.start_sentence]\nneeds = ["start_time"]\ntext = "At {start_time}."\notherwise = ""\n')
    whole = "\n".join([LANGUAGE, text, *missing])
    return load_messages("messages.en.toml", parse_toml("messages.en.toml", whole).data, protocol(step=EVERYWHERE))


def known_keys(error: ProtocolError) -> set[str]:
    """The keys a table may have, as the refusal of an unknown one names them."""
    return set(str(error).partition("known: ")[2].split(", "))
