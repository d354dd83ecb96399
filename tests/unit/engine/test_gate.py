"""The gate closes on the first sign, probes with one job, opens on success, and tells once."""

from __future__ import annotations

import logging

import pytest

from bot.engine.gate import Gate
from bot.errors import BalanceError, KeyRefusedError, ProviderBusyError
from bot.jobs import FailureCause, WaitReason
from bot.metrics import Metrics
from tests.clocks import FakeClock


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def gate(clock: FakeClock) -> Gate:
    return Gate(clock=clock, metrics=Metrics())


def test_an_open_gate_lets_all_through(gate: Gate) -> None:
    assert gate.room(7) == 7
    assert gate.reason is None


def test_a_closed_gate_lets_nothing_through_until_its_pause_is_over(gate: Gate, clock: FakeClock) -> None:
    reopens_at = gate.close(KeyRefusedError())
    assert gate.room(7) == 0
    clock.advance((reopens_at - clock.now()).total_seconds())
    assert gate.room(7) == 1


def test_each_failed_probe_doubles_the_pause(gate: Gate, clock: FakeClock) -> None:
    pauses = []
    for _ in range(3):
        pause = (gate.close(BalanceError()) - clock.now()).total_seconds()
        pauses.append(pause)
        clock.advance(pause)
    assert pauses == [15, 30, 60]


def test_jobs_already_on_their_way_do_not_lengthen_the_pause(gate: Gate) -> None:
    first = gate.close(ProviderBusyError())
    assert gate.close(ProviderBusyError()) == first


def test_the_services_own_wish_for_a_pause_is_honoured(gate: Gate, clock: FakeClock) -> None:
    assert (gate.close(ProviderBusyError(retry_after=90)) - clock.now()).total_seconds() == 90


def test_one_success_opens_the_gate(gate: Gate) -> None:
    gate.close(BalanceError())
    gate.succeeded()
    assert gate.room(7) == 7
    assert gate.reason is None


@pytest.mark.parametrize(
    ("error", "reason", "cause"),
    [
        (KeyRefusedError(), WaitReason.SERVICE_PAUSED, FailureCause.ACCESS),
        (BalanceError(), WaitReason.SERVICE_PAUSED, FailureCause.BALANCE),
        (ProviderBusyError(), WaitReason.SERVICE_BUSY, FailureCause.PROVIDER),
    ],
)
def test_who_must_act_is_told_apart(
    gate: Gate, error: KeyRefusedError, reason: WaitReason, cause: FailureCause
) -> None:
    gate.close(error)
    assert gate.reason is reason
    assert gate.cause is cause


def test_the_operator_is_told_once_when_it_closes_and_once_when_it_opens(
    gate: Gate, clock: FakeClock, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO):
        for _ in range(3):
            gate.close(KeyRefusedError())
            clock.advance(600)
        gate.succeeded()
        gate.succeeded()
    assert len(caplog.records) == 2
    assert "APIXO_API_KEY" in caplog.records[0].getMessage()
