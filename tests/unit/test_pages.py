"""The drawn parts of the documents are what the code says today."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bot.jobs import TRANSITIONS
from tests.pages import PAGES, current, drawn, states

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(("page", "name"), PAGES.items(), ids=PAGES.values())
def test_a_drawn_part_is_up_to_date(page: Path, name: str) -> None:
    assert current(page, name) == drawn(name), "run python -m tests.pages"


def test_the_diagram_has_an_arrow_for_each_transition_and_each_end() -> None:
    arrows = states().count("-->")
    assert arrows == 1 + sum(map(len, TRANSITIONS.values())) + 5
