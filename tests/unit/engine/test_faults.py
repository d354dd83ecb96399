"""What passes at Discord is told apart from what stays, wherever it was asked."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import aiohttp
import discord
import pytest

from bot.engine.faults import lost_answers, passing_faults
from bot.errors import PostponedError
from bot.metrics import Metrics


def answered(status: int, code: int = 0) -> discord.HTTPException:
    response = cast("Any", SimpleNamespace(status=status, reason="because"))
    return discord.HTTPException(response, {"message": "no", "code": code})


@pytest.mark.parametrize(
    ("fault", "retry_after", "doubtful"),
    [
        (discord.RateLimited(7.0), 7.0, False),
        (aiohttp.ServerDisconnectedError(), None, False),
        (ConnectionResetError(), None, False),
        (answered(503), None, True),
        (answered(401), None, False),
        (answered(429), None, False),
        (answered(400, 40003), 60.0, False),
        (answered(403, 130000), 60.0, False),
    ],
)
def test_a_fault_that_passes_is_one_to_try_again(
    fault: Exception, retry_after: float | None, doubtful: bool
) -> None:
    with pytest.raises(PostponedError) as caught, passing_faults():
        raise fault
    assert (caught.value.retry_after, caught.value.doubtful) == (retry_after, doubtful)


def test_a_refusal_that_stays_goes_through_and_is_counted() -> None:
    metrics = Metrics()
    with pytest.raises(discord.HTTPException) as caught, passing_faults(metrics):
        raise answered(403, 50001)
    assert caught.value.code == 50001
    assert b'easel_discord_errors_total{code="50001"} 1.0' in metrics.render()


def test_what_may_have_been_done_without_an_answer_is_doubtful_where_that_matters() -> None:
    with pytest.raises(PostponedError) as caught, lost_answers(doubtful=True):
        raise aiohttp.ServerDisconnectedError
    assert caught.value.doubtful
    with pytest.raises(PostponedError) as caught, lost_answers(doubtful=True):
        raise discord.RateLimited(2.0)
    assert not caught.value.doubtful
