"""What the busy operations cost: every one is answered by an index, so history does not slow them down."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa
from sqlalchemy.dialects import sqlite

from bot.acts import Act, ActKind
from bot.jobs import JobState, Mode
from bot.quota import Limits
from bot.store.tables import WORKING_STATES, job_events, jobs
from tests.clocks import NOON
from tests.factories import GUILD, MEMBER, NO_LIMITS, batch_factory
from tests.integration.store.road import FAILURE, LEASE

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator

    from bot.store import Store
    from tests.integration.store.road import Road

#: Every limit set, so that every sum is made.
LIMITS = Limits(
    daily_credits=10**6, concurrent_jobs=9, server_daily_credits=10**6, operator_daily_credits=10**6
)


@contextmanager
def statements(store: Store) -> Iterator[list[tuple[str, Any]]]:
    """Collect what the store sends to SQLite, with its parameters."""
    seen: list[tuple[str, Any]] = []

    def note(connection: object, cursor: object, statement: str, parameters: Any, *rest: object) -> None:
        if not statement.startswith(("BEGIN", "PRAGMA")):
            seen.append((statement, parameters))

    engines = [store._database._writer.sync_engine, store._database._reader.sync_engine]
    for engine in engines:
        sa.event.listen(engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        for engine in engines:
            sa.event.remove(engine, "before_cursor_execute", note)


async def plans(store: Store, operation: Awaitable[object], table: str = "jobs") -> list[str]:
    """Return the steps by which SQLite reads a table during the operation, outermost first."""
    with statements(store) as seen:
        await operation
    assert seen
    steps: list[str] = []
    async with store._database.reading() as connection:
        for statement, parameters in seen:
            shown = await connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)
            steps += [row.detail for row in shown]
    return [step for step in steps if step.startswith((f"SCAN {table}", f"SEARCH {table}"))]


def index_of(step: str) -> str:
    """Return the name of the index that a step goes through; it fails if there is none."""
    words = step.split()
    assert "INDEX" in words, f"reads the whole table: {step}"
    return words[words.index("INDEX") + 1]


CLAIMS: dict[str, tuple[Callable[[Store], Awaitable[object]], str]] = {
    "looks": (lambda store: store.claim_looks(owner="w", lease=LEASE, at_most=5), "jobs_running"),
    "ready": (lambda store: store.claim_ready(owner="w", lease=LEASE, at_most=5), "jobs_ready"),
    "unconfirmed": (
        lambda store: store.claim_unconfirmed(owner="w", lease=LEASE, at_most=5),
        "jobs_unconfirmed",
    ),
    "deliveries": (
        lambda store: store.claim_orphaned_deliveries(owner="w", lease=LEASE, at_most=5),
        "jobs_delivering",
    ),
    "announcements": (
        lambda store: store.claim_announcements(owner="w", lease=LEASE, at_most=5),
        "jobs_to_announce",
    ),
    "expired": (lambda store: store.expire_submissions(deadline=NOON), "jobs_submitting"),
}


@pytest.mark.parametrize("name", CLAIMS)
async def test_what_is_due_is_found_through_the_index_of_its_state(store: Store, name: str) -> None:
    claim, index = CLAIMS[name]
    (step,) = await plans(store, claim(store))
    assert index_of(step) == index


async def test_a_studio_is_found_again_by_the_card_that_it_starts_from(store: Store) -> None:
    found = store.opened_studio(channel_id=1, member_id=2, thread_ids=[3, 4, 5])
    (step,) = await plans(store, found)
    assert index_of(step) == "jobs_of_card"


async def test_claimed_jobs_are_written_by_their_ids(store: Store, road: Road) -> None:
    await road.running()
    _, write = await plans(store, store.claim_looks(owner="w", lease=LEASE, at_most=5))
    assert write.startswith("SEARCH jobs USING INDEX sqlite_autoindex_jobs_1 (id=?")


async def test_turns_are_found_without_touching_history(store: Store, road: Road) -> None:
    await road.queued()
    steps = await plans(
        store,
        store.claim_submissions(owner="w", lease=LEASE, at_most=5, per_member=3, in_flight_limit=9),
    )
    assert {index_of(step) for step in steps} == {"jobs_in_flight", "jobs_queued", "sqlite_autoindex_jobs_1"}
    queue = next(step for step in steps if index_of(step) == "jobs_queued")
    assert "COVERING" in queue


async def test_usage_is_summed_up_within_the_window_and_without_the_rows(store: Store) -> None:
    steps = await plans(store, store.admit(batch_factory(), LIMITS))
    assert steps == [
        "SEARCH jobs USING COVERING INDEX jobs_spent_in_guild (guild_id=? AND created_at>?)",
        "SEARCH jobs USING COVERING INDEX jobs_spent_by_member (member_id=? AND created_at>?)",
        "SEARCH jobs USING COVERING INDEX jobs_spent (created_at>?)",
    ]


async def test_no_sum_is_made_for_a_limit_that_does_not_exist(store: Store) -> None:
    assert await plans(store, store.admit(batch_factory(), NO_LIMITS)) == []


async def test_one_job_is_moved_by_its_id(store: Store, road: Road) -> None:
    (step,) = await plans(store, store.fail(await road.queued(), FAILURE))
    assert step == "SEARCH jobs USING INDEX sqlite_autoindex_jobs_1 (id=?)"


async def test_a_batch_is_found_by_its_id(store: Store) -> None:
    (step,) = await plans(store, store.batch("1" * 16))
    assert index_of(step) == "jobs_of_batch"


async def test_what_is_under_way_is_found_through_its_own_index(store: Store) -> None:
    mine = await plans(store, store.under_way_of(1, guild_id=2, at_most=5))
    assert {index_of(step) for step in mine} == {"jobs_open_of_member"}
    servers = await plans(store, store.under_way_in(2, at_most=5))
    assert {index_of(step) for step in servers} == {"jobs_open_in_guild"}


async def test_what_comes_before_a_job_is_counted_among_what_its_member_has_under_way(
    store: Store, road: Road
) -> None:
    job = await road.queued()
    (step,) = await plans(store, store.ahead_of(job))
    assert index_of(step) == "jobs_open_of_member"


async def test_places_in_the_turn_are_counted_over_the_queue_alone(store: Store, road: Road) -> None:
    job = await road.queued()
    steps = await plans(store, store.turns({job.id}))
    by_id = {"sqlite_autoindex_jobs_1"}
    assert {index_of(step) for step in steps} - by_id == {"jobs_in_flight", "jobs_queued"}
    assert all("COVERING" in step for step in steps if index_of(step) == "jobs_queued")


async def test_a_job_is_called_off_by_its_id(store: Store, road: Road) -> None:
    job = await road.running()
    steps = await plans(store, store.call_off(job.id, by=1, actor="member:1", reason="x"))
    assert {index_of(step) for step in steps} == {"sqlite_autoindex_jobs_1"}


async def test_the_next_due_job_is_found_through_the_indices(store: Store) -> None:
    steps = await plans(store, store.next_due(set(JobState)))
    assert {index_of(step) for step in steps} == {"jobs_to_announce"} | {
        f"jobs_{state.value}" for state in WORKING_STATES
    }


async def test_counting_what_is_to_be_done_reads_only_that(store: Store) -> None:
    steps = await plans(store, store.count_by_state())
    assert [index_of(step) for step in steps] == [f"jobs_{state.value}" for state in WORKING_STATES]
    assert all("COVERING" in step for step in steps)


async def test_a_message_leads_to_its_job_through_the_indices(store: Store) -> None:
    steps = await plans(store, store.jobs_of_message(5))
    assert [index_of(step) for step in steps] == ["jobs_of_message", "jobs_of_card"]


async def test_a_block_looks_for_what_to_call_off_among_the_queued_only(store: Store) -> None:
    blocking = store.block(guild_id=1, member_id=2, until=None, reason="", actor_id=3)
    (step,) = await plans(store, blocking)
    assert index_of(step) == "jobs_queued"


async def test_leases_are_found_by_their_owner(store: Store) -> None:
    (step,) = await plans(store, store.release("w"))
    assert index_of(step) == "jobs_leased"


async def test_leases_that_are_renewed_are_found_by_their_jobs(store: Store) -> None:
    (step,) = await plans(store, store.renew("w", LEASE, held={"0" * 16}))
    assert index_of(step) == "sqlite_autoindex_jobs_1"


async def test_those_who_wait_too_long_are_found_among_the_queued(store: Store) -> None:
    (step,) = await plans(store, store.waiting_since(NOON))
    assert index_of(step) == "jobs_queued"


async def test_completion_times_are_read_from_the_newest_on(store: Store) -> None:
    (step,) = await plans(store, store.completion_times(Mode.PRO))
    assert step == "SEARCH jobs USING INDEX jobs_completed (mode=? AND completed_at>?)"


async def test_what_may_be_pruned_is_found_among_the_kept_by_the_time_of_its_end(store: Store) -> None:
    (step,) = await plans(store, store.claim_prunable(owner="w", lease=LEASE, before=NOON, at_most=5))
    assert step == "SEARCH jobs USING INDEX jobs_archived (finished_at<?)"


async def test_keys_in_the_archive_are_found_by_the_ids_of_their_jobs(store: Store) -> None:
    (step,) = await plans(store, store.archive_keys({"1" * 16}))
    assert step == "SEARCH jobs USING INDEX sqlite_autoindex_jobs_1 (id=?)"


async def test_a_jobs_history_is_found_by_its_id(store: Store) -> None:
    async with store._database.reading() as connection:
        statement = sa.select(job_events).where(job_events.c.job_id == "x").order_by(job_events.c.id)
        sql = str(statement.compile(dialect=connection.dialect))
        (step,) = (await connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {sql}", ("x",))).all()
    assert step.detail == "SEARCH job_events USING INDEX job_events_of_job (job_id=?)"


async def test_only_what_is_taken_and_the_limits_that_exist_are_locked_where_rows_can_be(
    store: Store, road: Road
) -> None:
    seen: list[str] = []
    dialect = sa.make_url("postgresql+asyncpg://").get_dialect()()

    def note(connection: object, clause: Any, *rest: object) -> None:
        if not isinstance(clause, sqlite.Insert):  # an upsert is made for each dialect apart
            seen.append(str(clause.compile(dialect=dialect)))

    await road.running()
    await road.queued()
    engine = store._database._writer.sync_engine
    sa.event.listen(engine, "before_execute", note)
    await store.claim_looks(owner="w", lease=LEASE, at_most=5)
    await store.claim_submissions(owner="w", lease=LEASE, at_most=5, per_member=3, in_flight_limit=9)
    await store.admit(batch_factory(), NO_LIMITS)
    await store.admit(batch_factory(), LIMITS)
    sa.event.remove(engine, "before_execute", note)
    locking = [sql.rsplit("\n", 1)[-1].rsplit("FOR UPDATE", 1)[-1] for sql in seen if "FOR UPDATE" in sql]
    assert locking == [" SKIP LOCKED", " OF jobs SKIP LOCKED", "", "", "", ""]


async def test_the_sums_stay_right_when_the_window_moves_over_many_jobs(store: Store, road: Road) -> None:
    for _ in range(5):
        await road.queued()
        road.clock.advance(3600)
    road.clock.advance(timedelta(hours=24).total_seconds() - 3 * 3600)
    async with store._database.reading() as connection:
        total = await connection.execute(sa.select(sa.func.sum(jobs.c.credits)))
        assert total.scalar_one() == 5
    assert await store.admit(batch_factory(count=3), Limits(daily_credits=5, concurrent_jobs=1))


async def test_one_members_jobs_are_found_by_the_member(store: Store, road: Road) -> None:
    await road.cancelled()
    wish = await store.wish_erasure(MEMBER)
    for operation in (
        store.kept_of(MEMBER),
        store.jobs_of_member(MEMBER, after="0", at_most=5),
        store.remains(wish, after="", at_most=5),
        store.unposted_jobs(wish, at_most=5),
        store.is_erased(wish),
        store.erase_words(wish, at_most=5),
        store.forget_whose(wish, at_most=5),
    ):
        steps = await plans(store, operation)
        by_id = {"sqlite_autoindex_jobs_1"}
        assert {index_of(step) for step in steps} - by_id <= {"jobs_of_person", "jobs_queued"}


async def test_old_words_are_found_by_the_time_of_their_jobs_end(store: Store) -> None:
    (step,) = await plans(store, store.erase_old_words(before=NOON, at_most=5))
    assert step == "SEARCH jobs USING INDEX jobs_personal (finished_at<?)"


async def test_acts_that_are_to_be_told_are_found_without_those_that_were(store: Store) -> None:
    act = Act(guild_id=GUILD, actor_id=7, kind=ActKind.SETTINGS, detail="log")
    await store.change_server_settings(GUILD, lambda now: replace(now, log_channel_id=1), act=act)
    by_number = "SEARCH acts USING INTEGER PRIMARY KEY (rowid=?)"
    looking = await plans(store, store.next_act_due(), "acts")
    assert [step for step in looking if step != by_number and index_of(step) != "acts_to_tell"] == []
    claiming = await plans(store, store.claim_acts(lease=LEASE, fitting=len), "acts")
    others = [step for step in claiming if step != by_number and index_of(step) != "acts_to_tell"]
    assert others == ["SEARCH acts USING INDEX acts_of_guild (guild_id=? AND id>?)"]
