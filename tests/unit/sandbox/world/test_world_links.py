"""Links to attachments: signed and ending."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import parse_qs, unquote, urlsplit

import pytest

from sandbox.clock import MovableClock
from sandbox.world.links import Links

BASE = "http://127.0.0.1:8700/discord/cdn"
PATH = "/attachments/302/77/ä b.png"


def _opened(link: str) -> tuple[str, dict[str, str]]:
    parts = urlsplit(link)
    query = {name: values[0] for name, values in parse_qs(parts.query).items()}
    return unquote(parts.path).removeprefix("/discord/cdn"), query


def test_a_link_lives_as_long_as_it_says() -> None:
    clock = MovableClock()
    links = Links(clock=clock, base_url=BASE, life=timedelta(hours=1))
    path, query = _opened(links.sign(PATH))
    assert path == PATH
    assert int(query["ex"], 16) - int(query["is"], 16) == 3600
    assert links.is_alive(path, query)
    clock.move(3600)
    assert not links.is_alive(path, query)


@pytest.mark.parametrize("change", [{"ex": "ffffffff"}, {"hm": ""}, {"is": "0"}])
def test_a_changed_link_is_dead(change: dict[str, str]) -> None:
    links = Links(clock=MovableClock(), base_url=BASE)
    path, query = _opened(links.sign(PATH))
    assert not links.is_alive(path, {**query, **change})
    assert not links.is_alive(path + "x", query)


def test_the_attachments_id_is_read_from_our_own_links_only() -> None:
    links = Links(clock=MovableClock(), base_url=BASE)
    assert links.attachment_id(links.sign(PATH)) == 77
    assert links.attachment_id("https://cdn.example/attachments/302/77/a.png") is None
    assert links.attachment_id(f"{BASE}/elsewhere") is None
