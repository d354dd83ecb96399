"""Every error that Easel raises, in one tree.

    EaselError
    ├── SettingsError                 a setting is wrong or missing; the start stops
    ├── InstanceRunningError          another process has this database file
    ├── DiscordLoginError             Discord refuses a setting or cannot be reached at the start
    ├── BrokenOffError                the connection to Discord broke off during a command
    ├── RefusedError                  the member asked for something that cannot be; nothing was spent
    │   ├── PromptEmptyError
    │   ├── PromptTooLongError
    │   ├── OptionError
    │   ├── UnusableValueError
    │   ├── NotHereError
    │   ├── MissingPermissionsError
    │   │   └── LogChannelError       the bot could not write its log there
    │   ├── NotInThisChannelError     the server allows no pictures in this channel
    │   ├── NotAdminError             only who manages the server may do that
    │   ├── QuotaError
    │   ├── NothingToChangeError
    │   ├── NotModeratorError
    │   ├── DrainingError
    │   ├── UnknownJobError
    │   ├── RemovedJobError
    │   ├── NotRepeatableError
    │   ├── NotYoursError
    │   ├── NotYourWishError
    │   ├── TooLateError
    │   ├── OwnPicturesOnlyError
    │   ├── UnwillingOwnerError
    │   ├── NotDeletedError
    │   ├── NotDescribedError
    │   ├── JobOverError
    │   ├── CancelledJobError
    │   ├── BeingPostedError
    │   ├── PressedTwiceError
    │   ├── PrivatePictureError
    │   ├── AgeRestrictedError
    │   ├── MayNotPostError
    │   ├── NotPostedError
    │   ├── NotClaimableError
    │   ├── ErasedJobError
    │   ├── NotYourQuestionError
    │   ├── ExportRunningError
    │   ├── UnknownPartError
    │   ├── OldFormError
    │   ├── OldButtonError
    │   ├── OldCommandError
    │   ├── BlockedError
    │   ├── NoPictureOfMineError
    │   ├── SeveralPicturesError
    │   ├── NothingToRemoveError
    │   ├── ReasonError
    │   ├── ReasonMissingError
    │   ├── BlockTimeError
    │   ├── NotBlockableError         whom nobody blocks, or not this person
    │   ├── NotBlockedError
    │   └── BadReferenceError         there is no picture that an edit could start from
    ├── IllegalTransitionError        a change of state that the table does not know: a bug
    ├── StaleJobError                 somebody else moved the job first
    ├── StoreError                    the database refused
    │   ├── StoreBusyError            it is locked; later it will work
    │   └── StoreUnwritableError      the disk is full, or the file may only be read
    ├── ProviderError                 the image service refused, failed or made no sense
    │   ├── ProviderUnreachableError  nothing was sent
    │   ├── ProviderBusyError         429 or 503: nothing was done, later
    │   │   └── ProviderHeldError     the account's own budget is held back: nothing was sent, later
    │   ├── ProviderFaultError        5xx or nonsense: what was done is unknown
    │   │   └── ResultMissingError    the task succeeded, but its result cannot be read
    │   ├── ProviderTimeoutError      no whole answer in time: what was done is unknown
    │   ├── OperatorError             the operator must act: key or balance
    │   │   ├── KeyRefusedError
    │   │   └── BalanceError
    │   ├── TaskRefusedError          this request is refused for what is in it
    │   └── TaskMissingError          the service does not know the task
    ├── PictureError                  a picture could not be fetched or is not one
    ├── ReferenceGoneError            a stored job's reference picture is nowhere any more
    ├── NotPackedError                an export cannot be written to the disk
    ├── ArchiveError                  the place where pictures are kept cannot be used
    │   └── ArchiveMissingError       it does not have this picture
    └── PostingError                  Discord did not take a message
        ├── PostponedError            a passing fault; later it will work
        ├── NowhereError              no step of the delivery ladder took it
        └── ExportBrokenError         it did not take a part of somebody's export

The docstring of a class is for whoever reads the code; `sentence` is what a member reads. Sentences are
catalogue keys: `bot.presentation.wording` translates them and fills in `values`. Exceptions of
libraries are translated into these where they enter.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime


def N_(sentence: str) -> str:  # noqa: N802 - the name by which gettext tools find a sentence that is translated later
    """Mark a sentence for the catalogue without translating it here."""
    return sentence


class EaselError(Exception):
    """The root of all errors of this bot.

    Keyword arguments become `values`: what the sentence names in braces, and data for whoever catches it.
    """

    sentence: ClassVar[str] = N_("Something went wrong on our side. Please try again in a moment.")

    def __init__(self, detail: str = "", **values: object) -> None:
        self.detail = detail
        self.values = values
        shown = ", ".join(f"{name}={value}" for name, value in values.items())
        super().__init__(" ".join(part for part in (detail, f"({shown})" if shown else "") if part))


class SettingsError(EaselError):
    """A setting is wrong or missing; the message names it and says how to mend it."""


class InstanceRunningError(EaselError):
    """Another bot process holds this database file."""


class DiscordLoginError(EaselError):
    """Discord refuses the token or another setting, or cannot be reached; the start stops."""


class BrokenOffError(EaselError):
    """Discord gave no answer to a request in the middle of a command: what was done is unknown."""

    sentence = N_(
        "The connection to Discord broke off in the middle, so I do not know how much of this was done. "
        "Please look, and try again what was not.",
    )


class RefusedError(EaselError):
    """The member asked for something that cannot be done; nothing was spent."""


class PromptEmptyError(RefusedError):
    """The prompt holds nothing but white space."""

    sentence = N_("Your prompt is empty. Describe the picture you want, for example “a castle at sunset”.")


class PromptTooLongError(RefusedError):
    """The prompt is longer than `limit` characters."""

    sentence = N_("Your prompt has {length} characters; {limit} is the most. Please shorten it.")


class OptionError(RefusedError):
    """An option's value is not one of those offered."""

    sentence = N_("“{value}” is not a choice for {option}. You can pick: {choices}.")


