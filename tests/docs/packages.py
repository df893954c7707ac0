"""A package that a document tells, put on Python's path without an installer."""

import tomllib
from pathlib import Path

from tests.docs.markdown import ROOT, blocks_of

FILE = ROOT / "docs" / "adding-a-transport.md"
MODULE = "hospital_gateway"


def told(name: str) -> str:
    """The text of a file of the package."""
    return next(block.text for block in blocks_of(FILE) if block.words.get("file", "").endswith(f"/{name}"))


def publish(folder: Path) -> None:
    """Say in a folder on Python's path what an installation of the package would say: its entry points."""
    project = tomllib.loads(told("pyproject.toml"))["project"]
    about = folder / f"{MODULE}-{project['version']}.dist-info"
    about.mkdir(parents=True)
    (about / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {project['name']}\nVersion: {project['version']}\n")
    groups = [
        "\n".join([f"[{group}]", *(f"{name} = {value}" for name, value in points.items())])
        for group, points in project["entry-points"].items()
    ]
    (about / "entry_points.txt").write_text("\n".join([*groups, ""]))
