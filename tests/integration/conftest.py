"""A store on a fresh file, a clock that is moved by hand, and jobs brought into any state."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bot.store import Store, open_store
from tests.clocks import FakeClock
from tests.databases import lay_out
from tests.integration.store.road import Road

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "easel.db"


@pytest.fixture
def url(file: Path) -> str:
    return f"sqlite+aiosqlite:///{file}"


@pytest.fixture
async def store(file: Path, clock: FakeClock) -> AsyncIterator[Store]:
    async with open_store(lay_out(file), clock=clock, busy_timeout=0.5) as store:
        yield store


@pytest.fixture
def road(store: Store, clock: FakeClock) -> Road:
    return Road(store, clock)