class UnusableValueError(RefusedError):
    """An option's value is of a kind that the option does not take; which option, discord.py does not say."""

    sentence = N_("“{value}” can't be used there. Please choose one of those that Discord offers.")


class NotHereError(RefusedError):
    """The command was used where the bot does not work."""

    sentence = N_("I only work inside servers that have added me. Please use this command in one of them.")


class MissingPermissionsError(RefusedError):
    """The bot lacks a permission where the picture would go.

    `permissions` holds discord.py's names of those that are missing.
    """

    sentence = N_(
        "I can't post your picture here: I am missing {permissions}. "
        "Nothing was charged. Please ask a moderator to allow it for me in this channel.",
    )

    def __init__(self, permissions: Sequence[str]) -> None:
        super().__init__(permissions=", ".join(permissions))
        self.permissions = tuple(permissions)


class LogChannelError(MissingPermissionsError):
    """The bot lacks a permission in the channel in which an admin wants its log."""

    sentence = N_(
        "I can't keep a log in {channel}: I am missing {permissions} there. "
        "Nothing was changed. Please allow it for me in that channel and try again.",
    )

    def __init__(self, channel_id: int, permissions: Sequence[str]) -> None:
        super().__init__(permissions)
        self.channel_id = channel_id


class NotInThisChannelError(RefusedError):
    """The server allows pictures only in `places`, which are channels and categories."""

    sentence = N_("Pictures can't be made in this channel. Here they can: {places}. Nothing was charged.")

    def __init__(self, places: Sequence[int]) -> None:
        super().__init__(places=", ".join(map(str, places)))
        self.places = tuple(places)


class NotAdminError(RefusedError):
    """Only who may manage the server changes its settings, at the moment of each press."""

    sentence = N_("Only somebody with the permission Manage Server may do that. Nothing was changed.")


