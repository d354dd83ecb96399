"""What people press, choose and fill in through the user's side, and what the bot is told of it."""

from __future__ import annotations

import json
from typing import Any

import aiohttp
import pytest

from sandbox.world import seed
from sandbox.world.drafts import Draft
from tests.integration.sandbox.sides import Side, side
from tests.pictures import png

ART = {"user": "101", "channel_id": str(seed.ART)}


def row(*parts: dict[str, Any]) -> list[dict[str, Any]]:
    return [{"type": 1, "components": list(parts)}]


def card(played: Side, *parts: dict[str, Any], author: int = seed.BOT) -> str:
    draft = Draft(content="card", components=row(*parts))
    return str(played.world.post_message(seed.ART, author, draft).id)


async def test_pressing_a_button_reaches_the_bot_with_its_message() -> None:
    async with side() as played:
        message = card(played, {"type": 2, "style": 1, "label": "Go", "custom_id": "go:1"})
        begun = await played.do("/components", **ART, message_id=message, custom_id="go:1")
        payload = played.heard()
        assert (payload["type"], payload["message"]["id"]) == (3, message)
        assert (payload["data"]["custom_id"], payload["data"]["component_type"]) == ("go:1", 2)
        assert payload["id"] == begun["interaction_id"]


async def test_only_a_button_that_is_there_and_enabled_can_be_pressed() -> None:
    async with side() as played:
        button = {"type": 2, "style": 1, "label": "Go", "custom_id": "go"}
        disabled = card(played, {**button, "disabled": True})
        somebodys = card(played, button, author=seed.BEN)
        for message in (disabled, somebodys, card(played, {**button, "custom_id": "other"})):
            assert await played.refused("/components", **ART, message_id=message, custom_id="go") == (
                400,
                50035,
            )
        assert await played.refused("/components", **ART, message_id=1, custom_id="go") == (404, 10008)


@pytest.mark.parametrize(
    ("values", "sound"), [(["a"], True), ([], False), (["z"], False), (["a", "b", "c"], False)]
)
async def test_a_select_takes_what_it_offers(values: list[str], sound: bool) -> None:
    async with side() as played:
        options = [{"label": letter, "value": letter} for letter in "abc"]
        message = card(played, {"type": 3, "custom_id": "pick", "options": options, "max_values": 2})
        status, answer = await played.call(
            "POST", "/components", json={**ART, "message_id": message, "custom_id": "pick", "values": values}
        )
        assert status == (201 if sound else 400), answer
        if sound:
            assert played.heard()["data"]["values"] == ["a"]


async def test_a_user_select_is_resolved() -> None:
    async with side() as played:
        message = card(played, {"type": 5, "custom_id": "who"})
        await played.do("/components", **ART, message_id=message, custom_id="who", values=["102"])
        data = played.heard()["data"]
        assert data["values"] == ["102"]
        assert data["resolved"]["users"]["102"]["username"] == "ben"


MODAL: dict[str, Any] = {
    "title": "Edit",
    "custom_id": "edit:7",
    "components": [
        {"type": 10, "content": "Words"},
        {
            "type": 18,
            "label": "Prompt",
            "component": {"type": 4, "custom_id": "prompt:1", "style": 2, "max_length": 10},
        },
        {
            "type": 18,
            "label": "Mode",
            "component": {
                "type": 3,
                "custom_id": "mode",
                "required": False,
                "options": [{"label": "pro", "value": "pro"}],
            },
        },
        {"type": 18, "label": "Sure", "component": {"type": 23, "custom_id": "sure"}},
        {"type": 18, "label": "File", "component": {"type": 19, "custom_id": "file:1", "required": False}},
    ],
}


async def opened(played: Side, modal: dict[str, Any]) -> str:
    message = card(played, {"type": 2, "style": 1, "label": "Go", "custom_id": "go"})
    begun = await played.do("/components", **ART, message_id=message, custom_id="go")
    played.world.answer_with_modal(int(begun["interaction_id"]), played.heard()["token"], modal)
    return str(begun["interaction_id"])


async def test_a_modal_is_submitted_in_discords_shape() -> None:
    async with side() as played:
        opener = await opened(played, MODAL)
        shown = await played.get(f"/interactions/{opener}", user=101)
        assert (shown["state"], shown["modal"]["title"]) == ("modal", "Edit")
        body = {
            "user": 101,
            "interaction_id": opener,
            "values": {"prompt:1": "a cat", "mode": ["pro"], "sure": True},
        }
        status, _ = await played.upload("/modals", body, {"file:1": png(8, 6)})
        assert status == 201
        payload = played.heard()
        assert (payload["type"], payload["data"]["custom_id"]) == (5, "edit:7")
        assert "message" in payload
        words, prompt, mode, sure, file = payload["data"]["components"]
        assert words["type"] == 10
        assert prompt["type"] == 18
        assert (prompt["component"]["custom_id"], prompt["component"]["value"]) == ("prompt:1", "a cat")
        assert mode["component"]["values"] == ["pro"]
        assert sure["component"]["value"] is True
        assert list(payload["data"]["resolved"]["attachments"]) == file["component"]["values"]


