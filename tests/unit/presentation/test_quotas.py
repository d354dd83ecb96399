"""What people read about quotas fits Discord's limits, whatever an admin has decided."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from bot.presentation.quotas import show_server
from bot.presentation.wording import Catalogue
from bot.quota import MOST_CREDITS, MOST_JOBS, Rule, ServerQuotas

FIRST_ROLE = 1_100_000_000_000_000_000


async def shown(roles: int, *, gone: int = 0) -> str:
    """Return what an admin reads of so many rules of roles, the first of which are of deleted ones."""
    said: list[str] = []

    async def send(text: str, *, ephemeral: bool) -> None:
        assert ephemeral
        said.append(text)

    interaction: Any = SimpleNamespace(
        locale="en-US",
        guild=SimpleNamespace(get_role=lambda role: role >= FIRST_ROLE + gone or None),
        response=SimpleNamespace(is_done=lambda: False, send_message=send),
    )
    rules = [
        Rule(role_id=FIRST_ROLE + number, daily_credits=MOST_CREDITS, concurrent_jobs=MOST_JOBS)
        for number in range(roles)
    ]
    everybody = Rule(daily_credits=MOST_CREDITS, concurrent_jobs=1)
    quotas = ServerQuotas(everybody=everybody, daily_credits=MOST_CREDITS, roles=tuple(rules))
    await show_server(Catalogue(), interaction, quotas)
    return said[0]


@pytest.mark.parametrize("roles", [0, 1, 15, 16, 30, 250])
async def test_the_rules_of_any_number_of_roles_fit_into_a_message(roles: int) -> None:
    text = await shown(roles)
    assert len(text) <= 2000
    listed = text.count("<@&")
    assert listed == min(roles, listed)
    assert (f"and {roles - listed} more role" in text) is (listed < roles)
    assert listed >= min(roles, 15)


async def test_rules_of_deleted_roles_are_counted_and_take_no_room() -> None:
    text = await shown(20, gone=19)
    assert text.count("<@&") == 1
    assert "19 rules of deleted roles" in text


async def test_one_is_one() -> None:
    assert "1 picture at a time" in await shown(0)