class QuotaError(RefusedError):
    """The member, the server or the whole bot has no credits left in the rolling day.

    `back_at` is when the next credit comes back, where waiting for it helps. `rule` is the value of the
    `bot.quota.RuleKind` that gives a member's limit, and `role_id` its role, if it is that of one.
    """

    sentence = N_(
        "You have {left} of {limit} credits left for these 24 hours ({rule}), and this costs {cost}. "
        "The next credit comes back {back}.",
    )
    too_dear = N_(
        "This costs {cost}, and {limit} is the most credits that you may spend in 24 hours ({rule}). "
        "You have {left} left.",
    )

    def __init__(
        self,
        *,
        cost: int,
        left: int,
        limit: int,
        back_at: datetime | None,
        whose: str,
        rule: object = "bot",
        role_id: object = None,
    ) -> None:
        super().__init__(cost=cost, left=left, limit=limit, whose=whose)
        self.back_at = back_at
        self.whose = whose
        self.rule = rule
        self.role_id = role_id


class NothingToChangeError(RefusedError):
    """A command that changes something was given nothing to change."""

    sentence = N_("Nothing was changed: choose at least one option that says what to change.")


class DrainingError(RefusedError):
    """The bot is about to be stopped for an upgrade and takes nothing in any more."""

    sentence = N_("I am about to be updated; please try again in a few minutes. Nothing was charged.")


class UnknownJobError(RefusedError):
    """No such job exists, or it is not this person's to see."""

    sentence = N_("I don't know that picture any more. `/imagine` makes new ones.")


class RemovedJobError(RefusedError):
    """The job's picture was deleted already."""

    sentence = N_("That picture is deleted already.")


class NotRepeatableError(RefusedError):
    """The job cannot be made again from what is stored of it."""

    sentence = N_("I can't make this one again from here. Please use the command.")


class NotYoursError(RefusedError):
    """Only the job's member, or who moderates the channel, may do that."""

    sentence = N_(
        "Only whoever asked for this picture can delete it, "
        "or somebody with the permission Manage Messages here.",
    )


class NotYourWishError(RefusedError):
    """Only the member who asked for it may change what becomes of it."""

    sentence = N_("Only whoever asked for this picture can do that.")


class TooLateError(RefusedError):
    """The request was sent to the image service already, or has ended."""

    sentence = N_("It's too late for that: the image service has it already.")


class OwnPicturesOnlyError(RefusedError):
    """The server lets members edit their own pictures only, and this one is somebody else's."""

    sentence = N_("In this server everybody edits their own pictures only, and that one is somebody else's.")


class UnwillingOwnerError(RefusedError):
    """The picture is of a member who does not let others edit their pictures."""

    sentence = N_(
        "Whoever that picture belongs to doesn't want others to edit it. Please choose another one."
    )


class NotDeletedError(RefusedError):
    """Discord does not let the bot delete its own message; `code` is Discord's."""

    sentence = N_(
        "Discord does not let me delete that message, so nothing was changed. "
        "Somebody with the permission Manage Messages can delete it by hand.",
    )


class NotDescribedError(RefusedError):
    """The message of a picture cannot be changed; `code` is Discord's, if it was asked."""

    sentence = N_(
        "I have noted the new alt text, but I can't change the picture's message: it is gone, or its thread "
        "is closed. If the picture is posted again, it has the new words.",
    )


class JobOverError(RefusedError):
    """The job is at its end, so there is nothing to call off."""

    sentence = N_("That one is over already, so there is nothing left to cancel.")


class CancelledJobError(RefusedError):
    """The job was called off already."""

    sentence = N_("That one is cancelled already.")


class BeingPostedError(RefusedError):
    """The job's picture is being posted, which cannot be stopped any more."""

    sentence = N_(
        "That picture is finished and is being posted at this moment, so it can't be cancelled any more. "
        "“Delete” below the picture takes it away.",
    )


class PressedTwiceError(RefusedError):
    """The same wish of the same person is on its way already."""

    sentence = N_("That one is already on its way.")


