"""Bringing a database of any age up to date; runs at every start, inside the caller's transaction.

`versions` holds one file for each step. A step is never edited once it was released: databases out
there have already gone through it. A new one is written beside the change of `bot.store.tables`.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError

from bot.errors import StoreError

if TYPE_CHECKING:
    from sqlalchemy import Connection


def config_for(connection: Connection | None = None) -> Config:
    """Return Alembic's configuration, made here so that no file beside the package is needed."""
    config = Config(attributes={"connection": connection})
    # A percent sign in the path would start an interpolation.
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    return config


def is_current(connection: Connection) -> bool:
    """Return whether the database has seen all steps that there are, and no others."""
    seen = MigrationContext.configure(connection).get_current_heads()
    return set(seen) == set(ScriptDirectory.from_config(config_for()).get_heads())


def upgrade(connection: Connection) -> None:
    """Run the steps that the database has not seen yet; the caller commits them all or none.

    Raises `StoreError` if the database is of a newer Easel than this one.
    """
    try:
        command.upgrade(config_for(connection), "head")
    except CommandError as exc:
        msg = f"The database was made by a newer Easel than this one; start that one instead ({exc})."
        raise StoreError(msg) from exc
