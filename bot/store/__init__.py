"""The database: tables, migrations and the operations that the other rooms call by name.

`open_store` is the way in (`open_beside` for a guest) and `Store` is all that is seen of it; neither SQL
nor SQLAlchemy leaves this package. What a job is and which changes of state exist stands in `bot.jobs`.
"""

from __future__ import annotations

from bot.store.engine import is_in_use
from bot.store.moves import Move
from bot.store.store import Store, open_beside, open_store

__all__ = ["Move", "Store", "is_in_use", "open_beside", "open_store"]
