"""What the image service's codes and words mean: whose matter a failure is, and which error it becomes.

The tables are data, taken from the service's pages (both families of its failure codes). A code that no
table has is judged by the words in it, and one without such words is `unknown`: a failure is never put
down to the member's content unless the service says so.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise, takewhile
from typing import Final

from bot.errors import (
    BalanceError,
    KeyRefusedError,
    ProviderBusyError,
    ProviderError,
    ProviderFaultError,
    ProviderTimeoutError,
    ProviderUnreachableError,
    TaskMissingError,
    TaskRefusedError,
)
from bot.jobs import Failure, FailureCause

#: What an operator reads of each kind of error in the figures.
_OUTCOMES: Final[dict[type[ProviderError], str]] = {
    ProviderUnreachableError: "unreachable",
    ProviderBusyError: "busy",
    ProviderTimeoutError: "timeout",
    KeyRefusedError: "key",
    BalanceError: "balance",
    TaskRefusedError: "refused",
    TaskMissingError: "missing",
}
#: What the service says in its own words is cut to this many characters.
DETAIL_LENGTH: Final = 300

KNOWN_CODES: Final[dict[str, FailureCause]] = {
    "CONTENT_VIOLATION": FailureCause.CONTENT,
    "INVALID_IMAGE_URL": FailureCause.IMAGE,
    "NSFW_DETECTED": FailureCause.CONTENT,
    "PROMPT_TOO_LONG": FailureCause.PROMPT,
    "INVALID_PROMPT": FailureCause.PROMPT,
    "IMAGE_TOO_LARGE": FailureCause.IMAGE,
    "UNSUPPORTED_FORMAT": FailureCause.IMAGE,
    "IMAGE_DOWNLOAD_FAILED": FailureCause.IMAGE,
    "PROCESSING_TIMEOUT": FailureCause.PROVIDER,
    "MODEL_UNAVAILABLE": FailureCause.PROVIDER,
    "GENERATION_FAILED": FailureCause.UNKNOWN,
    "INSUFFICIENT_CREDITS": FailureCause.BALANCE,
    "SensitiveContent": FailureCause.CONTENT,
    "SensitiveContentDetected": FailureCause.CONTENT,
    "InputImageSensitiveContentDetected": FailureCause.CONTENT,
    "InputOutputSensitiveContentDetected": FailureCause.CONTENT,
    "NSFW": FailureCause.CONTENT,
    "ProhibitedContentDetected": FailureCause.CONTENT,
    "PromptLengthExceeded": FailureCause.PROMPT,
}

_Rules = tuple[tuple[FailureCause, tuple[str, ...]], ...]

_CONTENT: Final = (
    FailureCause.CONTENT,
    ("sensitive", "nsfw", "violat", "prohibited", "moderat", "safety", "policy", "policies"),
)
_PROMPT: Final = (FailureCause.PROMPT, ("prompt",))
_IMAGE: Final = (FailureCause.IMAGE, ("image", "url", "format", "download"))
_BALANCE: Final = (FailureCause.BALANCE, ("credit", "balance", "quota", "payment"))
_ACCESS: Final = (FailureCause.ACCESS, ("unauthorized", "apikey"))
_PROVIDER: Final = (
    FailureCause.PROVIDER,
    ("timeout", "unavailable", "busy", "internal", "server", "upstream", "overload"),
)

#: For a code: the first rule of which a stem is found anywhere in it.
CODE_RULES: Final[_Rules] = (_CONTENT, _PROMPT, _IMAGE, _BALANCE, _ACCESS, _PROVIDER)
#: For a sentence: the first rule of which a stem begins one of its words. The operator's matters come
#: first, because "insufficient balance to edit this image" is about the balance.
WORDING_RULES: Final[_Rules] = (_BALANCE, _ACCESS, _CONTENT, _PROMPT, _IMAGE, _PROVIDER)

#: Causes that the member who asked can do something about.
MEMBER_CAUSES: Final = frozenset({FailureCause.CONTENT, FailureCause.PROMPT, FailureCause.IMAGE})

#: Numbers that mean one thing whatever else the answer says.
_PLAIN_NUMBERS: Final[dict[int, type[ProviderError]]] = {
    401: KeyRefusedError,
    402: BalanceError,
    404: TaskMissingError,
    429: ProviderBusyError,
    503: ProviderBusyError,
}
#: So much of a request's own words tells that an answer repeats them.
_ECHO_LENGTH: Final = 24
_SEPARATORS: Final = re.compile(r"[\s_\-]+")
_WORD: Final = re.compile(r"[^\W\d]+(?:[_\-][^\W\d]+)*")


def _squash(code: str) -> str:
    return _SEPARATORS.sub("", code).casefold()


_CODE_BY_SQUASHED: Final = {_squash(code): code for code in KNOWN_CODES}


@dataclass(frozen=True, slots=True, kw_only=True)
class Complaint:
    """An answer that is not a success, taken apart.

    `fail_codes` are fields that hold a failure code, `texts` sentences that may name one, and
    `own_words` what this request itself said: a service that repeats it must not be judged by it.
    """

    status: int
    code: int | None
    fail_codes: tuple[str, ...] = ()
    texts: tuple[str, ...] = ()
    retry_after: float | None = None
    own_words: tuple[str, ...] = ()

    @property
    def number(self) -> int:
        """Return the number that judges: the body's own error code, else whichever is not a success."""
        if self.code is not None and (400 <= self.code <= 599 or is_success(self.status)):
            return self.code
        return self.status


