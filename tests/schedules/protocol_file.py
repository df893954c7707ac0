"""A minimal protocol file, and ways to change it."""

import pytest

from schedules.errors import ProtocolError
from schedules.loading import load_protocol
from schedules.protocol import Protocol

MINIMAL = """
name = "example"
version = 3
title = "Example"
duration = { minutes = 60 }
visit_default = { anchor = "start", months = 1, at = "09:00" }

[window]
mon-sat = "09:00-20:00"
sun = "12:00-20:00"

[[step]]
key = "ride"
anchor = "start"
offset = { days = -3, at = "12:00" }
shift = "earlier"
channels = ["sms"]
"""
STEP = "protocol.toml: step[1] (ride)"  # where its step stands
NAMELESS = "protocol.toml: step[1]"  # the same, where no key can be read


def load(text: str = MINIMAL) -> Protocol:
    return load_protocol("protocol.toml", text)


def edited(old: str, new: str) -> str:
    """The minimal file with one change; the text that is changed must stand there once."""
    assert MINIMAL.count(old) == 1
    return MINIMAL.replace(old, new)


def saying(more: str) -> str:
    """The minimal file whose step says more."""
    return MINIMAL + more + "\n"


def refused(text: str) -> ProtocolError:
    with pytest.raises(ProtocolError) as caught:
        load(text)
    return caught.value