class PrivatePictureError(RefusedError):
    """The picture was asked for in a private thread and is to be posted outside of it."""

    sentence = N_(
        "You asked for this picture in a private thread, so I post it nowhere else. "
        "Please use `/gallery` in that thread; everywhere else only you can see it here.",
    )


class AgeRestrictedError(RefusedError):
    """What was asked for in an age-restricted channel is posted in no other kind."""

    sentence = N_(
        "You asked for this picture in an age-restricted channel, so I post it only in such channels. "
        "Please use `/gallery` in one; everywhere else only you can see it here.",
    )


class MayNotPostError(RefusedError):
    """Whoever wants something posted may not post there themselves."""

    sentence = N_(
        "You may not post messages here, so I post nothing for you. Please try it where you may.",
    )


class NotPostedError(RefusedError):
    """Discord does not let the bot post where a picture is wanted again; `code` is Discord's."""

    sentence = N_(
        "Discord does not let me post here, so nothing was posted. "
        "Please try it in another channel or thread, or ask a moderator.",
    )


class NotClaimableError(RefusedError):
    """The picture does not wait to be claimed, or not any more."""

    sentence = N_("That picture does not wait to be claimed any more. `/gallery` shows where it is.")


class ErasedJobError(RefusedError):
    """What the job was made from was erased, because its member wanted it or its time was over."""

    sentence = N_(
        "The words behind this picture were erased, so I can't make it again. `/imagine` makes new ones.",
    )


class NotYourQuestionError(RefusedError):
    """Only whoever was asked may answer."""

    sentence = N_("That question is for somebody else. Use `/mydata` for your own data.")


class ExportRunningError(RefusedError):
    """An export of the same member is under way."""

    sentence = N_("Your data is being packed already. Please wait for that to end, then ask again.")


class UnknownPartError(RefusedError):
    """The part of an export that was named is none."""

    sentence = N_(
        "“{part}” is no part of an export. Copy it from the end of an earlier export, or leave it out.",
    )


class OldFormError(RefusedError):
    """A form came back that this version does not know."""

    sentence = N_("I don't know this form any more. Please open it again.")


class OldButtonError(RefusedError):
    """A button or a menu was used that this version does not know."""

    sentence = N_("I don't know this button any more. Please use the command.")


class OldCommandError(RefusedError):
    """A command was used as an earlier version had it; Discord's apps keep those for a while."""

    sentence = N_(
        "That command is another one by now. "
        "Please restart Discord (Ctrl-R on a computer), then use it again.",
    )


class BlockedError(RefusedError):
    """A moderator has blocked this member in this server; `until` of None means for good."""

    sentence = N_(
        "A moderator of this server has blocked you from asking for pictures until {until}. "
        "Their reason: {reason}. Nothing was charged, and what you have stays yours. "
        "If you think this is a mistake, please talk to this server's moderators.",
    )
    for_good = N_(
        "A moderator of this server has blocked you from asking for pictures. Their reason: {reason}. "
        "Nothing was charged, and what you have stays yours. "
        "If you think this is a mistake, please talk to this server's moderators.",
    )

    def __init__(self, *, until: datetime | None, reason: str) -> None:
        super().__init__(reason=reason)
        self.until = until


class Scope(StrEnum):
    """Where somebody has to be a moderator."""

    HERE = "here"
    THERE = "there"  # where the named picture is
    SERVER = "server"


class NotModeratorError(RefusedError):
    """Only moderators do that; each `scope` has a sentence of its own."""

    def __init__(self, scope: Scope = Scope.HERE) -> None:
        super().__init__(scope=scope.value)
        self.scope = scope


class NoPictureOfMineError(RefusedError):
    """A moderator named a message or a number behind which there is no job of this server."""

    sentence = N_(
        "I know no picture by that. Give the link of a message of mine (its menu, “Copy Message Link”), "
        "its id, or the job number that the button Info shows.",
    )


class SeveralPicturesError(RefusedError):
    """The named card belongs to several pictures, posted or to come; `count` says to how many."""

    sentence = N_(
        "That is the card of {count} pictures. Please name the message of the one that you mean.",
    )


