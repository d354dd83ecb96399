"""What Discord refuses in a message's components, of the old kind and of Components V2."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

from sandbox.discord.validation import Existing, Kept, check_message
from tests.unit.sandbox.refusals import findings, refusal

V2 = 1 << 15
LEGACY = "MESSAGE_CANNOT_USE_LEGACY_FIELDS_WITH_COMPONENTS_V2"
NO_FILE = "UNFURLED_MEDIA_ITEM_REFERENCED_ATTACHMENT_NOT_FOUND"


@dataclass(frozen=True)
class File:
    """An upload."""

    filename: str = "castle.png"
    size: int = 1000


def button(custom_id: str | None = "a", **fields: Any) -> dict[str, Any]:
    """Return a button that is taken, with some fields changed."""
    return {"type": 2, "style": 1, "label": "Again", "custom_id": custom_id, **fields}


def select(**fields: Any) -> dict[str, Any]:
    """Return a select that is taken, with some fields changed."""
    options = [{"label": "Wide", "value": "16:9"}, {"label": "Square", "value": "1:1"}]
    return {"type": 3, "custom_id": "ratio", "options": options, **fields}


def row(*components: Any) -> dict[str, Any]:
    """Return an action row."""
    return {"type": 1, "components": list(components)}


def words(content: str = "a castle") -> dict[str, Any]:
    """Return a text display."""
    return {"type": 10, "content": content}


def gallery(*items: Any) -> dict[str, Any]:
    """Return a media gallery."""
    return {"type": 12, "items": list(items)}


def picture(url: str = "attachment://castle.png", **fields: Any) -> dict[str, Any]:
    """Return a gallery's item, or what a thumbnail holds."""
    return {"media": {"url": url}, **fields}


def old(*components: Any) -> dict[str, str]:
    """Return what is found in components of the old kind, by paths below `components.0`."""
    return _below(findings(check_message, {"content": "a", "components": list(components)}, size_limit=1))


def new(*components: Any, **body: Any) -> dict[str, str]:
    """Return what is found in Components V2, sent along with a castle.png."""
    body = {"flags": V2, "components": list(components), **body}
    return _below(findings(check_message, body, size_limit=10_000, files=[File()]))


def _below(found: dict[str, str]) -> dict[str, str]:
    return {path.removeprefix("components.0."): code for path, code in found.items()}


def test_rows_of_buttons_and_selects_are_taken() -> None:
    link = {"type": 2, "style": 5, "label": "Open", "url": "https://example.com"}
    premium = {"type": 2, "style": 6, "sku_id": "5"}
    emoji = button("b", label=None, emoji={"name": "🎨"})
    assert old(row(button(), emoji, link, premium), row(select()), row({"type": 5, "custom_id": "who"})) == {}


@pytest.mark.parametrize(
    ("component", "expected"),
    [
        (button(style=7), {"style": "BASE_TYPE_CHOICES"}),
        ({"type": 2}, {"style": "BASE_TYPE_REQUIRED"}),
        (button(label="x" * 81), {"label": "BASE_TYPE_MAX_LENGTH"}),
        (button(label=None), {"label": "BUTTON_COMPONENT_LABEL_OR_EMOJI_REQUIRED"}),
        (button("x" * 101), {"custom_id": "BASE_TYPE_BAD_LENGTH"}),
        (button(custom_id=None), {"custom_id": "BUTTON_COMPONENT_CUSTOM_ID_REQUIRED"}),
        (button(url="https://a.b"), {"custom_id": "BUTTON_COMPONENT_CUSTOM_ID_URL_MUTUALLY_EXCLUSIVE"}),
        (button(sku_id="5"), {"sku_id": "BUTTON_COMPONENT_SKU_ID_INVALID"}),
        (
            {"type": 2, "style": 5, "label": "a"},
            {"url": "BUTTON_COMPONENT_URL_REQUIRED"},
        ),
        (
            button(style=5, url="https://a.b"),
            {"custom_id": "BUTTON_COMPONENT_CUSTOM_ID_URL_MUTUALLY_EXCLUSIVE"},
        ),
        (
            {"type": 2, "style": 5, "label": "a", "url": "https://a.b/" + "x" * 512},
            {"url": "BASE_TYPE_MAX_LENGTH"},
        ),
        ({"type": 2, "style": 6}, {"sku_id": "BASE_TYPE_REQUIRED"}),
        (
            {"type": 2, "style": 6, "sku_id": "5", "label": "Buy"},
            {"label": "BUTTON_COMPONENT_PREMIUM_INVALID"},
        ),
        (button(disabled="yes"), {"disabled": "BOOLEAN_TYPE_CONVERT"}),
        (button(emoji={"id": "x"}), {"emoji.id": "NUMBER_TYPE_COERCE"}),
    ],
)
def test_a_button_has_what_its_style_asks_for(component: dict[str, Any], expected: dict[str, str]) -> None:
    assert old(row(component)) == {f"components.0.{path}": code for path, code in expected.items()}


