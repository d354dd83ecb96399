"""One interaction from its beginning to its end: who may answer it, how often and until when.

All rules of the lifecycle are here, in one record. Times are Discord's documented ones ("Receiving and
Responding to Interactions"). Posting what an answer says is the world's business.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import IntEnum, StrEnum
from typing import Final

from pydantic import BaseModel, Field

from sandbox.discord import errors
from sandbox.world.models import Json

#: How long the application may take for its first answer.
ANSWER_WITHIN: Final = timedelta(seconds=3)

#: How long the token lives.
TOKEN_LIFE: Final = timedelta(minutes=15)

NO_ANSWER: Final = "The application did not respond"


class InteractionKind(IntEnum):
    """Discord's interaction types."""

    COMMAND = 2
    COMPONENT = 3
    AUTOCOMPLETE = 4
    MODAL = 5


class AnswerKind(IntEnum):
    """Discord's interaction callback types."""

    MESSAGE = 4
    THINKING = 5
    DEFERRED_UPDATE = 6
    UPDATE = 7
    CHOICES = 8
    MODAL = 9


class InteractionState(StrEnum):
    """What its user sees of it."""

    PENDING = "pending"
    THINKING = "thinking"
    ANSWERED = "answered"
    MODAL = "modal"
    FAILED = "failed"


_SEEN_AS: Final = {
    AnswerKind.MESSAGE: InteractionState.ANSWERED,
    AnswerKind.THINKING: InteractionState.THINKING,
    AnswerKind.DEFERRED_UPDATE: InteractionState.ANSWERED,
    AnswerKind.UPDATE: InteractionState.ANSWERED,
    AnswerKind.CHOICES: InteractionState.ANSWERED,
    AnswerKind.MODAL: InteractionState.MODAL,
}


class Interaction(BaseModel):
    """A command, click or form that waits for its answer or has got it.

    `data` is the payload's own part. `source_message_id` is the message that a component hangs on,
    `response_message_id` the message that `@original` means.
    """

    id: int
    token: str
    kind: InteractionKind
    user_id: int
    channel_id: int
    guild_id: int | None = None
    begun_at: datetime
    data: Json = Field(default_factory=dict)
    command_name: str | None = None
    source_message_id: int | None = None
    state: InteractionState = InteractionState.PENDING
    answered_with: AnswerKind | None = None
    response_message_id: int | None = None
    response_ephemeral: bool = False
    modal: Json | None = None
    choices: list[Json] = Field(default_factory=list)
    error: str | None = None

    @property
    def answer_by(self) -> datetime:
        """When it fails for want of an answer."""
        return self.begun_at + ANSWER_WITHIN

    @property
    def ends_at(self) -> datetime:
        """When its token ends."""
        return self.begun_at + TOKEN_LIFE

    @property
    def is_waiting(self) -> bool:
        """Whether time alone can still change it."""
        return self.state in {InteractionState.PENDING, InteractionState.THINKING}

    def let_time_pass(self, now: datetime) -> bool:
        """Fail if nobody answered in time or a promised answer never came; say whether it just did."""
        waits_in_vain = self.state is InteractionState.PENDING and now >= self.answer_by
        never_came = self.state is InteractionState.THINKING and now >= self.ends_at
        if waits_in_vain or never_came:
            self.state = InteractionState.FAILED
            self.error = NO_ANSWER
        return waits_in_vain or never_came

    def accept_answer(self, kind: AnswerKind, *, token: str, now: datetime) -> None:
        """Take the first answer.

        Raises 10062 for a wrong token or when it is too late, 40060 if it has been answered, and 50035 for an
        answer that does not go with this kind of interaction.
        """
        if token != self.token or now >= self.ends_at:
            raise errors.unknown_interaction()
        if self.answered_with is not None:
            raise errors.already_acknowledged()
        if self.state is InteractionState.FAILED or now >= self.answer_by:
            raise errors.unknown_interaction()
        if not self._takes(kind):
            problem = {
                "code": "INTERACTION_TYPE_INVALID",
                "message": f"Callback type {kind.value} is not allowed here",
            }
            raise errors.invalid_form_body({"type": {"_errors": [problem]}})
        self.answered_with = kind
        self.state = _SEEN_AS[kind]

    def require_token(self, token: str, *, now: datetime) -> None:
        """Check the use of the token after the first answer.

        Raises 50027 for a wrong or an ended token, 10015 if there was no first answer.
        """
        if token != self.token or now >= self.ends_at:
            raise errors.invalid_webhook_token()
        if self.answered_with is None:
            raise errors.unknown_webhook()

    @property
    def waits_for_text(self) -> bool:
        """Whether it was deferred and its message still shows that the bot thinks."""
        return self.answered_with is AnswerKind.THINKING and self.state is not InteractionState.ANSWERED

    def filled_in(self) -> None:
        """Note that the promised answer has come."""
        if self.state is not InteractionState.FAILED:
            self.state = InteractionState.ANSWERED

    def _takes(self, kind: AnswerKind) -> bool:
        if (kind is AnswerKind.CHOICES) != (self.kind is InteractionKind.AUTOCOMPLETE):
            return False
        if kind in {AnswerKind.DEFERRED_UPDATE, AnswerKind.UPDATE}:
            return self.source_message_id is not None
        return not (kind is AnswerKind.MODAL and self.kind is InteractionKind.MODAL)