async def test_a_modal_of_the_older_form_is_submitted_in_rows() -> None:
    modal = {
        "title": "Old",
        "custom_id": "old",
        "components": row({"type": 4, "custom_id": "p", "style": 1, "label": "x", "required": False}),
    }
    async with side() as played:
        await played.do("/modals", user=101, interaction_id=await opened(played, modal), values={})
        (part,) = played.heard()["data"]["components"]
        assert part["type"] == 1
        assert (part["components"][0]["custom_id"], part["components"][0]["value"]) == ("p", "")


@pytest.mark.parametrize(
    ("values", "wrong"),
    [
        ({}, "prompt:1"),
        ({"prompt:1": "far too long for it"}, "prompt:1"),
        ({"prompt:1": ["x"]}, "prompt:1"),
        ({"prompt:1": "x", "mode": ["max"]}, "mode"),
        ({"prompt:1": "x", "sure": "yes"}, "sure"),
        ({"prompt:1": "x", "none": "y"}, "none"),
    ],
)
async def test_a_modal_filled_in_wrongly_is_refused(values: dict[str, Any], wrong: str) -> None:
    async with side() as played:
        opener = await opened(played, MODAL)
        status, answer = await played.call(
            "POST", "/modals", json={"user": 101, "interaction_id": opener, "values": values}
        )
        assert (status, answer["error"]["code"]) == (400, 50035)
        assert list(answer["error"]["errors"]["values"]) == [wrong]


async def test_only_the_one_who_opened_a_modal_can_submit_it() -> None:
    async with side() as played:
        opener = await opened(played, MODAL)
        values = {"prompt:1": "x"}
        refusal = await played.refused("/modals", user=102, interaction_id=opener, values=values)
        assert refusal == (404, 10062)
        assert await played.refused("/modals", user=101, interaction_id=1) == (404, 10062)


CHOICES = [{"label": letter, "value": letter} for letter in "abc"]
FIELDS: dict[str, dict[str, Any]] = {
    "boxes": {"type": 22, "options": CHOICES, "min_values": 2, "max_values": 2},
    "one": {"type": 21, "options": CHOICES},
    "several": {"type": 3, "options": CHOICES, "max_values": 3, "required": False},
    "who": {"type": 5, "max_values": 2, "required": False},
    "files": {"type": 19, "min_values": 2, "max_values": 3},
}
FULL: dict[str, Any] = {
    "title": "All of it",
    "custom_id": "all",
    "components": [
        {"type": 18, "label": name, "component": {"custom_id": name, **field}}
        for name, field in FIELDS.items()
    ],
}


async def submitted(played: Side, values: dict[str, Any], files: int) -> tuple[int, Any]:
    body = {"user": 101, "interaction_id": await opened(played, FULL), "values": values}
    if not files:
        return await played.call("POST", "/modals", json=body)
    form = aiohttp.FormData()
    form.add_field("payload_json", json.dumps(body))
    for number in range(files):
        form.add_field("files[files]", png(8, 6), filename=f"{number}.png")
    return await played.call("POST", "/modals", data=form)


async def test_every_kind_of_field_comes_in_discords_shape_with_what_it_names() -> None:
    async with side() as played:
        values = {"boxes": ["a", "c"], "one": "b", "several": ["a", "b", "c"], "who": ["102", "103"]}
        assert (await submitted(played, values, files=3))[0] == 201
        data = played.heard()["data"]
        boxes, one, several, who, files = (part["component"] for part in data["components"])
        assert (boxes["type"], boxes["values"]) == (22, ["a", "c"])
        assert (one["type"], one["value"]) == (21, "b")
        assert several["values"] == ["a", "b", "c"]
        assert who["values"] == list(data["resolved"]["users"]) == list(data["resolved"]["members"])
        attachments = data["resolved"]["attachments"]
        assert files["values"] == list(attachments)
        assert [one["filename"] for one in attachments.values()] == ["0.png", "1.png", "2.png"]
        assert all(one["ephemeral"] and one["width"] == 8 for one in attachments.values())


@pytest.mark.parametrize(
    ("change", "files", "wrong"),
    [
        ({"boxes": ["a"]}, 2, "boxes"),
        ({"boxes": ["a", "b", "c"]}, 2, "boxes"),
        ({"boxes": ["a", "a"]}, 2, "boxes"),
        ({"boxes": []}, 2, "boxes"),
        ({"one": None}, 2, "one"),
        ({"one": "z"}, 2, "one"),
        ({"several": ["z"]}, 2, "several"),
        ({"who": ["7"]}, 2, "who"),
        ({"who": ["101", "102", "103"]}, 2, "who"),
        ({}, 1, "files"),
        ({}, 4, "files"),
        ({}, 0, "files"),
    ],
)
async def test_every_kind_of_field_is_held_to_what_it_asks_for(
    change: dict[str, Any], files: int, wrong: str
) -> None:
    async with side() as played:
        status, answer = await submitted(played, {"boxes": ["a", "b"], "one": "a", **change}, files)
        assert (status, answer["error"]["code"]) == (400, 50035)
        assert list(answer["error"]["errors"]["values"]) == [wrong]