@pytest.mark.parametrize(
    ("component", "expected"),
    [
        (select(custom_id=None), {"custom_id": "BASE_TYPE_REQUIRED"}),
        (select(options=None), {"options": "BASE_TYPE_REQUIRED"}),
        (
            select(min_values=0, required=True),
            {"min_values": "SELECT_COMPONENT_REQUIRED_ZERO_MIN_VALUES"},
        ),
        (select(min_values=0), {}),
        (select(options=[{"label": " ", "value": "a"}]), {"options.0.label": "BASE_TYPE_REQUIRED"}),
        (select(options=[]), {"options": "BASE_TYPE_BAD_LENGTH"}),
        (
            select(options=[{"label": str(n), "value": str(n)} for n in range(26)]),
            {"options": "BASE_TYPE_BAD_LENGTH"},
        ),
        (select(options=[{"label": "x" * 101, "value": "a"}]), {"options.0.label": "BASE_TYPE_BAD_LENGTH"}),
        (select(options=[{"label": "a"}]), {"options.0.value": "BASE_TYPE_REQUIRED"}),
        (
            select(options=[{"label": "a", "value": "a", "description": "x" * 101}]),
            {"options.0.description": "BASE_TYPE_MAX_LENGTH"},
        ),
        (
            select(options=[{"label": "a", "value": "a"}, {"label": "b", "value": "a"}]),
            {"options.1": "SELECT_COMPONENT_OPTION_VALUE_DUPLICATED"},
        ),
        (
            select(options=[{"label": n, "value": n, "default": True} for n in "ab"]),
            {"": "SELECT_COMPONENT_TOO_MANY_DEFAULT_VALUES"},
        ),
        (select(placeholder="x" * 151), {"placeholder": "BASE_TYPE_MAX_LENGTH"}),
        (select(max_values=3), {"max_values": "NUMBER_TYPE_MAX"}),
        (select(min_values=2), {"min_values": "NUMBER_TYPE_MAX"}),
        (select(min_values=0, max_values=2), {}),
    ],
)
def test_a_select_is_checked(component: dict[str, Any], expected: dict[str, str]) -> None:
    found = old(row(component))
    assert found == {f"components.0.{path}".rstrip("."): code for path, code in expected.items()}


@pytest.mark.parametrize(
    ("kind", "chosen", "expected"),
    [
        (5, [{"id": "101", "type": "user"}], {}),
        (7, [{"id": "201", "type": "role"}], {}),
        (6, [{"id": "101", "type": "user"}], {"default_values.0.type": "BASE_TYPE_CHOICES"}),
        (8, [{"type": "channel"}], {"default_values.0.id": "BASE_TYPE_REQUIRED"}),
        (5, [{"id": n, "type": "user"} for n in (1, 2)], {"default_values": "BASE_TYPE_BAD_LENGTH"}),
    ],
)
def test_what_a_select_begins_with_fits_it(
    kind: int, chosen: list[dict[str, Any]], expected: dict[str, str]
) -> None:
    found = old(row({"type": kind, "custom_id": "who", "default_values": chosen}))
    assert found == {f"components.0.{path}": code for path, code in expected.items()}


