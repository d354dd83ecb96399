"""What can be asked of `/faults`: the fields of a fault and of each kind of action.

Records only, checked as they come in. When a fault applies is decided in `sandbox.faults`, and
`sandbox.faults_play` plays it.
"""

from __future__ import annotations

import re
from enum import StrEnum
from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator


class Target(StrEnum):
    """What a fault falls on."""

    DISCORD = "discord"
    CDN = "cdn"
    APIXO = "apixo"
    FILES = "files"


#: Where each target's paths begin.
PREFIXES: Final[dict[Target, str]] = {
    Target.DISCORD: "/discord/api/v10",
    Target.CDN: "/discord/cdn",
    Target.APIXO: "/apixo/api/v1",
    Target.FILES: "/apixo/files",
}


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class StatusAction(_Record):
    """Answer with this status; without a body, with the target's own error body for it."""

    kind: Literal["status"]
    status: int = Field(ge=200, le=599)
    body: Any = None
    headers: dict[str, str] = Field(default_factory=dict)


class DelayAction(_Record):
    """Give the real answer, `seconds` later."""

    kind: Literal["delay"]
    seconds: float = Field(ge=0, le=3600)


class HangAction(_Record):
    """Give no answer until the caller gives up."""

    kind: Literal["hang"]


class DropAction(_Record):
    """Close the connection without an answer."""

    kind: Literal["drop"]


class TruncateAction(_Record):
    """Give the first half of the real answer and close the connection."""

    kind: Literal["truncate"]


class BodyAction(_Record):
    """Give this text instead of the real body."""

    kind: Literal["body"]
    text: str
    content_type: str = Field(default="text/html", pattern=r"^[\w.+-]+/[\w.+-]+$")
    status: int = Field(default=200, ge=200, le=599)


class HugeAction(_Record):
    """Give this many megabytes (of 1,048,576 bytes) of nothing."""

    kind: Literal["huge"]
    megabytes: int = Field(ge=1, le=100_000)


class BombAction(_Record):
    """Give a small picture that says it is 30,000 x 30,000 pixels."""

    kind: Literal["bomb"]


class RateLimitAction(_Record):
    """Give a 429 in the target's own words; `retry_after` is in seconds."""

    kind: Literal["ratelimit"]
    retry_after: float = Field(gt=0, le=86_400)
    scope: Literal["user", "shared", "global"] = "user"


class LoseCallbackAction(_Record):
    """Never send a callback of the image service."""

    kind: Literal["lose_callback"]


Action = Annotated[
    StatusAction
    | DelayAction
    | HangAction
    | DropAction
    | TruncateAction
    | BodyAction
    | HugeAction
    | BombAction
    | RateLimitAction
    | LoseCallbackAction,
    Field(discriminator="kind"),
]


class FaultSpec(_Record):
    """One fault: where it applies, how often, and what it does.

    `path` is searched in the path after the target's prefix. With phase `after` the work is done first and
    only the answer is spoilt; `delay` and `truncate` give the real answer, so both phases do the work.
    """

    target: Target
    method: str | None = Field(default=None, pattern=r"^[A-Z]+$")
    path: str = ""
    phase: Literal["before", "after"] = "before"
    action: Action
    times: int | None = Field(default=None, ge=1)
    probability: float = Field(default=1.0, ge=0, le=1)
    seed: int | None = None

    @field_validator("path")
    @classmethod
    def _compiles(cls, value: str) -> str:
        try:
            re.compile(value)
        except re.error as error:
            raise ValueError(f"not a regular expression: {error}") from error
        return value

    @model_validator(mode="after")
    def _fits_target(self) -> FaultSpec:
        if isinstance(self.action, LoseCallbackAction) and self.target is not Target.APIXO:
            raise ValueError("only the image service (target apixo) sends callbacks that can be lost")
        return self
