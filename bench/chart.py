"""A picture of small scatter charts side by side, as SVG, with logarithmic axes.

It draws what it is given and knows nothing of what the numbers mean.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_COLUMNS: Final = 4
_WIDTH: Final = 260
_HEIGHT: Final = 230
_LEFT: Final = 40
_TOP: Final = 38
_RIGHT: Final = 14
_BOTTOM: Final = 40
_HEAD: Final = 40
_INK: Final = "#1f2937"
_GREY: Final = "#6b7280"
_FAINT: Final = "#e5e7eb"


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """One mark, with a line up to `high`."""

    x: float
    y: float
    high: float
    hollow: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """Marks of one colour, joined in their order."""

    name: str
    colour: str
    points: Sequence[Point]


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """One small chart."""

    title: str
    series: Sequence[Series]


@dataclass(frozen=True, slots=True, kw_only=True)
class Axis:
    """The marks on a logarithmic axis, and where it begins and ends."""

    ticks: Sequence[float]
    low: float
    high: float

    def part(self, value: float) -> float:
        """Return how far along the axis a value lies, from 0 to 1."""
        return math.log(min(max(value, self.low), self.high) / self.low) / math.log(self.high / self.low)


X_AXIS: Final = Axis(ticks=(1.0, 2.0, 5.0, 10.0, 20.0), low=0.8, high=32.0)
Y_AXIS: Final = Axis(ticks=(0.5, 1.0, 2.0, 5.0, 10.0, 20.0), low=0.4, high=32.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Notes:
    """What the legend says of hollow marks, of the lines at the marks, and of how to read the charts."""

    hollow: str
    high: str
    reading: str


def draw(panels: Sequence[Panel], *, title: str, x: str, y: str, notes: Notes, across: Axis = X_AXIS) -> str:
    """Return the charts as the text of an SVG file, with a legend after the last one."""
    rows = math.ceil((len(panels) + 1) / _COLUMNS)
    width, height = _COLUMNS * _WIDTH, _HEAD + rows * _HEIGHT
    size = f'viewBox="0 0 {width} {height}" width="{width}" height="{height}"'
    font = f'font-family="system-ui, sans-serif" font-size="11" fill="{_INK}"'
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} {font}>',
        f'<rect width="{width}" height="{height}" fill="#ffffff"/>',
        f'<text x="{_LEFT}" y="26" font-size="17" font-weight="600">{escape(title)}</text>',
    ]
    for index, panel in enumerate(panels):
        parts += _placed(index, _panel(panel, x=x, y=y, axis=across))
    parts += _placed(len(panels), _legend(panels[0].series, notes))
    return "\n".join([*parts, "</svg>"]) + "\n"


def _placed(index: int, parts: Iterator[str]) -> Iterator[str]:
    row, column = divmod(index, _COLUMNS)
    yield f'<g transform="translate({column * _WIDTH} {_HEAD + row * _HEIGHT})">'
    yield from parts
    yield "</g>"


def _across(x: float, axis: Axis) -> float:
    return _LEFT + axis.part(x) * (_WIDTH - _LEFT - _RIGHT)


def _down(y: float) -> float:
    return _HEIGHT - _BOTTOM - Y_AXIS.part(y) * (_HEIGHT - _TOP - _BOTTOM)


def _panel(panel: Panel, *, x: str, y: str, axis: Axis) -> Iterator[str]:
    left, right, top, bottom = _LEFT, _WIDTH - _RIGHT, _TOP, _HEIGHT - _BOTTOM
    yield f'<text x="{left}" y="18" font-size="13" font-weight="600">{escape(panel.title)}</text>'
    for tick in axis.ticks:
        at = _across(tick, axis)
        yield f'<line x1="{at:.1f}" y1="{top}" x2="{at:.1f}" y2="{bottom}" stroke="{_FAINT}"/>'
        yield f'<text x="{at:.1f}" y="{bottom + 14}" text-anchor="middle">{tick:,.12g}</text>'
    for tick in Y_AXIS.ticks:
        at = _down(tick)
        yield f'<line x1="{left}" y1="{at:.1f}" x2="{right}" y2="{at:.1f}" stroke="{_FAINT}"/>'
        yield f'<text x="{left - 5}" y="{at + 4:.1f}" text-anchor="end">{tick:g}</text>'
    yield f'<text x="{right}" y="{bottom + 28}" text-anchor="end" fill="{_GREY}">{escape(x)}</text>'
    yield f'<text x="{left + 4}" y="{top - 6}" fill="{_GREY}" font-size="10">{escape(y)}</text>'
    for series in panel.series:
        yield from _marks(series, axis)


def _marks(series: Series, axis: Axis) -> Iterator[str]:
    places = [(_across(point.x, axis), _down(point.y)) for point in series.points]
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
    yield f'<polyline points="{path}" fill="none" stroke="{series.colour}" stroke-opacity="0.5"/>'
    for point, (x, y) in zip(series.points, places, strict=True):
        yield _whisker(x, y, _down(point.high), series.colour)
        yield _mark(x, y, series.colour, hollow=point.hollow)


def _mark(x: float, y: float, colour: str, *, hollow: bool) -> str:
    fill = "#ffffff" if hollow else colour
    return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4.5" fill="{fill}" stroke="{colour}" stroke-width="2"/>'


def _whisker(x: float, start: float, end: float, colour: str) -> str:
    ends = f'x1="{x:.1f}" y1="{start:.1f}" x2="{x:.1f}" y2="{end:.1f}"'
    return f'<line {ends} stroke="{colour}" stroke-opacity="0.35" stroke-width="2"/>'


def _legend(all_series: Sequence[Series], notes: Notes) -> Iterator[str]:
    y: float = _TOP + 10
    for series in all_series:
        yield _mark(_LEFT, y, series.colour, hollow=False)
        yield f'<text x="{_LEFT + 14}" y="{y + 4}" font-size="13">{escape(series.name)}</text>'
        y += 22
    yield _mark(_LEFT, y + 8, _INK, hollow=True)
    yield f'<text x="{_LEFT + 14}" y="{y + 12}">{escape(notes.hollow)}</text>'
    yield _whisker(_LEFT, y + 24, y + 38, _INK)
    yield f'<text x="{_LEFT + 14}" y="{y + 35}">{escape(notes.high)}</text>'
    yield f'<text x="{_LEFT - 4}" y="{y + 62}" fill="{_GREY}">{escape(notes.reading)}</text>'
