"""Writes a run's table into a page, between its two marks, so that what the page says is what a run printed."""

import re
from collections.abc import Sequence
from pathlib import Path

from bench.figures import Figure

BEGIN, END = "<!-- figures: written by make bench -->", "<!-- end of figures -->"
HEAD = "| what | ours | beside | ratio | goal | met |\n|---|---:|---|---:|---|---|"


def write(page: Path, title: str, figures: Sequence[Figure]) -> None:
    """Replace the table of a page; SystemExit where it has no place for one."""
    text = page.read_text("utf-8")
    place = re.compile(rf"{re.escape(BEGIN)}.*?{re.escape(END)}", re.DOTALL)
    if not place.search(text):
        raise SystemExit(f"{page}: has no {BEGIN} ... {END}")
    rows = "\n".join(_row(figure) for figure in figures)
    table = f"{BEGIN}\nA {title}.\n\n{HEAD}\n{rows}\n{END}"
    page.write_text(place.sub(lambda _: table, text), "utf-8")


def _row(figure: Figure) -> str:
    ratio = "" if figure.ratio is None else f"{figure.ratio:.2f}"
    return f"| {figure.what} | {figure.ours} | {figure.beside} | {ratio} | {figure.goal} | {figure.verdict} |"