class NothingToRemoveError(RefusedError):
    """The named job has no picture: not yet, or not at all."""

    sentence = N_(
        "That one has no picture to remove. If it is still to come, "
        "`/mod cancel` with its job number stops it.",
    )


class ReasonError(RefusedError):
    """The reason is longer than `limit` characters."""

    sentence = N_("Your reason has {length} characters; {limit} is the most. Please shorten it.")


class ReasonMissingError(RefusedError):
    """There is no reason where one is needed."""

    sentence = N_("Please say why: the reason is kept with your name. Nothing was changed.")


class BlockTimeError(RefusedError):
    """What was typed is no time for which somebody could be blocked."""

    sentence = N_(
        "“{value}” is no time that I can block for. Please write for example 90m, 12h, 3d or 2w "
        "(1 minute to 365 days), or “for good”.",
    )


class Unblockable(StrEnum):
    """Why a member cannot be blocked or unblocked by this person."""

    SELF = "self"
    BOT = "bot"
    OWNER = "owner"
    ABOVE = "above"  # their highest role is as high as the actor's, or higher


class NotBlockableError(RefusedError):
    """This person cannot block or unblock that member; each `why` has a sentence of its own."""

    def __init__(self, why: Unblockable) -> None:
        super().__init__(why=why.value)
        self.why = why


class NotBlockedError(RefusedError):
    """The member is not blocked, or not any more."""

    sentence = N_("That member is not blocked here, so nothing was changed.")


class PictureFault(StrEnum):
    """What is wrong with a picture, or with the place where one was looked for."""

    NOT_FETCHED = "not_fetched"
    TOO_LARGE = "too_large"  # in bytes
    OTHER_TYPE = "other_type"
    TOO_MANY_PIXELS = "too_many_pixels"
    ANIMATED = "animated"
    DAMAGED = "damaged"
    NOWHERE = "nowhere"  # none was given, named or found
    TOO_MANY = "too_many"
    TOO_LARGE_TOGETHER = "too_large_together"
    NO_LINK = "no_link"  # neither the link nor the id of a message
    ELSEWHERE = "elsewhere"  # the message is in another server
    DIRECT = "direct"  # it is in a direct conversation
    UNSEEN = "unseen"  # the member cannot see its channel, or there is none: the two look the same
    GONE = "gone"  # there is no such message
    CLOSED = "closed"  # the bot may not read it
    EMPTY = "empty"  # it has no picture
    FORWARDED = "forwarded"  # it only shows what another message has, and whose that is nobody knows
    NOT_KEPT = "not_kept"  # one of the bot's own, but neither its message nor the archive has the file
    CARD_GONE = "card_gone"  # what an earlier edit started from is gone with its card


class BadReferenceError(RefusedError):
    """There is no picture that an edit could start from; each `fault` has a sentence of its own."""

    def __init__(self, fault: PictureFault, **values: object) -> None:
        super().__init__("", **values)
        self.fault = fault


class IllegalTransitionError(EaselError):
    """A change of state that the table of transitions does not have: a bug."""


class StaleJobError(EaselError):
    """The job is no longer in the expected state: somebody else moved it first."""


class StoreError(EaselError):
    """The database refused an operation."""

    sentence = N_("I can't reach my notebook right now, so nothing was started or charged. Please try again.")


class StoreBusyError(StoreError):
    """The database is locked by somebody else; the same operation will work later."""

    sentence = N_("I am very busy right now. Nothing was started or charged. Please try again in a moment.")


class StoreUnwritableError(StoreError):
    """Nothing can be written: the disk is full or fails, or the file may only be read.

    What was written before is safe. The operator has to act; once they have, the same operation works.
    """


