"""After any number of crashes and faults every picture is in its place once, and the books balance.

The short form is part of every test run. `make chaos JOBS=1000 SEED=7` plays the long one.
"""

from __future__ import annotations

import os
import re
import secrets
import sys
from collections import Counter
from typing import TYPE_CHECKING, Final

import pytest

from tests.e2e.chaos import books, traces
from tests.e2e.chaos.plan import CHANGES, COMMON, Plan
from tests.e2e.chaos.play import Play, unfinished

if TYPE_CHECKING:
    from tests.e2e.harness import Bot, Sandbox

SHORT: Final = 40
SEED: Final = int(os.environ.get("EASEL_CHAOS_SEED") or 0)
#: How many jobs the long form has; it is played only if somebody says so.
JOBS: Final = int(os.environ.get("EASEL_CHAOS_JOBS") or 0)


def say(line: str) -> None:
    """Write a line of the report; pytest shows it if the test fails or is asked to."""
    sys.stdout.write(f"chaos: {line}\n")
    sys.stdout.flush()


def unexpected(log: str) -> dict[str, int]:
    """Return the last lines of the tracebacks in a log, and how often each is there."""
    ends = re.findall(r"^Traceback.*?^(?=\S)(?!Traceback)([^\n]*)", log, re.MULTILINE | re.DOTALL)
    return dict(Counter(end[:200] for end in ends).most_common())


async def play(sandbox: Sandbox, bot: Bot, plan: Plan, *, port: int, patience: float, restart: bool) -> None:
    """Play a plan to its end and hold all promises against what came of it."""
    say(f"seed {plan.seed}, {plan.jobs} jobs")
    run = Play(sandbox, bot, plan, port=port)
    await run.storm()
    try:
        await run.calm(patience=patience, restart=restart)
    except AssertionError as error:
        raise AssertionError(f"{error} {unfinished(bot.jobs())}") from error
    told = await books.read(sandbox, bot, log_channel=run.log_channel)
    await run.repeat_all_callbacks()
    found = books.violations(told) + traces.violations(told)
    if bot.jobs() != told.rows:
        found.append("callbacks that came again changed something")
    say(f"storm {run.tally.storm_seconds:.0f} s, calm {run.tally.calm_seconds:.0f} s")
    say(f"{sum(run.tally.kills.values())} kills: {dict(run.tally.kills.most_common())}")
    say(f"{sum(run.tally.faults.values())} faults: {dict(run.tally.faults.most_common())}")
    early = bot.text().count("moved by somebody else while the submitter had it")
    say(f"{run.tally.doubled} callbacks doubled, {early} came before the answer to their request")
    say(f"errors that nobody expected: {unexpected(bot.text())}")
    say(f"{len(told.rows)} jobs: {books.summary(told)}")
    say(f"people tried {dict(run.meddling.tried.most_common())}")
    say(f"what came of it: {traces.summary(told)}")
    say(f"{len(found)} violations")
    for violation in found:
        say(violation)
    assert not found


@pytest.mark.skipif(JOBS > 0, reason="the long form is asked for")
@pytest.mark.timeout(180)
async def test_a_short_storm_loses_nothing_and_doubles_nothing(
    sandbox: Sandbox, idle_bot: Bot, unused_port: int
) -> None:
    plan = Plan(
        seed=SEED or 5,
        jobs=SHORT,
        places=6,
        seconds=9,
        least_kills=4,
        patience=2,
        breath=1.5,
        retries=(0.3, 0.6, 1.2),
        killing=COMMON,
    )
    await play(sandbox, idle_bot, plan, port=unused_port, patience=90, restart=True)


@pytest.mark.skipif(JOBS == 0, reason="`make chaos` plays it")
@pytest.mark.timeout(1800)
async def test_a_long_storm_loses_nothing_and_doubles_nothing(
    sandbox: Sandbox, idle_bot: Bot, unused_port: int
) -> None:
    plan = Plan(
        seed=SEED or secrets.randbelow(10**6),
        jobs=JOBS,
        places=max(6, JOBS // 20),
        seconds=JOBS / 6,
        least_kills=len(CHANGES),
        patience=5,
        breath=8,
        retries=(2, 4, 8),
    )
    await play(sandbox, idle_bot, plan, port=unused_port, patience=600, restart=False)
