"""The gate closes for a reason, asks for free, tries one request, opens on success, and tells once."""

from __future__ import annotations

import logging
from datetime import timedelta
from decimal import Decimal

import pytest

from bot.engine.gate import FAILURES, LONGEST_PAUSE
from bot.errors import (
    BalanceError,
    KeyRefusedError,
    ProviderBusyError,
    ProviderError,
    ProviderHeldError,
    ProviderUnreachableError,
    StoreBusyError,
)
from bot.jobs import FailureCause, WaitReason
from bot.store.pause import Pause, PauseReason
from tests.unit.engine.gates import FAULT, LOOK, SUBMIT, World


@pytest.fixture
def world() -> World:
    return World()


def told(caplog: pytest.LogCaptureFixture, level: int = logging.ERROR) -> list[str]:
    return [record.getMessage() for record in caplog.records if record.levelno == level]


async def test_an_open_gate_lets_all_through_and_writes_nothing(world: World) -> None:
    gate = await world.process()
    await gate.succeeded(SUBMIT)
    await gate.succeeded(LOOK)
    assert (gate.room(7, in_hand=25), gate.room(7, in_hand=25, call=LOOK)) == (7, 7)
    assert (gate.reason, gate.reopens_at, gate.paused_since, gate.looks_held) == (
        None,
        None,
        None,
        timedelta(),
    )
    assert world.store.writes == 0


@pytest.mark.parametrize(
    ("error", "reason", "cause", "metric"),
    [
        (KeyRefusedError(), WaitReason.SERVICE_PAUSED, FailureCause.ACCESS, "key"),
        (BalanceError(), WaitReason.SERVICE_PAUSED, FailureCause.BALANCE, "balance"),
        (ProviderBusyError(retry_after=1), WaitReason.SERVICE_BUSY, FailureCause.PROVIDER, "busy"),
        (
            ProviderBusyError(status=503, retry_after=1),
            WaitReason.SERVICE_BUSY,
            FailureCause.PROVIDER,
            "outage",
        ),
    ],
)
async def test_who_must_act_is_told_apart(
    world: World, error: ProviderError, reason: WaitReason, cause: FailureCause, metric: str
) -> None:
    gate = await world.process()
    await gate.failed(error, SUBMIT)
    assert (gate.reason, gate.cause, gate.room(7, in_hand=0)) == (reason, cause, 0)
    assert f'easel_provider_pause{{reason="{metric}"}} 1.0' in world.metrics.render().decode()
    assert "easel_provider_paused 1.0" in world.metrics.render().decode()


async def test_after_the_pause_one_request_at_a_time_is_on_trial_and_success_opens(world: World) -> None:
    gate = await world.process()
    await gate.failed(KeyRefusedError(), SUBMIT)
    assert gate.reopens_at == world.clock.now() + timedelta(seconds=15)
    await world.after(gate, 14.9)
    assert gate.room(7, in_hand=0) == 0
    await world.after(gate, 0.1)
    assert (gate.room(7, in_hand=0), gate.room(7, in_hand=1), gate.reason) == (1, 0, None)
    assert gate.paused_since
    assert "easel_provider_paused 0.0" in world.metrics.render().decode()
    await gate.succeeded(SUBMIT)
    assert gate.room(7, in_hand=1) == 7
    assert world.store.pause is None


async def test_each_failed_trial_doubles_the_pause_up_to_the_longest(world: World) -> None:
    gate = await world.process()
    pauses = []
    for _ in range(7):
        await gate.failed(BalanceError(), SUBMIT)
        pauses.append(world.left())
        await world.after(gate, world.left())
    assert pauses == [15, 30, 60, 120, 240, 300, 300]


@pytest.mark.parametrize(
    "answer", [Decimal(0), KeyRefusedError(), ProviderUnreachableError(), FAULT], ids=str
)
async def test_no_job_is_tried_while_the_free_question_says_no(
    world: World, answer: Decimal | ProviderError
) -> None:
    gate = await world.process()
    await gate.failed(BalanceError(), SUBMIT)
    world.account.answer = answer
    for pause in (15, 30, 60):
        assert world.left() == pause
        await world.after(gate, pause)
        assert gate.room(7, in_hand=0) == 0
    world.account.answer = Decimal("3.5")
    await world.after(gate, 120)
    assert gate.room(7, in_hand=0) == 1


async def test_a_free_question_that_is_itself_broken_is_not_believed_for_ever(world: World) -> None:
    gate = await world.process()
    await gate.failed(BalanceError(), SUBMIT)
    world.account.answer = FAULT
    trials = 0
    for _ in range(7):
        await world.after(gate, LONGEST_PAUSE.total_seconds())
        trials += gate.room(7, in_hand=0)
        await gate.failed(BalanceError(), SUBMIT)
    assert trials == 2


async def test_only_one_process_probes_and_the_others_follow(world: World) -> None:
    gates = [await world.process() for _ in range(3)]
    await gates[0].failed(KeyRefusedError(), SUBMIT)
    for gate in gates:
        await gate.refresh()
        assert gate.room(7, in_hand=0) == 0
    world.account.answer = KeyRefusedError()
    for _ in range(2):
        world.clock.advance(world.left())
        for gate in gates:
            await gate.refresh()
    assert world.account.asked == 2
    world.account.answer = Decimal(1)
    world.clock.advance(world.left())
    for gate in gates:
        await gate.refresh()
    await gates[1].succeeded(SUBMIT)
    for gate in gates:
        await gate.refresh()
        assert gate.paused_since is None


