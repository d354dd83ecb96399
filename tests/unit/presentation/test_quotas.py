"""What a statement and a server's rules say, and that the longest of them fit into a message."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from bot.jobs import FailureCause, JobState, Mode
from bot.presentation.quotas import server_rules, statement_embeds
from bot.presentation.wording import Catalogue
from bot.quota import (
    Allowance,
    Half,
    Item,
    ItemPage,
    Rule,
    RuleKind,
    ServerQuotas,
    Spender,
    Spent,
    Standing,
    Usage,
)
from bot.service import Statement
from bot.service.quotas import PAGE_SIZE
from tests.clocks import NOON
from tests.factories import GUILD, MEMBER

CATALOGUE = Catalogue()
LARGEST = 2**63 - 1
BACK = f"<t:{int((NOON + timedelta(hours=24)).timestamp())}:R>"
SPENT = Spent(credits=5, oldest_at=NOON)


def said(*items: Item, own: int | None = 5, jobs: int = 3, **fields: Any) -> str:
    """Return what the statement of somebody who has spent 5 credits says."""
    is_own = fields.pop("is_own", True)
    usage = fields.pop("usage", Usage(member=SPENT, server=SPENT, operator=SPENT))
    allowance = Allowance(
        credits=Half(limit=own, rule=RuleKind.MEMBER), jobs=Half(limit=jobs, rule=RuleKind.BOT), **fields
    )
    statement = Statement(
        spender=Spender(guild_id=GUILD, member_id=MEMBER),
        standing=Standing(allowance=allowance, usage=usage),
        page=ItemPage(items=items, page=0, pages=1),
        is_own=is_own,
    )
    return "\n".join(embed.description or "" for embed in statement_embeds(CATALOGUE, "en-US", statement))


def item(**fields: Any) -> Item:
    given: dict[str, Any] = {
        "id": "01abcdefghjkmnpq",
        "guild_id": GUILD,
        "state": JobState.DELIVERED,
        "mode": Mode.PRO,
        "prompt": "a red fox",
        "created_at": NOON,
        "credits": 1,
        "price": 1,
        "failure_cause": None,
        "was_discarded": False,
        "ended_by": None,
    }
    return Item(**{**given, **fields})


def rules(*roles: Rule, there: range = range(99)) -> str:
    quotas = ServerQuotas(everybody=Rule(), daily_credits=1, roles=roles)
    return str(server_rules(CATALOGUE, "en-US", quotas, roles=there).description)


def test_the_longest_list_of_roles_fits_into_an_answer_and_deleted_ones_come_last() -> None:
    roles = [
        Rule(daily_credits=10**6, concurrent_jobs=1000, role_id=LARGEST - number) for number in range(250)
    ]
    alive = range(LARGEST - 40, LARGEST - 10)
    told = rules(*roles, there=alive)
    assert len(told) <= 4096
    assert all(f"<@&{role}>" in told for role in alive)
    assert "deleted" not in told
    assert "… and 220 more roles" in told
    assert "**a deleted role:** 1000000 credits in 24 hours, 1000 pictures at a time" in rules(roles[0])


def test_one_is_said_as_one() -> None:
    told = rules(Rule(daily_credits=1, concurrent_jobs=1, role_id=7))
    assert "**The whole server:** 1 credit in 24 hours" in told
    assert "**<@&7>:** 1 credit in 24 hours, 1 picture at a time" in told
    assert "1 picture at a time, the others wait" in said(jobs=1)
    assert f"1 of them was added by a moderator; it goes {BACK}." in said(
        extra=1, extra_until=NOON + timedelta(hours=24)
    )


def test_where_nothing_may_be_made_at_a_time_nothing_is_said_to_wait() -> None:
    told = said(jobs=0)
    assert "Pictures are switched off: this bot's limit for each member, all servers together is 0" in told
    assert "wait" not in told


@pytest.mark.parametrize(("own", "is_told"), [(5, True), (0, False), (None, False)])
def test_a_credit_is_said_to_come_back_only_where_there_is_one(own: int | None, is_told: bool) -> None:
    usage = Usage(member=SPENT if own is not None else Spent(), server=None, operator=Spent())
    assert (f"The next credit comes back {BACK}." in said(own=own, usage=usage)) is is_told


@pytest.mark.parametrize("cap", ["server_daily_credits", "operator_daily_credits"])
def test_a_cap_that_is_used_up_says_when_the_next_one_comes_back(cap: str) -> None:
    assert f"The next one comes back {BACK}." in said(**{cap: 5})
    assert "The next one" not in said(**{cap: 6})
    assert "The next one" not in said(**{cap: 0})


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({}, "**1 credit** · pro"),
        ({"state": JobState.QUEUED}, "**1 credit** · waiting · pro"),
        ({"state": JobState.RUNNING}, "**1 credit** · in the making · pro"),
        (
            {"state": JobState.RUNNING, "was_discarded": True},
            "**1 credit** · called off when it was already being made · pro",
        ),
        (
            {"state": JobState.CANCELLED, "was_discarded": True},
            "**1 credit** · called off when it was already being made · pro",
        ),
        (
            {"state": JobState.CANCELLED, "credits": 0, "ended_by": f"member:{MEMBER}"},
            "**0 credits** · 1 given back: called off by you · pro",
        ),
        (
            {"state": JobState.CANCELLED, "credits": 0, "ended_by": "moderator:5"},
            "**0 credits** · 1 given back: called off by a moderator · pro",
        ),
        (
            {
                "state": JobState.FAILED,
                "credits": 0,
                "price": None,
                "was_discarded": True,
                "failure_cause": FailureCause.LATE,
            },
            "**0 credits** · given back: it was not finished in time · pro",
        ),
        ({"state": JobState.FAILED, "credits": 0, "price": 0}, "**0 credits** · pro"),
    ],
)
def test_an_item_says_what_became_of_its_credits(fields: dict[str, Any], words: str) -> None:
    assert words in said(item(**fields))


def test_the_longest_page_fits_into_a_message() -> None:
    longest = item(
        prompt="*_`~|" * 1200,
        state=JobState.CANCELLED,
        credits=0,
        price=10**9,
        guild_id=5,
        ended_by="moderator:5",
    )
    assert len(said(*[longest] * PAGE_SIZE)) <= 4096
    assert "`~" not in said(longest, is_own=False)
