"""A text from a patient, as the web application takes it in: a story cannot press the keys of a phone.

python3 -m tests.docs.texting +12125550123 "8"
"""

import os
import sys
from pathlib import Path

from reminders.bootstrap import open_service
from reminders.hooks.base import InboundText
from reminders.identifiers import delivery_id
from reminders.replies.replying import take_reply
from tests.docs.command import start_clock

OUR_NUMBER = "+12125550100"


def text(sender: str, words: str) -> None:
    service = open_service(Path("reminders.toml"))
    came = InboundText(
        provider_id=f"SM{delivery_id()}", sender=sender, to=OUR_NUMBER, text=words, media=0, opt_out_type=None
    )
    take_reply(service, came)


if __name__ == "__main__":
    start_clock(os.environ["STORY_TIME"])
    text(*sys.argv[1:])