def is_success(number: int) -> bool:
    """Whether an HTTP status, or a `code` that follows the same numbering, says that the call worked."""
    return 200 <= number < 300


def cause_of_code(code: str) -> FailureCause:
    """Return whose matter a failure code is; case, blanks, `_` and `-` make no difference."""
    squashed = _squash(code)
    if squashed in _CODE_BY_SQUASHED:
        return KNOWN_CODES[_CODE_BY_SQUASHED[squashed]]
    for cause, stems in CODE_RULES:
        if any(stem in squashed for stem in stems):
            return cause
    return FailureCause.UNKNOWN


def cause_of_wording(text: str) -> FailureCause:
    """Return whose matter a sentence of the service speaks of, `UNKNOWN` if it does not say."""
    words = [_squash(word) for word in _WORD.findall(text)]
    words += [first + second for first, second in pairwise(words)]
    for cause, stems in WORDING_RULES:
        if any(word.startswith(stems) for word in words):
            return cause
    return FailureCause.UNKNOWN


def failure_of_task(code: str, message: str) -> Failure:
    """Return why a task ended as failed, from its `failCode` and `failMsg`.

    The message is judged only when there is no code, and only for what concerns the member: it may
    repeat their prompt, and no prompt may make the operator's account look empty.
    """
    cause = cause_of_code(code)
    if not code:
        named = _code_in(message)
        cause = cause_of_code(named) if named else cause_of_wording(message)
        if cause not in MEMBER_CAUSES:
            cause = FailureCause.UNKNOWN
    return Failure(cause=cause, code=code, detail=message[:DETAIL_LENGTH])


def error_for(complaint: Complaint) -> ProviderError:
    """Return the error that an unsuccessful answer becomes; see `bot.errors` for what each one means."""
    number = complaint.number
    code, cause = _named_cause(complaint)
    detail = " / ".join(text for text in complaint.texts if text)[:DETAIL_LENGTH]
    shown_code = code or (str(complaint.code) if complaint.code not in (None, 200) else "")
    plain = _PLAIN_NUMBERS.get(number)
    if plain is not None:
        return plain(detail, status=complaint.status, code=shown_code, retry_after=complaint.retry_after)
    if 400 <= number <= 499:
        cause = cause if code else _worded_cause(complaint)
    elif _squash(code) not in _CODE_BY_SQUASHED:
        # A broken service is believed when it names a documented code, not when it merely sounds like one.
        cause = FailureCause.UNKNOWN
    if cause is FailureCause.BALANCE:
        return BalanceError(detail, status=complaint.status, code=shown_code)
    if cause is FailureCause.ACCESS or (number == 403 and cause not in MEMBER_CAUSES):
        return KeyRefusedError(detail, status=complaint.status, code=shown_code)
    if cause in MEMBER_CAUSES or 400 <= number <= 499:
        return TaskRefusedError(detail, cause=cause, status=complaint.status, code=shown_code)
    return ProviderFaultError(
        detail,
        status=complaint.status,
        code=shown_code,
        retry_after=complaint.retry_after,
    )


def _named_cause(complaint: Complaint) -> tuple[str, FailureCause]:
    """Return the failure code that the answer names, in a field of its own or within its sentences."""
    for code in complaint.fail_codes:
        if code:
            return code, cause_of_code(code)
    for text in complaint.texts:
        named = _code_in(_without(text, complaint.own_words))
        if named:
            return named, cause_of_code(named)
    return "", FailureCause.UNKNOWN


def _worded_cause(complaint: Complaint) -> FailureCause:
    cause = cause_of_wording(" ; ".join(_without(text, complaint.own_words) for text in complaint.texts))
    # A 403 speaks of permission; only content rules are another reading of it that the service documents.
    if complaint.number == 403 and cause in (FailureCause.PROMPT, FailureCause.IMAGE):
        return FailureCause.UNKNOWN
    return cause


def _code_in(text: str) -> str:
    """Return the first failure code that a sentence holds or is, as it is documented, or nothing."""
    words: list[str] = [text, *_WORD.findall(text)]
    squashed = (_squash(word) for word in words)
    return next((_CODE_BY_SQUASHED[word] for word in squashed if word in _CODE_BY_SQUASHED), "")


def _without(text: str, own_words: tuple[str, ...]) -> str:
    """Return the text without what it repeats of our words, be it all of them or only their beginning."""
    for words in (word.strip() for word in own_words):
        if not words:
            continue
        whole = len(words) <= _ECHO_LENGTH
        # A prompt of one letter must not be cut out of the middle of the service's own words.
        start = re.compile(rf"(?<!\w){re.escape(words[:_ECHO_LENGTH])}" + (r"(?!\w)" if whole else ""))
        while echo := start.search(text):
            pairs = zip(text[echo.start() :], words, strict=False)
            length = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))
            text = f"{text[: echo.start()]} {text[echo.start() + length :]}"
    return text


def outcome_of(error: ProviderError) -> str:
    """Return the word by which figures know this kind of error."""
    return next((word for kind, word in _OUTCOMES.items() if isinstance(error, kind)), "fault")
