"""What Discord refuses in a message."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

from sandbox.discord.validation import Existing, Kept, check_message
from tests.unit.sandbox.refusals import findings, refusal

MIB = 1024 * 1024


@dataclass(frozen=True)
class File:
    """An upload."""

    filename: str = "castle.png"
    size: int = 1000


def found(body: Any, **kwargs: Any) -> dict[str, str]:
    """Return what is found in a message."""
    return findings(check_message, body, **{"size_limit": 10 * MIB, **kwargs})


def code(body: Any, **kwargs: Any) -> tuple[int, int]:
    """Return the status and code with which a message is refused."""
    error = refusal(check_message, body, **{"size_limit": 10 * MIB, **kwargs})
    return error.status, error.code


def test_a_full_message_is_taken() -> None:
    body = {
        "content": "x" * 2000,
        "tts": False,
        "nonce": "x" * 25,
        "enforce_nonce": True,
        "flags": 4,
        "allowed_mentions": {"parse": ["everyone"], "users": ["1"], "replied_user": False},
        "message_reference": {"message_id": "5", "fail_if_not_exists": False},
        "embeds": [{"title": "t", "image": {"url": "attachment://castle.png"}, "color": 0xFFFFFF}],
        "components": [
            {"type": 1, "components": [{"type": 2, "style": 1, "label": "Again", "custom_id": "again:1"}]}
        ],
        "attachments": [{"id": 0, "filename": "castle.png", "description": "x" * 1024}],
    }
    assert found(body, files=[File()]) == {}


def test_content_ends_at_2000_characters() -> None:
    assert found({"content": "🎨" * 2000}) == {}
    assert found({"content": "x" * 2001}) == {"content": "BASE_TYPE_MAX_LENGTH"}


@pytest.mark.parametrize("body", [{}, {"content": ""}, {"content": " \n\t"}, {"content": None, "embeds": []}])
def test_a_message_with_nothing_in_it_is_refused_with_50006(body: dict[str, Any]) -> None:
    assert code(body) == (400, 50006)


@pytest.mark.parametrize("body", ["text", [], None, 5])
def test_a_body_that_is_no_object_is_refused(body: Any) -> None:
    assert found(body) == {"": "MODEL_TYPE_CONVERT"}


def test_a_file_is_enough_for_a_message() -> None:
    assert found({}, files=[File()]) == {}


@pytest.mark.parametrize(
    ("nonce", "expected"),
    [
        ("x" * 25, ""),
        (2**63 - 1, ""),
        ("x" * 26, "NONCE_TYPE_TOO_LONG"),
        (2**63, "NONCE_TYPE_OUT_OF_BOUNDS"),
        ([], "NONCE_TYPE_INVALID_TYPE"),
        (True, "NONCE_TYPE_INVALID_TYPE"),
    ],
)
def test_a_nonce_is_a_number_or_a_short_text(nonce: Any, expected: str) -> None:
    assert found({"content": "a", "nonce": nonce}).get("nonce", "") == expected


@pytest.mark.parametrize(
    ("mentions", "expected"),
    [
        ({"parse": []}, {}),
        ({"parse": ["users"], "roles": ["1"]}, {}),
        ({"parse": ["users"], "users": []}, {}),
        ({"parse": ["nobody"]}, {"allowed_mentions.parse.0": "BASE_TYPE_CHOICES"}),
        (
            {"parse": ["users"], "users": ["1"]},
            {"allowed_mentions": "MESSAGE_ALLOWED_MENTIONS_PARSE_EXCLUSIVE"},
        ),
        (
            {"parse": ["roles"], "roles": ["1"]},
            {"allowed_mentions": "MESSAGE_ALLOWED_MENTIONS_PARSE_EXCLUSIVE"},
        ),
        ({"users": [str(n) for n in range(100)]}, {}),
        ({"users": [str(n) for n in range(101)]}, {"allowed_mentions.users": "BASE_TYPE_MAX_LENGTH"}),
        ({"roles": ["x"]}, {"allowed_mentions.roles.0": "NUMBER_TYPE_COERCE"}),
    ],
)
def test_allowed_mentions_are_checked(mentions: dict[str, Any], expected: dict[str, str]) -> None:
    assert found({"content": "a", "allowed_mentions": mentions}) == expected


@pytest.mark.parametrize(
    ("embed", "expected"),
    [
        ({"title": "x" * 257}, {"embeds.0.title": "BASE_TYPE_MAX_LENGTH"}),
        ({"description": "x" * 4097}, {"embeds.0.description": "BASE_TYPE_MAX_LENGTH"}),
        ({"footer": {"text": "x" * 2049}}, {"embeds.0.footer.text": "BASE_TYPE_MAX_LENGTH"}),
        ({"author": {"name": "x" * 257}}, {"embeds.0.author.name": "BASE_TYPE_MAX_LENGTH"}),
        ({"author": {}}, {"embeds.0.author.name": "BASE_TYPE_REQUIRED"}),
        ({"fields": [{"name": "a", "value": "b"}] * 26}, {"embeds.0.fields": "BASE_TYPE_MAX_LENGTH"}),
        ({"fields": [{"name": "a", "value": ""}]}, {"embeds.0.fields.0.value": "BASE_TYPE_REQUIRED"}),
        ({"fields": [{"name": "x" * 257, "value": "b"}]}, {"embeds.0.fields.0.name": "BASE_TYPE_BAD_LENGTH"}),
        (
            {"fields": [{"name": "a", "value": "x" * 1025}]},
            {"embeds.0.fields.0.value": "BASE_TYPE_BAD_LENGTH"},
        ),
        ({"color": 0x1000000}, {"embeds.0.color": "NUMBER_TYPE_MAX"}),
        ({"url": "castle"}, {"embeds.0.url": "URL_TYPE_INVALID_URL"}),
        ({"image": {"url": "file:///a"}}, {"embeds.0.image.url": "URL_TYPE_INVALID_URL"}),
    ],
)
def test_the_parts_of_an_embed_have_limits(embed: dict[str, Any], expected: dict[str, str]) -> None:
    assert found({"embeds": [embed]}) == expected


def test_ten_embeds_are_taken_and_eleven_are_not() -> None:
    assert found({"embeds": [{"title": "a"}] * 10}) == {}
    assert found({"embeds": [{"title": "a"}] * 11}) == {"embeds": "BASE_TYPE_MAX_LENGTH"}


def test_all_embeds_together_have_6000_characters() -> None:
    parts = {
        "title": "x" * 200,
        "description": "x" * 2000,
        "footer": {"text": "x" * 300},
        "author": {"name": "x" * 200},
        "fields": [{"name": "x" * 100, "value": "x" * 200}],
    }
    assert found({"embeds": [parts, parts]}) == {}
    assert found({"embeds": [parts, {**parts, "title": "x" * 201}]}) == {"embeds": "MAX_EMBED_SIZE_EXCEEDED"}


@pytest.mark.parametrize("place", ["image", "thumbnail"])
def test_an_embeds_picture_must_be_among_the_files(place: str) -> None:
    body = {"embeds": [{place: {"url": "attachment://other.png"}}]}
    expected = "UNFURLED_MEDIA_ITEM_REFERENCED_ATTACHMENT_NOT_FOUND"
    assert found(body, files=[File()]) == {f"embeds.0.{place}.url": expected}
    assert found(body, files=[File("other.png")]) == {}


def test_more_than_ten_files_are_refused_with_30015() -> None:
    assert found({}, files=[File()] * 10) == {}
    assert code({}, files=[File()] * 11) == (400, 30015)


def test_a_file_over_the_limit_is_refused_with_413() -> None:
    assert found({}, files=[File(size=10 * MIB)]) == {}
    assert code({}, files=[File(size=10 * MIB + 1)]) == (413, 40005)
    assert found({}, files=[File(size=40 * MIB)], size_limit=50 * MIB) == {}


def test_a_request_over_25_mib_is_refused_with_413() -> None:
    assert code({}, files=[File(size=9 * MIB)] * 3) == (413, 40005)


def test_attachments_name_the_files_that_come_with_them() -> None:
    body = {"attachments": [{"id": "0"}, {"id": 1}]}
    assert found(body, files=[File(), File("b.png")]) == {}
    assert found(body, files=[File()]) == {"attachments.1": "ATTACHMENT_NOT_FOUND"}


@pytest.mark.parametrize(
    ("attachment", "expected"),
    [
        ({}, {"attachments.0.id": "BASE_TYPE_REQUIRED"}),
        ({"id": "x"}, {"attachments.0.id": "NUMBER_TYPE_COERCE", "attachments.0": "ATTACHMENT_NOT_FOUND"}),
        ({"id": 0, "description": "x" * 1025}, {"attachments.0.description": "BASE_TYPE_MAX_LENGTH"}),
    ],
)
def test_the_fields_of_an_attachment_are_checked(
    attachment: dict[str, Any], expected: dict[str, str]
) -> None:
    assert found({"attachments": [attachment]}, files=[File()]) == expected


def test_an_edit_keeps_the_attachments_that_it_lists() -> None:
    existing = Existing(attachments=[Kept(900, "old.png"), Kept(901, "older.png")])
    body = {
        "attachments": [{"id": "900"}, {"id": "0", "filename": "new.png"}],
        "embeds": [
            {"image": {"url": "attachment://old.png"}},
            {"image": {"url": "attachment://new.png"}},
            {"image": {"url": "attachment://older.png"}},
        ],
    }
    gone = "UNFURLED_MEDIA_ITEM_REFERENCED_ATTACHMENT_NOT_FOUND"
    assert found(body, files=[File("new.png")], existing=existing) == {"embeds.2.image.url": gone}
    assert found({"attachments": [{"id": "902"}]}, existing=existing) == {
        "attachments.0": "ATTACHMENT_NOT_FOUND"
    }


def test_a_file_goes_by_the_name_that_the_request_gives_it() -> None:
    body = {
        "attachments": [{"id": 0, "filename": "my castle.png"}],
        "embeds": [{"image": {"url": "attachment://my_castle.png"}}],
    }
    assert found(body, files=[File("upload.png")]) == {}
    body["embeds"] = [{"image": {"url": "attachment://upload.png"}}]
    gone = "UNFURLED_MEDIA_ITEM_REFERENCED_ATTACHMENT_NOT_FOUND"
    assert found(body, files=[File("upload.png")]) == {"embeds.0.image.url": gone}


def test_an_edit_without_attachments_keeps_them_all() -> None:
    existing = Existing(attachments=[Kept(900, "old.png")])
    assert found({"embeds": [{"image": {"url": "attachment://old.png"}}]}, existing=existing) == {}
    assert found({"content": ""}, existing=existing) == {}


def test_an_edit_that_leaves_nothing_is_refused_with_50006() -> None:
    existing = Existing(content="a", attachments=[Kept(900, "old.png")])
    assert code({"content": "", "attachments": []}, existing=existing) == (400, 50006)
    assert found({"content": ""}, existing=Existing(content="a", embeds=1)) == {}
    assert found({"content": None}, existing=Existing(content="a", components=1)) == {}
    assert found({}, existing=Existing(content="a")) == {}


def test_several_faults_are_all_named() -> None:
    body = {"content": "x" * 2001, "embeds": [{"title": "x" * 257}], "components": [{"type": 99}]}
    assert found(body) == {
        "content": "BASE_TYPE_MAX_LENGTH",
        "embeds.0.title": "BASE_TYPE_MAX_LENGTH",
        "components.0": "UNION_TYPE_CHOICES",
    }
