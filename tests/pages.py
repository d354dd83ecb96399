"""Draws the parts of the documents that follow from the code: the state diagram and the table of figures.

`python -m tests.pages` writes them between their markers; a test fails while they differ.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

from bot.jobs import TRANSITIONS, JobState
from bot.metrics import Metrics

ROOT: Final = Path(__file__).parents[1]
#: Each document with the marker of its drawn part.
PAGES: Final = {
    ROOT / "docs" / "engine.md": "states",
    ROOT / "docs" / "self-hosting.md": "figures",
}


def states() -> str:
    """Return the table of transitions as a Mermaid diagram."""
    lines = ["stateDiagram-v2", f"    [*] --> {JobState.QUEUED.value}"]
    for source, targets in TRANSITIONS.items():
        lines += [f"    {source.value} --> {target.value}" for target in JobState if target in targets]
    lines += [f"    {state.value} --> [*]" for state in JobState if state.is_final]
    return "\n".join(["```mermaid", *lines, "```"])


def figures() -> str:
    """Return every figure of the bot's own as a row of a table."""
    rows = []
    collectors: list[Any] = list(Metrics()._registry._collector_to_names)
    for collector in collectors:
        name = getattr(collector, "_name", "")
        if not name:
            continue
        suffix = {"counter": "_total"}.get(collector._type, "")
        labels = ", ".join(f"`{label}`" for label in collector._labelnames)
        rows.append(f"| `{name}{suffix}` | {labels} | {collector._documentation} |")
    return "\n".join(["| figure | by | what it says |", "|---|---|---|", *sorted(rows)])


def drawn(name: str) -> str:
    """Return a drawn part with its markers."""
    part = {"states": states, "figures": figures}[name]()
    return f"<!-- {name}: made by python -m tests.pages -->\n\n{part}\n\n<!-- end of {name} -->"


def current(page: Path, name: str) -> str:
    """Return the part as it stands in the document, with its markers."""
    text = page.read_text(encoding="utf-8")
    start = text.index(f"<!-- {name}:")
    end = f"<!-- end of {name} -->"
    return text[start : text.index(end) + len(end)]


def main() -> None:
    """Write each part into its document."""
    for page, name in PAGES.items():
        text = page.read_text(encoding="utf-8")
        page.write_text(text.replace(current(page, name), drawn(name)), encoding="utf-8")


if __name__ == "__main__":
    main()
