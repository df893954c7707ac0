"""docs/promises.md: each promise with its limit, and tests that are there."""

import ast
import re
from pathlib import Path

import pytest

from tests.docs.markdown import ROOT

TEXT = (ROOT / "docs" / "promises.md").read_text("utf-8")
NAMED = sorted(set(re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", TEXT)))


def functions_in(file: Path) -> set[str]:
    return {node.name for node in ast.parse(file.read_text("utf-8")).body if isinstance(node, ast.FunctionDef)}


def section(number: int) -> str:
    found = re.search(rf"^## P{number} .*?(?=^## |\Z)", TEXT, re.MULTILINE | re.DOTALL)
    return found[0] if found else ""


@pytest.mark.parametrize(("file", "test"), NAMED)
def test_a_test_that_shows_a_promise_is_there(file: str, test: str) -> None:
    assert test in functions_in(ROOT / file)


@pytest.mark.parametrize("number", range(1, 1 + len(re.findall(r"^## P", TEXT, re.MULTILINE))))
def test_each_promise_has_a_limit_and_a_test(number: int) -> None:
    assert "**Limit.**" in section(number)
    assert "`tests/" in section(number)
