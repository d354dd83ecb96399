"""Two processes of the operating system spend the last credits at the same time."""

from __future__ import annotations

import asyncio
import sys
from asyncio.subprocess import PIPE
from pathlib import Path
from typing import Final

import pytest

from bot.clock import SystemClock
from bot.errors import QuotaError
from bot.quota import Limits
from bot.store import open_beside, open_store
from bot.store.tables import jobs
from tests.databases import lay_out
from tests.factories import GUILD, MEMBER, batch_factory

_ROOT: Final = Path(__file__).resolve().parents[3]
_LIMIT: Final = 20
_ASKED: Final = 15
#: The disk of a busy machine may take its time.
_BUSY_TIMEOUT: Final = 60.0


def tell(word: str) -> None:
    """Say something to the process that started this one."""
    sys.stdout.write(f"{word}\n")
    sys.stdout.flush()


async def spend(url: str, guild: int, member: int) -> None:
    """Open the database, say so, wait for the word, then ask for pictures one after the other."""
    limits = Limits(daily_credits=_LIMIT, concurrent_jobs=3, operator_daily_credits=_LIMIT)
    async with open_beside(url, clock=SystemClock(), busy_timeout=_BUSY_TIMEOUT) as store:
        tell("ready")
        await asyncio.to_thread(sys.stdin.readline)
        for _ in range(_ASKED):
            try:
                await store.admit(batch_factory(guild_id=guild, member_id=member), limits)
                tell("taken in")
            except QuotaError as error:
                tell(error.whose)


@pytest.mark.parametrize("members", [1, 2])
async def test_two_processes_that_race_take_in_all_that_the_limit_allows_and_no_more(
    tmp_path: Path, members: int
) -> None:
    url = lay_out(tmp_path / "easel.db")
    async with open_store(url, clock=SystemClock()) as store:
        processes = [
            await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", __name__, url, str(GUILD + number), str(MEMBER + number % members)),
                cwd=_ROOT,
                stdin=PIPE,
                stdout=PIPE,
            )
            for number in range(2)
        ]
        for process in processes:
            assert process.stdout
            assert await process.stdout.readline() == b"ready\n"
        told = await asyncio.gather(*(process.communicate(b"go\n") for process in processes))
        said = [line for out, _ in told for line in out.decode().splitlines()]
        refused = "member" if members == 1 else "operator"
        assert sorted(said) == sorted(["taken in"] * _LIMIT + [refused] * (2 * _ASKED - _LIMIT))
        async with store._database.reading() as connection:
            assert len((await connection.execute(jobs.select())).all()) == _LIMIT


if __name__ == "__main__":
    asyncio.run(spend(sys.argv[1], int(sys.argv[2]), int(sys.argv[3])))
