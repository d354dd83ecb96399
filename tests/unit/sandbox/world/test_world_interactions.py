"""The lifecycle of an interaction."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from sandbox.discord.errors import DiscordError
from sandbox.world import payloads, seed
from sandbox.world.drafts import Change, Draft
from sandbox.world.interaction import InteractionKind, InteractionState
from sandbox.world.models import MessageFlag, MessageKind
from tests.unit.sandbox.world.conftest import begin

if TYPE_CHECKING:
    from collections.abc import Callable

    from sandbox.clock import MovableClock
    from sandbox.world.interaction import Interaction
    from sandbox.world.world import World
    from tests.unit.sandbox.world.conftest import Told


def test_an_interaction_is_told_to_the_bot_and_to_nobody_else(world: World, told: Told) -> None:
    begun = begin(world)
    event = told.last("INTERACTION_CREATE")
    assert event.data["id"] == str(begun.id)
    assert [user for user in world.users if world.sees(user, event)] == [seed.BOT]
    assert [user for user in world.users if world.sees(user, told.last("INTERACTION_UPDATE"))] == [seed.MIA]


def test_it_fails_by_time_alone_and_only_once(world: World, told: Told, clock: MovableClock) -> None:
    begun = begin(world)
    clock.move(2.9)
    world.sweep()
    assert begun.state is InteractionState.PENDING
    clock.move(0.1)
    world.sweep()
    world.sweep()
    updates = [event.data["state"] for event in told.events if event.type == "INTERACTION_UPDATE"]
    assert updates == ["pending", "failed"]


def test_a_promise_that_is_never_kept_fails_after_15_minutes(world: World, clock: MovableClock) -> None:
    begun = begin(world)
    world.answer_later(begun.id, begun.token)
    clock.move(15 * 60)
    world.sweep()
    assert begun.state is InteractionState.FAILED


def test_it_is_forgotten_after_an_hour(world: World, clock: MovableClock) -> None:
    begun = begin(world)
    world.answer_with_message(begun.id, begun.token, Draft(content="x"))
    clock.move(3601)
    world.sweep()
    with pytest.raises(DiscordError) as refusal:
        world.interaction(begun.id)
    assert refusal.value.code == 10062


def test_the_promised_message_shows_that_the_bot_thinks_until_it_comes(world: World) -> None:
    begun = begin(world)
    world.answer_later(begun.id, begun.token, ephemeral=True)
    message = world.response(begun.token, None)
    assert message.flags == MessageFlag.LOADING | MessageFlag.EPHEMERAL
    assert message.kind is MessageKind.CHAT_INPUT_COMMAND
    world.edit_response(begun.token, None, Change(content="done"))
    assert message.flags == MessageFlag.EPHEMERAL
    assert message.edited_at is None
    world.edit_response(begun.token, None, Change(content="done again"))
    assert message.edited_at is not None


def test_who_sees_the_answer_is_settled_by_the_promise(world: World) -> None:
    begun = begin(world)
    world.answer_later(begun.id, begun.token)
    assert world.follow_up(begun.token, Draft(content="x"), ephemeral=True).only_for is None
    assert world.follow_up(begun.token, Draft(content="y"), ephemeral=True).only_for == seed.MIA


ANSWERS: dict[str, Callable[[World, Interaction], object]] = {
    "message": lambda w, i: w.answer_with_message(i.id, i.token, Draft(content="x")),
    "later": lambda w, i: w.answer_later(i.id, i.token),
    "modal": lambda w, i: w.answer_with_modal(i.id, i.token, {"title": "x"}),
    "choices": lambda w, i: w.answer_with_choices(i.id, i.token, []),
    "update": lambda w, i: w.answer_with_update(i.id, i.token, None),
}


@pytest.mark.parametrize(
    ("kind", "fitting"),
    [
        (InteractionKind.COMMAND, {"message", "later", "modal"}),
        (InteractionKind.COMPONENT, {"message", "later", "modal", "update"}),
        (InteractionKind.MODAL, {"message", "later", "update"}),
        (InteractionKind.AUTOCOMPLETE, {"choices"}),
    ],
)
def test_only_answers_that_go_with_its_kind_are_taken(
    world: World, kind: InteractionKind, fitting: set[str]
) -> None:
    card = world.post_message(seed.ART, seed.BOT, Draft(content="card"))
    has_message = kind in {InteractionKind.COMPONENT, InteractionKind.MODAL}
    for name, answer in ANSWERS.items():
        begun = begin(world, kind=kind, message_id=card.id if has_message else None)
        if name in fitting:
            answer(world, begun)
            assert begun.answered_with is not None
            continue
        with pytest.raises(DiscordError) as refusal:
            answer(world, begun)
        assert refusal.value.code == 50035


@pytest.mark.parametrize("token", ["", "nonsense", "12.34", "x.y"])
def test_a_foreign_token_is_refused_with_50027(world: World, token: str) -> None:
    begin(world)
    with pytest.raises(DiscordError) as refusal:
        world.follow_up(token, Draft(content="x"))
    assert refusal.value.code == 50027


def test_a_message_of_another_interaction_is_out_of_reach(world: World) -> None:
    one, other = begin(world), begin(world)
    world.answer_with_message(one.id, one.token, Draft(content="one"))
    world.answer_with_message(other.id, other.token, Draft(content="other"))
    with pytest.raises(DiscordError) as refusal:
        world.edit_response(other.token, one.response_message_id, Change(content="x"))
    assert refusal.value.code == 10008


def test_an_answer_into_a_deleted_channel_is_refused_with_10003(world: World) -> None:
    begun = begin(world)
    world.delete_channel(seed.ART)
    with pytest.raises(DiscordError) as refusal:
        world.answer_with_message(begun.id, begun.token, Draft(content="x"))
    assert refusal.value.code == 10003
    assert begun.answered_with is None


def test_the_answer_to_a_button_replies_to_its_message(world: World) -> None:
    card = world.post_message(seed.ART, seed.BOT, Draft(content="card"))
    begun = begin(world, kind=InteractionKind.COMPONENT, message_id=card.id)
    world.answer_with_message(begun.id, begun.token, Draft(content="x"))
    message = world.response(begun.token, None)
    assert message.kind is MessageKind.REPLY
    assert message.reference is not None
    assert message.reference.message_id == card.id


def test_the_payload_says_where_it_happens_and_what_the_bot_may_do_there(world: World) -> None:
    world.guild(seed.STUDIO).premium_tier = 2
    payload = payloads.interaction(world, begin(world))
    assert payload["channel"]["id"] == str(seed.ART)
    assert payload["member"]["user"]["id"] == str(seed.MIA)
    assert payload["app_permissions"] == str(int(world.permissions(seed.BOT, seed.ART)))
    assert payload["attachment_size_limit"] == 50 * 1024 * 1024
    assert payload["context"] == 0


def test_in_a_direct_conversation_it_comes_with_a_user_and_no_server(world: World) -> None:
    place = world.open_dm(seed.MIA)
    begun = world.begin_interaction(
        InteractionKind.COMMAND, user_id=seed.MIA, channel_id=place.id, data={"name": "imagine"}
    )
    payload = payloads.interaction(world, begun)
    assert payload["user"]["id"] == str(seed.MIA)
    assert "guild_id" not in payload
    assert payload["context"] == 1
