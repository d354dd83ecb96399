"""A seeded world with a clock that stands still, and a record of what it told."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest

from sandbox.clock import MovableClock
from sandbox.world import seed
from sandbox.world.files import MemoryFiles
from sandbox.world.interaction import Interaction, InteractionKind
from sandbox.world.links import Links
from sandbox.world.world import World

if TYPE_CHECKING:
    from sandbox.world.events import Event


@dataclass
class Told:
    """Every event so far."""

    events: list[Event] = field(default_factory=list)

    def types(self) -> list[str]:
        return [event.type for event in self.events]

    def last(self, kind: str) -> Event:
        return [event for event in self.events if event.type == kind][-1]


@pytest.fixture
def clock() -> MovableClock:
    return MovableClock()


@pytest.fixture
def world(clock: MovableClock) -> World:
    links = Links(clock=clock, base_url="http://127.0.0.1:8700/discord/cdn")
    made = World(clock=clock, files=MemoryFiles(), links=links)
    seed.plant(made)
    return made


@pytest.fixture
def told(world: World) -> Told:
    record = Told()
    world.subscribe(record.events.append)
    return record


def begin(
    world: World, *, kind: InteractionKind = InteractionKind.COMMAND, message_id: int | None = None
) -> Interaction:
    """Begin an interaction of Mia's in #art."""
    return world.begin_interaction(
        kind, user_id=seed.MIA, channel_id=seed.ART, data={"name": "imagine"}, message_id=message_id
    )
