"""Bringing a database of any age up to date; runs at every start, inside the caller's transaction.

`versions` holds one file for each step. A step is never edited once it was released: databases out
there have already gone through it. A new one is written beside the change of `bot.store.tables`.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError

from bot.errors import StoreError

if TYPE_CHECKING:
    from sqlalchemy import Connection

#: The first step that has everything a command beside the bot asks for.
_FIRST_FOR_GUESTS: Final = "0005"


def config_for(connection: Connection | None = None) -> Config:
    """Return Alembic's configuration, made here so that no file beside the package is needed."""
    config = Config(attributes={"connection": connection})
    # A percent sign in the path would start an interpolation.
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    return config


def admits_guests(connection: Connection) -> bool:
    """Return whether a command may look in: the database is of this version, or of one not much older.

    Before an upgrade the command is new and the database still old.
    """
    seen = MigrationContext.configure(connection).get_current_revision()
    steps = {step.revision for step in ScriptDirectory.from_config(config_for()).walk_revisions()}
    return seen is not None and seen in steps and seen >= _FIRST_FOR_GUESTS


def upgrade(connection: Connection) -> bool:
    """Run the steps that the database has not seen yet; the caller commits them all or none.

    Returns whether there were any. Raises `StoreError` if the database is of a newer Easel than this one.
    """
    config = config_for(connection)
    seen = MigrationContext.configure(connection).get_current_revision()
    if seen == ScriptDirectory.from_config(config).get_current_head():
        return False
    try:
        command.upgrade(config, "head")
    except CommandError as exc:
        msg = f"The database was made by a newer Easel than this one; start that one instead ({exc})."
        raise StoreError(msg) from exc
    return True
