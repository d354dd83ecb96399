"""What the composition root makes of the settings."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import SecretStr

from bot.assembly import _pace
from bot.engine.cadence import FixedPace, LearnedPace
from bot.settings import Settings


def settings(**given: Any) -> Settings:
    return Settings(discord_token=SecretStr("t"), apixo_api_key=SecretStr("k"), **given)


def test_without_times_of_the_operator_the_looks_are_learned() -> None:
    assert isinstance(_pace(settings()), LearnedPace)


@pytest.mark.parametrize(
    ("given", "pace"),
    [
        ({"poll_first_seconds": 1, "poll_every_seconds": 0.5}, FixedPace(first=1, every=0.5)),
        ({"poll_first_seconds": 5}, FixedPace(first=5, every=3)),
        ({"poll_every_seconds": 10}, FixedPace(first=20, every=10)),
    ],
)
def test_one_time_of_the_operator_is_enough_for_fixed_looks(given: dict[str, float], pace: FixedPace) -> None:
    assert _pace(settings(**given)) == pace