class ProviderError(EaselError):
    """The image service refused, failed or answered nonsense.

    `status` is the HTTP status, `code` the code in the body or the failure code, as far as known;
    `retry_after` is in seconds.
    """

    def __init__(
        self,
        detail: str = "",
        *,
        status: int | None = None,
        code: str = "",
        retry_after: float | None = None,
    ) -> None:
        super().__init__(detail, **{k: v for k, v in {"status": status, "code": code}.items() if v})
        self.status = status
        self.code = code
        self.retry_after = retry_after


class ProviderUnreachableError(ProviderError):
    """No connection was made, so nothing was sent."""


class ProviderBusyError(ProviderError):
    """The service asks to come back later (429, 503); it did nothing."""


class ProviderHeldError(ProviderBusyError):
    """Nothing was sent, because the service asked for silence or the account's budget cannot be counted."""


class ProviderFaultError(ProviderError):
    """The service failed (5xx) or its answer makes no sense; whether it did anything is unknown."""


class ResultMissingError(ProviderFaultError):
    """The task succeeded, but its answer holds no result that can be read."""


class ProviderTimeoutError(ProviderError):
    """The connection broke or no whole answer came in time; whether anything was done is unknown."""


class OperatorError(ProviderError):
    """Only the operator can mend this; submission pauses meanwhile."""


class KeyRefusedError(OperatorError):
    """The API key is missing, wrong or not allowed to do this (401, 403)."""


class BalanceError(OperatorError):
    """The account has no credit left (402, or a 400 that says so)."""


class TaskRefusedError(ProviderError):
    """The service refuses this very request, or its task failed; `cause` says whose matter it is.

    `cause` is the value of a `bot.jobs.FailureCause`.
    """

    def __init__(self, detail: str = "", *, cause: str, status: int | None = None, code: str = "") -> None:
        super().__init__(detail, status=status, code=code)
        self.cause = cause


class TaskMissingError(ProviderError):
    """The service does not know this task or model (404)."""


class PictureError(EaselError):
    """A picture could not be fetched, or is not a picture that may be used.

    `transient` tells a network fault, worth another try, from a verdict on the bytes; `fault` is the verdict.
    """

    def __init__(
        self,
        detail: str,
        *,
        transient: bool = False,
        status: int | None = None,
        fault: PictureFault = PictureFault.NOT_FETCHED,
    ) -> None:
        super().__init__(detail, **({"status": status} if status else {}))
        self.transient = transient
        self.status = status
        self.fault = fault


class ReferenceGoneError(EaselError):
    """The reference picture of a stored job is nowhere any more: its message was deleted or closed."""


class ArchiveError(EaselError):
    """The place where pictures are kept is full, forbidden, unreachable or too slow."""

    sentence = N_("I can't reach the shelf where I keep pictures right now. Please try again in a moment.")


class ArchiveMissingError(ArchiveError):
    """The picture is not where pictures are kept: never put there, or removed since."""

    sentence = N_("I don't have that picture any more: I keep pictures for a while only.")


class PostingError(EaselError):
    """Discord did not take a message."""


class PostponedError(PostingError):
    """A passing fault at Discord: the same post may work later; `retry_after` is in seconds.

    `doubtful` says that the message may have been posted although no answer told so.
    """

    sentence = N_("Discord doesn't answer me properly at the moment. Please try again in a minute.")

    def __init__(self, detail: str, *, retry_after: float | None = None, doubtful: bool = False) -> None:
        super().__init__(detail)
        self.retry_after = retry_after
        self.doubtful = doubtful


class NowhereError(PostingError):
    """No step of the delivery ladder took the message; `code` is Discord's for the last refusal."""

    def __init__(self, code: int) -> None:
        super().__init__("Discord refused every place", code=code)
        self.code = code


class NotPackedError(EaselError):
    """The files of an export cannot be written here, for example because there is no room for them."""

    sentence = N_(
        "I can't pack your data right now, because I have no room for it. Files that came already are whole. "
        "Please try again later, or ask whoever runs this bot."
    )


class ExportBrokenError(PostingError):
    """A part of an export could not be sent; `part` is where to go on."""

    sentence = N_(
        "Discord did not take the next file. To go on from there, use `/mydata export part:{part}`."
    )
