"""How late finished pictures are noticed, and how many requests that takes: four policies, simulated.

`make bench` prints the table and puts it and the picture into `docs/`. The same seed gives the same figures
on every machine: nothing here waits or measures time.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from bench.chart import Notes, Panel, Point, Series, draw
from bench.polling import REQUESTS_PER_MINUTE, WORKLOADS, Outcome, simulate
from bot.engine.cadence import FixedPace, LearnedPace

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from bench.polling import Workload
    from bot.durations import Outlook
    from bot.engine.cadence import Pace

IN_FLIGHT: Final = (1, 10, 100, 1_000)
#: Jobs for each place in flight, and at least; enough for 20 minutes at the provider's own pace.
_JOBS: Final = 40
_LEAST_JOBS: Final = 1_500
#: Jobs that are not counted: until something is learned, and the places do not move in step any more.
_WARM_UP: Final = 3
_LEAST_WARM_UP: Final = 150

_DOCUMENTS: Final = Path(__file__).resolve().parents[1] / "docs"
_TABLE_STARTS: Final = "<!-- made by make bench -->\n"
_TABLE_ENDS: Final = "<!-- end -->\n"


@dataclass(frozen=True, slots=True)
class GrowingPace:
    """Pauses that begin with a second and grow by half each time, up to 30 seconds."""

    def first_age(self, outlook: Outlook) -> float:
        """Return the age for the first look."""
        del outlook
        return 1.0

    def next_age(self, age: float, outlook: Outlook) -> float:
        """Return the age for the next look; a series that grows by half is known by its sum."""
        del outlook
        return age + min(1.0 + age / 2, 30.0)


def learned_pace() -> Pace:
    """Return the bot's own pace with the account's usual limit."""
    return LearnedPace(requests_per_minute=REQUESTS_PER_MINUTE)


POLICIES: Final[Mapping[str, Callable[[], Pace]]] = {
    "documented": FixedPace,
    "every 5 s": lambda: FixedPace(first=5, every=5),
    "growing": GrowingPace,
    "learned": learned_pace,
}
_COLOURS: Final = {
    "documented": "#4b5563",
    "every 5 s": "#d97706",
    "growing": "#0d9488",
    "learned": "#5865f2",
}

Results = dict[str, dict[int, dict[str, Outcome]]]


def measure(workload: Workload, pace: Pace, in_flight: int) -> Outcome:
    """Return what a policy brings and costs in one row of the table."""
    jobs = max(_LEAST_JOBS, _JOBS * in_flight)
    warm_up = max(_LEAST_WARM_UP, _WARM_UP * in_flight)
    return simulate(workload, pace, in_flight=in_flight, jobs=jobs, warm_up=warm_up)


def main() -> None:
    """Run all of it, print the table, and renew the document's table and picture."""
    results: Results = {}
    for workload in WORKLOADS:
        print(f"{workload.name} …", file=sys.stderr)
        results[workload.name] = {
            in_flight: {name: measure(workload, make(), in_flight) for name, make in POLICIES.items()}
            for in_flight in IN_FLIGHT
        }
    table = table_of(results)
    print(table)
    _put_into(_DOCUMENTS / "cadence.md", table)
    (_DOCUMENTS / "images" / "cadence.svg").write_text(picture_of(results), encoding="utf-8")


def table_of(results: Results) -> str:
    """Return the table in Markdown, a line for each workload and number in flight."""
    head = ["tasks take", "in flight", *POLICIES, "learned ÷ documented", "busiest minute"]
    lines = ["| " + " | ".join(head) + " |", "|---" * len(head) + "|"]
    for workload, rows in results.items():
        for in_flight, row in rows.items():
            ratio = row["learned"].mean / row["documented"].mean
            cells = [workload, f"{in_flight:,}", *(_cell(row[name]) for name in POLICIES)]
            cells += [f"{ratio:.2f}", f"{row['learned'].busiest_minute:,}"]
            lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def _cell(outcome: Outcome) -> str:
    return f"{outcome.mean:.2f} / {outcome.p95:.1f} s, {outcome.looks:.1f}"


def _put_into(document: Path, table: str) -> None:
    before, _, rest = document.read_text(encoding="utf-8").partition(_TABLE_STARTS)
    _, _, after = rest.partition(_TABLE_ENDS)
    document.write_text(f"{before}{_TABLE_STARTS}\n{table}\n{_TABLE_ENDS}{after}", encoding="utf-8")


def picture_of(results: Results) -> str:
    """Return the picture as SVG: for each workload, lateness against requests."""
    panels = [Panel(title=workload, series=_series(rows)) for workload, rows in results.items()]
    notes = Notes(
        hollow="1,000 in flight; full: 1 to 100",
        high="up to the 95th percentile",
        reading="Lower is earlier, left is cheaper.",
    )
    return draw(
        panels, title="Lateness against requests", x="looks for one picture", y="seconds late", notes=notes
    )


def _series(rows: Mapping[int, Mapping[str, Outcome]]) -> Sequence[Series]:
    return [
        Series(
            name=name,
            colour=_COLOURS[name],
            points=[
                Point(x=row[name].looks, y=row[name].mean, high=row[name].p95, hollow=in_flight == max(rows))
                for in_flight, row in rows.items()
            ],
        )
        for name in POLICIES
    ]


if __name__ == "__main__":
    main()
