"""An empty database of the newest shape, ready to be copied: migrating a file anew for each test takes long.

How a file comes to that shape is what the tests of migrations and of opening are about; those begin without.
"""

from __future__ import annotations

import functools
import tempfile
from pathlib import Path

import sqlalchemy as sa

from bot.store import migrations


@functools.cache
def _empty() -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "empty.db"
        engine = sa.create_engine(f"sqlite:///{file}")
        with engine.begin() as connection:
            migrations.upgrade(connection)
        engine.dispose()
        return file.read_bytes()


def lay_out(file: Path) -> str:
    """Put an empty database of the newest shape there, and return its address."""
    file.write_bytes(_empty())
    return f"sqlite+aiosqlite:///{file}"