def test_a_row_is_five_wide() -> None:
    buttons = [button(str(n)) for n in range(6)]
    assert old(row(*buttons[:5])) == {}
    assert old(row(*buttons)) == {
        "components": "BASE_TYPE_BAD_LENGTH",
        "components.5": "COMPONENT_LAYOUT_WIDTH_EXCEEDED",
    }
    assert old(row(button(), select())) == {"components.1": "COMPONENT_LAYOUT_WIDTH_EXCEEDED"}
    assert old(row()) == {"components": "BASE_TYPE_BAD_LENGTH"}


def test_a_message_has_five_rows() -> None:
    rows = [row(button(str(n))) for n in range(6)]
    assert old(*rows[:5]) == {}
    assert old(*rows) == {"components": "BASE_TYPE_MAX_LENGTH"}


@pytest.mark.parametrize("component", [words(), {"type": 17, "components": [words()]}, button(), 5, {}])
def test_without_the_flag_only_rows_are_taken(component: Any) -> None:
    [code] = old(component).values()
    assert code in ("UNION_TYPE_CHOICES", "MODEL_TYPE_CONVERT")


def test_a_custom_id_is_used_once() -> None:
    assert old(row(button("a"), button("b"), button("a", disabled=True))) == {
        "components.2.custom_id": "COMPONENT_CUSTOM_ID_DUPLICATED"
    }
    section = {"type": 9, "components": [words()], "accessory": button("a")}
    assert new(row(button("a")), section) == {
        "components.1.accessory.custom_id": "COMPONENT_CUSTOM_ID_DUPLICATED"
    }


def test_all_of_components_v2_is_taken() -> None:
    container = {
        "type": 17,
        "accent_color": 0xFFFFFF,
        "components": [
            words(),
            {"type": 9, "components": [words()] * 3, "accessory": {"type": 11, **picture()}},
            {"type": 9, "components": [words()], "accessory": button("b")},
            gallery(picture(description="x" * 1024, spoiler=True), picture("https://example.com/a.png")),
            {"type": 14, "divider": True, "spacing": 2},
            {"type": 13, "file": {"url": "attachment://castle.png"}},
            row(button()),
        ],
    }
    assert new(container, words()) == {}


@pytest.mark.parametrize(
    ("component", "expected"),
    [
        (words(""), {"content": "BASE_TYPE_REQUIRED"}),
        (gallery(), {"items": "BASE_TYPE_BAD_LENGTH"}),
        (gallery(*[picture()] * 11), {"items": "BASE_TYPE_BAD_LENGTH"}),
        (gallery(picture(description="x" * 1025)), {"items.0.description": "BASE_TYPE_BAD_LENGTH"}),
        (gallery(picture("attachment://other.png")), {"items.0.media.url": NO_FILE}),
        (gallery(picture("attachment://")), {"items.0.media.url": "BASE_TYPE_REQUIRED"}),
        (gallery(picture("castle.png")), {"items.0.media.url": "URL_TYPE_INVALID_URL"}),
        (gallery({}), {"items.0.media": "BASE_TYPE_REQUIRED"}),
        ({"type": 14, "spacing": 3}, {"spacing": "BASE_TYPE_CHOICES"}),
        ({"type": 13, "file": {"url": "https://a.b/c"}}, {"file.url": "URL_TYPE_INVALID_SCHEME"}),
        ({"type": 13, "file": {"url": "attachment://b.png"}}, {"file.url": NO_FILE}),
        ({"type": 17, "components": []}, {"components": "BASE_TYPE_BAD_LENGTH"}),
        ({"type": 17, "components": [words()], "accent_color": -1}, {"accent_color": "NUMBER_TYPE_MIN"}),
        (
            {"type": 17, "components": [{"type": 17, "components": [words()]}]},
            {"components.0": "UNION_TYPE_CHOICES"},
        ),
        ({"type": 9, "components": [words()]}, {"accessory": "BASE_TYPE_REQUIRED"}),
        (
            {"type": 9, "components": [words()] * 4, "accessory": button()},
            {"components": "BASE_TYPE_BAD_LENGTH"},
        ),
        (
            {"type": 9, "components": [row(button("b"))], "accessory": select()},
            {"components.0": "UNION_TYPE_CHOICES", "accessory": "UNION_TYPE_CHOICES"},
        ),
        (button(), {"": "UNION_TYPE_CHOICES"}),
    ],
)
def test_each_component_of_v2_is_checked(component: dict[str, Any], expected: dict[str, str]) -> None:
    body = {"flags": V2, "components": [component, words()]}
    found = findings(check_message, body, size_limit=10_000, files=[File()])
    assert found == {f"components.0.{path}".rstrip("."): code for path, code in expected.items()}


