"""docs/security.md names every sealed column, and no other."""

import re

from sqlalchemy import LargeBinary

from reminders.database.tables import metadata
from tests.docs.markdown import ROOT

TEXT = (ROOT / "docs" / "security.md").read_text("utf-8")


def test_the_sealed_columns_are_those_of_the_tables() -> None:
    sealed = {
        f"{table.name}.{column.name}"
        for table in metadata.tables.values()
        for column in table.columns
        if isinstance(column.type, LargeBinary)
    }

    section = TEXT.partition("## What is encrypted")[2].partition("\n**Not encrypted**")[0]
    assert set(re.findall(r"`(\w+\.\w+)`", section)) == sealed
