"""What Alembic runs to carry out migrations on the connection that it was given.

There is no offline mode: the steps run at the start of the bot, in one transaction.
"""

from __future__ import annotations

from typing import Final

from alembic import context

from bot.store.tables import metadata

#: The module name under which Alembic runs this file; under its own name it is only being imported.
_RUN_BY_ALEMBIC: Final = "env_py"


def run() -> None:
    """Run the wanted steps on the connection that `bot.store.migrations` put into the configuration."""
    context.configure(
        connection=context.config.attributes["connection"],
        target_metadata=metadata,
        transactional_ddl=True,
        # SQLite cannot alter a table in place; batch mode builds it anew.
        render_as_batch=True,
    )
    with context.begin_transaction():
        context.run_migrations()


if __name__ == _RUN_BY_ALEMBIC:
    run()
