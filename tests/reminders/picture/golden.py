"""The pictures that tests compare letter by letter. Renew them after a wanted change, then look at each:

python -m tests.reminders.picture.golden
"""

from pathlib import Path

from reminders.picture import Picture, draw
from tests.reminders.picture.examples import a_picture, picture_of

FOLDER = Path(__file__).parent / "golden"
PICTURES: dict[str, Picture] = {
    "nothing-planned": a_picture(),
    "three": picture_of(3),
    "thirteen": picture_of(13),
    "twenty-five": picture_of(25),
}


def file_of(name: str) -> Path:
    return FOLDER / f"{name}.svg"


def renew() -> None:
    FOLDER.mkdir(exist_ok=True)
    for name, picture in PICTURES.items():
        file_of(name).write_text(draw(picture), encoding="utf-8", newline="\n")


if __name__ == "__main__":
    renew()
