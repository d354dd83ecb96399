"""What travels on the wire of the image service: requests, answers and their envelope.

The names are those of the provider's page. Unknown fields are accepted, as services of this kind do;
known fields are held to what the page allows.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    StrictInt,
    StrictStr,
    ValidationError,
    model_validator,
)

MAX_PROMPT = 10_000

#: Kept as it was sent: a signed link must not be rewritten.
HttpAddress = Annotated[StrictStr, Field(pattern=r"^https?://[^\s/]+\S*$", max_length=4096)]
Ratio = Literal["21:9", "16:9", "4:3", "1:1", "3:4", "9:16"]


class GenerateInput(BaseModel):
    """The field `input` of a request."""

    model_config = ConfigDict(extra="allow", frozen=True)

    mode: Literal["pro", "max"]
    prompt: StrictStr = Field(min_length=1, max_length=MAX_PROMPT, pattern=r"\S")
    aspect_ratio: Ratio = "16:9"
    image_urls: list[HttpAddress] = Field(default_factory=list)
    output_format: Literal["jpeg", "png"] = "jpeg"
    safety_tolerance: StrictInt = Field(default=2, ge=0, le=2, alias="safetyTolerance")


class GenerateRequest(BaseModel):
    """The body of `POST /generateTask/flux-kontext`."""

    model_config = ConfigDict(extra="allow", frozen=True)

    request_type: Literal["async", "callback"] = "async"
    callback_url: HttpAddress | None = None
    provider: Literal["auto", "value", "official"] = "auto"
    input: GenerateInput

    @model_validator(mode="after")
    def _callback_has_an_address(self) -> GenerateRequest:
        if self.request_type == "callback" and self.callback_url is None:
            msg = "callback_url is required when request_type is callback"
            raise ValueError(msg)
        return self


class Envelope(BaseModel):
    """Every answer of the service; `code` is also the HTTP status."""

    code: int = 200
    message: str = "success"
    data: Any = None


def envelope(data: object) -> Envelope:
    """Wrap what a successful call answers."""
    return Envelope(data=data)


def invalid(reason: str) -> Envelope:
    """Return the answer to a request whose fields are wrong."""
    return Envelope(code=400, message="Invalid request", data={"error": reason})


INSUFFICIENT_CREDITS = Envelope(code=400, message="Insufficient credits")
UNAUTHORIZED = Envelope(code=401, message="Invalid or missing API Key")
UNKNOWN_MODEL = Envelope(code=404, message="Model not found")
UNKNOWN_TASK = Envelope(code=404, message="Task not found")
RATE_LIMITED = Envelope(code=429, message="Rate limit exceeded")


def first_problem(error: ValidationError) -> str:
    """Word the first thing that is wrong with a request, as `field: reason`."""
    problem = error.errors(include_url=False, include_context=False)[0]
    place = ".".join(str(part) for part in problem["loc"])
    return f"{place}: {problem['msg']}" if place else problem["msg"].removeprefix("Value error, ")