def test_components_v2_are_forty_with_all_that_is_inside_of_others() -> None:
    container = {"type": 17, "components": [words("a")] * 39}
    assert new(container) == {}
    assert new(container, words("a")) == {"components": "COMPONENT_MAX_TOTAL_COMPONENTS_EXCEEDED"}
    section = {"type": 9, "components": [words("a")], "accessory": button()}
    assert new({"type": 17, "components": [words("a")] * 36}, section) == {}
    assert new({"type": 17, "components": [words("a")] * 37}, section) == {
        "components": "COMPONENT_MAX_TOTAL_COMPONENTS_EXCEEDED"
    }


def test_components_v2_hold_4000_characters_together() -> None:
    assert new(words("x" * 3000), words("x" * 1000)) == {}
    assert new(words("x" * 4001))["content"] == "BASE_TYPE_BAD_LENGTH"
    assert new(words("x" * 3000), {"type": 17, "components": [words("x" * 1001)]}) == {
        "components": "COMPONENT_DISPLAYABLE_TEXT_SIZE_EXCEEDED"
    }


def test_too_many_bytes_of_text_are_answered_with_500() -> None:
    # 3,386 characters of three bytes and 12 more make exactly 10,170.
    assert new(words("城" * 3386)) == {}
    body = {"flags": V2, "components": [words("城" * 3385), words("abc")]}
    error = refusal(check_message, body, size_limit=1)
    assert (error.status, error.code) == (500, 0)


@pytest.mark.parametrize(
    ("field", "value"),
    [("content", "a"), ("embeds", [{"title": "a"}]), ("sticker_ids", ["1"]), ("poll", {"a": 1})],
)
def test_components_v2_come_without_what_was_before_them(field: str, value: Any) -> None:
    assert new(words(), **{field: value}) == {field: LEGACY}


def test_components_v2_go_with_content_that_is_null() -> None:
    assert new(words(), content=None, embeds=[]) == {}


def test_an_edit_to_components_v2_has_to_clear_what_was_there() -> None:
    existing = Existing(content="Working on it …", embeds=1)
    body = {"flags": V2, "components": [words()]}
    assert findings(check_message, body, size_limit=1, existing=existing) == {
        "content": LEGACY,
        "embeds": LEGACY,
    }
    body = {**body, "content": None, "embeds": []}
    assert findings(check_message, body, size_limit=1, existing=existing) == {}


def test_a_message_of_components_v2_stays_one() -> None:
    existing = Existing(components=1, flags=V2, attachments=[Kept(9, "castle.png")])
    body = {"components": [words(), gallery(picture())]}
    assert findings(check_message, body, size_limit=1, existing=existing) == {}
    assert findings(check_message, {"content": "a"}, size_limit=1, existing=existing) == {"content": LEGACY}


def test_components_v2_without_a_component_are_an_empty_message() -> None:
    assert refusal(check_message, {"flags": V2}, size_limit=10_000, files=[File()]).code == 50006
    existing = Existing(components=1, flags=V2, attachments=[Kept(9, "castle.png")])
    emptied = refusal(check_message, {"components": []}, size_limit=1, existing=existing)
    assert emptied.code == 50006
    assert findings(check_message, {"attachments": []}, size_limit=1, existing=existing) == {}


@pytest.mark.parametrize("components", [5, "row", [None], [{"type": "1"}], {"type": 1}])
def test_nonsense_is_refused_and_breaks_nothing(components: Any) -> None:
    for flags in (0, V2):
        found = findings(check_message, {"components": components, "flags": flags}, size_limit=1)
        assert all(path.startswith("components") for path in found)
        assert found
