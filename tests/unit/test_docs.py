"""The documents say what the code does: settings, commands, links."""

from __future__ import annotations

import re
import textwrap
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from bot.__main__ import parser
from bot.invite import PERMISSIONS, invite_link, permission_number
from bot.settings import Settings
from tests.pages import figures

if TYPE_CHECKING:
    from pydantic.fields import FieldInfo

ROOT = Path(__file__).resolve().parents[2]
DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
LINK = re.compile(r"\]\(([^)\s]+)\)")
EASEL_COMMAND = re.compile(r"(?<![\w/.-])(?:\.venv/bin/)?easel ([a-z]+)(?![\w-]*:)")
MAKE_COMMAND = re.compile(r"(?<![\w-])make ([a-z]+)")


def default_text(field: FieldInfo) -> str:
    default = field.default
    if field.is_required() or default is None or default == ():
        return ""
    return str(default).lower() if isinstance(default, bool) else str(default)


def env_example() -> str:
    """Return what `.env.example` must hold below its introduction."""
    parts = []
    for name, field in Settings.model_fields.items():
        remark = textwrap.fill(field.description or "", 110, initial_indent="# ", subsequent_indent="# ")
        hidden = "" if field.is_required() else "#"
        parts.append(f"{remark}\n{hidden}{name.upper()}={default_text(field)}\n")
    return "\n".join(parts)


def code_of(document: Path) -> str:
    """Return the document's code blocks and inline code, where commands are meant as commands."""
    text = document.read_text(encoding="utf-8")
    blocks = re.findall(r"```[a-z]*\n(.*?)```", text, re.DOTALL)
    return "\n".join(blocks + re.findall(r"`([^`\n]+)`", re.sub(r"```.*?```", "", text, flags=re.DOTALL)))


def anchors_of(document: Path) -> set[str]:
    """Return the names by which its headings can be linked to."""
    text = re.sub(r"```.*?```", "", document.read_text(encoding="utf-8"), flags=re.DOTALL)
    headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-") for heading in headings}


def test_the_example_file_lists_exactly_the_settings_with_their_defaults() -> None:
    introduction, _, rest = (ROOT / ".env.example").read_text(encoding="utf-8").partition("\n\n")
    assert all(line.startswith("#") for line in introduction.splitlines())
    assert rest == env_example()


def test_the_readme_lists_exactly_the_settings_with_their_defaults() -> None:
    rows = re.findall(
        r"^\| `([A-Z_]+)` \| (.*?) \| (.*) \|$", (ROOT / "README.md").read_text("utf-8"), re.MULTILINE
    )
    expected = []
    for name, field in Settings.model_fields.items():
        default = default_text(field)
        shown = "required" if field.is_required() else f"`{default}`" if default else "empty"
        expected.append((name.upper(), shown, field.description))
    assert rows == expected


def test_the_readme_lists_exactly_the_permissions_of_the_invite_link() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| ([A-Z][\w ]+) \| (to .*) \|$", text, re.MULTILINE)
    assert rows == [(permission.name, permission.reason) for permission in PERMISSIONS]


def test_the_invite_link_asks_for_seven_permissions_and_no_more() -> None:
    assert permission_number() == 309237763072
    assert invite_link(42) == (
        "https://discord.com/oauth2/authorize"
        "?client_id=42&scope=bot+applications.commands&permissions=309237763072"
    )


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_command_in_a_document_exists(document: Path) -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    code = code_of(document)
    assert set(MAKE_COMMAND.findall(code)) <= targets
    for command in set(EASEL_COMMAND.findall(code)):
        parser().parse_args([command])


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_linked_file_and_heading_exists(document: Path) -> None:
    text = document.read_text(encoding="utf-8")
    for link in LINK.findall(text):
        if "://" in link:
            continue
        name, _, anchor = link.partition("#")
        linked = document.parent / name if name else document
        assert linked.exists(), link
        assert not anchor or anchor in anchors_of(linked), link


def test_every_picture_of_the_documents_is_shown_in_one() -> None:
    shown = "".join(document.read_text(encoding="utf-8") for document in DOCUMENTS)
    assert not [
        path.name for path in (ROOT / "docs" / "images").iterdir() if f"images/{path.name})" not in shown
    ]


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_figure_in_a_document_exists(document: Path) -> None:
    known = set(re.findall(r"^\| `(easel_\w+)`", figures(), re.MULTILINE))
    named = set(re.findall(r"\beasel_\w+", document.read_text(encoding="utf-8")))
    assert not {
        name for name in named - known if name.removesuffix("_sum").removesuffix("_count") not in known
    }
