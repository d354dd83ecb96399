"""What was asked for, as it came from Discord, and the checks that need nothing but the request itself.

Nothing in a request is checked until one of the functions here, or the service, has returned something made
of it. A check refuses with a `RefusedError`.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeVar

from bot.acts import REASON_LENGTH
from bot.errors import OptionError, PromptEmptyError, PromptTooLongError, ReasonError, ReasonMissingError
from bot.jobs import AspectRatio
from bot.wishes import Origin

if TYPE_CHECKING:
    from enum import StrEnum

    from bot.jobs import Job

#: The most that Discord lets a member type into a command option; the provider takes at least as much.
PROMPT_LENGTH: Final = 6000
#: The most pictures of one command.
COUNT_LIMIT: Final = 4

#: Letters and symbols that are drawn as nothing: the Hangul fillers and the empty Braille cell.
_BLANKS: Final = frozenset("\u115f\u1160\u3164\uffa0\u2800")

_Choice = TypeVar("_Choice", bound="StrEnum")


@dataclass(frozen=True, slots=True, kw_only=True)
class ImagineRequest(Origin):
    """What a member asked for and where, as it came from Discord: nothing in it is checked yet."""

    prompt: str
    mode: str
    aspect_ratio: str
    output_format: str
    count: int
    spoiler: bool = False
    parent_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AgainRequest(Origin):
    """The wish for another picture like one that is there; what is None stays as it was."""

    job_id: str
    prompt: str | None = None
    mode: str | None = None
    aspect_ratio: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Officer:
    """Somebody who acts for a server and was found to have the right to."""

    guild_id: int
    actor_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Lineage:
    """The jobs that a picture was made from, the nearest first; `more` says that there are earlier ones."""

    ancestors: tuple[Job, ...] = ()
    more: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class EditRequest(ImagineRequest):
    """An edit as it came from Discord; an empty `aspect_ratio` stands for that of the first picture."""


def checked_prompt(prompt: str) -> str:
    """Return the prompt without surrounding white space and control characters.

    Raises `PromptEmptyError` if nothing visible is in it, `PromptTooLongError` above `PROMPT_LENGTH`.
    """
    kept = "".join(c for c in prompt if c in "\n\t" or unicodedata.category(c) not in {"Cc", "Cs"}).strip()
    if not _is_visible(kept):
        raise PromptEmptyError
    if len(kept) > PROMPT_LENGTH:
        raise PromptTooLongError(length=len(kept), limit=PROMPT_LENGTH)
    return kept


def checked_reason(reason: str, *, needed: bool = False) -> str:
    """Return the reason on one line.

    Raises `ReasonError` above `REASON_LENGTH`, `ReasonMissingError` if one is `needed` and nothing visible is
    in it.
    """
    reason = " ".join(reason.split())
    if len(reason) > REASON_LENGTH:
        raise ReasonError(length=len(reason), limit=REASON_LENGTH)
    if needed and not _is_visible(reason):
        raise ReasonMissingError
    return reason


def _is_visible(text: str) -> bool:
    # A mark without a letter is nothing to see either; some, such as variation selectors, never are.
    return any(unicodedata.category(each)[0] not in "CMZ" and each not in _BLANKS for each in text)


def wished_ratio(request: EditRequest) -> AspectRatio | None:
    """Return the shape that was asked for, None if it is to follow from the picture."""
    return choice(AspectRatio, "aspect_ratio", request.aspect_ratio) if request.aspect_ratio else None


def checked_count(count: int) -> int:
    """Return the number of pictures; `OptionError` unless it is from 1 to `COUNT_LIMIT`."""
    if not 1 <= count <= COUNT_LIMIT:
        raise OptionError(option="count", value=count, choices=f"1-{COUNT_LIMIT}")
    return count


def choice(choices: type[_Choice], option: str, value: str) -> _Choice:
    """Return the word of a closed set that a value names; `OptionError` if it names none."""
    try:
        return choices(value)
    except ValueError:
        raise OptionError(option=option, value=value, choices=", ".join(choices)) from None