async def test_two_processes_that_find_the_probe_due_at_once_make_one(world: World) -> None:
    gate, other = await world.process(), await world.process()
    await gate.failed(KeyRefusedError(), SUBMIT)
    world.account.answer = KeyRefusedError()
    world.clock.advance(15)
    seen_by_both = world.store.pause
    await gate.refresh()

    async def late() -> Pause | None:
        return seen_by_both

    world.store.service_pause = late  # type: ignore[method-assign]
    await other.refresh()
    assert world.account.asked == 1
    assert world.left() == 30


async def test_the_operator_is_told_once_across_processes_and_restarts(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    first, second = await world.process(), await world.process()
    await first.failed(KeyRefusedError("401"), SUBMIT)
    await second.failed(KeyRefusedError("401"), LOOK)
    world.account.answer = KeyRefusedError("401")
    await world.after(first, 15)
    restarted = await world.process()
    await restarted.failed(KeyRefusedError("401"), SUBMIT)
    (sentence,) = told(caplog)
    assert "APIXO_API_KEY" in sentence
    world.account.answer = None
    await world.after(restarted, 300)
    await restarted.succeeded(SUBMIT)
    await restarted.succeeded(SUBMIT)
    assert told(caplog, logging.INFO)[-1] == "The image service accepts tasks again"
    await restarted.failed(KeyRefusedError("401"), SUBMIT)
    assert len(told(caplog)) == 2


async def test_a_new_start_asks_at_once_because_it_is_usually_the_cure(world: World) -> None:
    gate = await world.process()
    await gate.failed(KeyRefusedError(), SUBMIT)
    world.account.answer = Decimal(5)
    assert (await world.process()).room(7, in_hand=0) == 1
    assert world.account.asked == 1


async def test_a_new_start_does_not_cut_the_services_own_wish_short(world: World) -> None:
    gate = await world.process()
    await gate.failed(ProviderBusyError(retry_after=90), SUBMIT)
    assert world.left() == 90
    assert (await world.process()).room(7, in_hand=0) == 0
    assert world.account.asked == 0
    await world.after(gate, 90)
    assert gate.room(7, in_hand=0) == 1
    assert world.account.asked == 0


async def test_requests_that_were_under_way_do_not_lengthen_the_pause(world: World) -> None:
    gate = await world.process()
    await gate.failed(BalanceError(), SUBMIT)
    world.clock.advance(5)
    await gate.failed(BalanceError(), SUBMIT)
    await gate.failed(ProviderBusyError(retry_after=100), SUBMIT)
    await gate.succeeded(SUBMIT)
    assert world.left() == 10
    assert world.store.pause
    assert world.store.pause.reason is PauseReason.BALANCE


async def test_a_refused_prompt_does_not_prove_that_there_is_money(world: World) -> None:
    gate = await world.process()
    await gate.failed(BalanceError(), SUBMIT)
    await world.after(gate, 15)
    await gate.succeeded(SUBMIT, accepted=False)
    assert gate.paused_since


async def test_the_own_budget_held_back_is_no_failure_of_the_service(world: World) -> None:
    gate = await world.process()
    for _ in range(2 * FAILURES):
        again_at = await gate.failed(ProviderHeldError(retry_after=40), SUBMIT)
        assert again_at == world.clock.now() + timedelta(seconds=40)
    assert gate.paused_since is None


async def test_a_clock_set_back_an_hour_brings_the_probe_forward_not_an_hour_of_silence(
    world: World,
) -> None:
    gate = await world.process()
    await gate.failed(KeyRefusedError(), SUBMIT)
    world.account.answer = KeyRefusedError()
    await world.after(gate, -3600)
    assert world.account.asked == 1
    for _ in range(10):
        await gate.refresh()
    assert world.account.asked == 1
    assert world.left() == 30
    assert gate.reopens_at == world.clock.now() + timedelta(seconds=30)


async def test_a_process_that_dies_while_it_probes_leaves_the_next_probe_to_others(world: World) -> None:
    gate, other = await world.process(), await world.process()
    await gate.failed(KeyRefusedError(), SUBMIT)
    world.account.answer = None
    world.clock.advance(15)

    async def die() -> Decimal | None:
        raise RuntimeError("killed")

    gate._balance = die
    with pytest.raises(RuntimeError):
        await gate.refresh()
    await other.refresh()
    assert other.room(7, in_hand=0) == 0
    await world.after(other, 60)
    assert other.room(7, in_hand=0) == 1


async def test_a_pause_that_cannot_be_written_down_holds_for_this_process(world: World) -> None:
    gate, other = await world.process(), await world.process()
    world.store.error = StoreBusyError("locked")
    await gate.failed(KeyRefusedError(), SUBMIT)
    assert (gate.room(7, in_hand=0), other.room(7, in_hand=0)) == (0, 7)
