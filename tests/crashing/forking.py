"""Runs something in a process of its own, forked from this one, which has everything imported and read already.

The rule: neither a connection nor a thread crosses the fork, and the child never returns into the test.
"""

import gc
import os
import pickle
import signal
import sys
import threading
import traceback
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, kw_only=True, slots=True)
class Ended:
    """How a child came to its end: killed, or with a value."""

    killed: bool
    value: Any = None


def in_a_child(act: Callable[[], Any]) -> Ended:
    """What `act` returned there, or that the child was killed; AssertionError with its traceback where it failed."""
    out, into = os.pipe()
    with warnings.catch_warnings(action="ignore"):  # a test process of several workers has a thread for its errands
        child = os.fork()
    if child == 0:
        _be_a_child(act, into)
    os.close(into)
    with os.fdopen(out, "rb") as pipe:
        said = pipe.read()
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        assert os.WTERMSIG(status) == signal.SIGKILL, f"the child ended by signal {os.WTERMSIG(status)}"
        return Ended(killed=True)
    succeeded, value = pickle.loads(said)  # noqa: S301 (our own child wrote it)
    assert succeeded, value
    return Ended(killed=False, value=value)


def _be_a_child(act: Callable[[], Any], into: int) -> None:
    gc.disable()
    sys.settrace(None)  # what is measured in here dies in here
    threading.settrace(None)  # type: ignore[arg-type]
    try:
        said = pickle.dumps((True, act()))
    except BaseException:
        said = pickle.dumps((False, traceback.format_exc()))
    with os.fdopen(into, "wb") as pipe:
        pipe.write(said)
    os._exit(0)
