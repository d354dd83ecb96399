"""A run of failures pauses sending, one failure does not, and one call's outage leaves the other alone."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.engine.gate import FAILURES
from bot.errors import (
    ProviderBusyError,
    ProviderError,
    ProviderTimeoutError,
    ProviderUnreachableError,
)
from bot.jobs import WaitReason
from tests.unit.engine.gates import FAULT, LOOK, SUBMIT, World


@pytest.fixture
def world() -> World:
    return World()


@pytest.mark.parametrize(
    "error",
    [FAULT, ProviderTimeoutError("cut"), ProviderUnreachableError("no route"), ProviderBusyError("429")],
)
async def test_a_run_of_failures_closes_and_fewer_do_not(world: World, error: ProviderError) -> None:
    gate = await world.process()
    for _ in range(3):
        for _ in range(FAILURES - 1):
            again_at = await gate.failed(error, SUBMIT)
            assert again_at == world.clock.now() + timedelta(seconds=2)
        assert gate.paused_since is None
        await gate.succeeded(SUBMIT)
    for _ in range(FAILURES):
        await gate.failed(error, SUBMIT)
    assert gate.reason is WaitReason.SERVICE_BUSY
    assert gate.room(7, in_hand=0) == 0


async def test_failures_far_apart_are_no_outage(world: World) -> None:
    gate = await world.process()
    for _ in range(3 * FAILURES):
        await gate.failed(FAULT, SUBMIT)
        world.clock.advance(20)
    assert gate.paused_since is None


async def test_an_outage_of_one_call_leaves_the_other_alone(world: World) -> None:
    gate = await world.process()
    for _ in range(FAILURES):
        await gate.failed(FAULT, SUBMIT)
        await gate.succeeded(LOOK)
    assert gate.room(7, in_hand=0) == 0
    assert gate.looks_held == timedelta()
    await world.after(gate, 5)
    await gate.succeeded(LOOK)
    assert gate.paused_since
    await gate.succeeded(SUBMIT)
    assert gate.paused_since is None


async def test_a_service_that_cannot_be_reached_is_left_alone_by_every_call(world: World) -> None:
    gate = await world.process()
    for _ in range(FAILURES):
        await gate.failed(ProviderUnreachableError("no route"), SUBMIT)
    assert gate.looks_held == timedelta(seconds=5)
    await world.after(gate, 5)
    assert gate.looks_held == timedelta()
    assert (gate.room(7, in_hand=0, call=LOOK), gate.room(7, in_hand=1, call=LOOK)) == (1, 0)
    await gate.succeeded(LOOK)
    assert gate.paused_since is None


async def test_one_failure_on_trial_closes_again_for_longer(world: World) -> None:
    gate = await world.process()
    for _ in range(FAILURES):
        await gate.failed(FAULT, SUBMIT)
    pauses = []
    for _ in range(3):
        pauses.append(world.left())
        await world.after(gate, world.left())
        await gate.failed(FAULT, SUBMIT)
    assert pauses == [5, 10, 20]
