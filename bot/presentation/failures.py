"""What a member reads when something did not work: one sentence by cause, never a guess at the prompt.

Errors carry their own sentence; failures of stored jobs have theirs here. The provider's own words are for
the operator and are not shown.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from bot.acts import REASON_LENGTH
from bot.errors import (
    N_,
    BadReferenceError,
    BlockedError,
    EaselError,
    LogChannelError,
    MissingPermissionsError,
    NotBlockableError,
    NotInThisChannelError,
    NotModeratorError,
    PictureFault,
    QuotaError,
    Scope,
    Unblockable,
)
from bot.jobs import FailureCause
from bot.presentation.quotas import rule_words
from bot.presentation.text import at, relative, shown
from bot.quota import RuleKind

if TYPE_CHECKING:
    from collections.abc import Sequence

    import discord

    from bot.jobs import Job
    from bot.presentation.wording import Catalogue

_BY_CAUSE: Final[dict[FailureCause, str]] = {
    FailureCause.CONTENT: N_(
        "The image service's content rules refused this one. Please change the prompt and try again.",
    ),
    FailureCause.PROMPT: N_(
        "The image service could not use this prompt. Please shorten or reword it and try again.",
    ),
    FailureCause.IMAGE: N_(
        "The image service could not use the reference picture. Please attach it again, or another one.",
    ),
    FailureCause.BALANCE: N_(
        "This bot's account at the image service is out of credit. That is ours to mend; please try later.",
    ),
    FailureCause.ACCESS: N_(
        "The image service refused this bot's access. That is ours to mend; please try later.",
    ),
    FailureCause.PROVIDER: N_("The image service had trouble and made no picture. Please try again later."),
    FailureCause.PICTURE: N_("The picture was made, but I could not fetch it. Please try again."),
    FailureCause.LATE: N_("The image service did not finish this picture in time. Please try again."),
    FailureCause.UNCONFIRMED: N_(
        "I could not find out whether the image service got this request, so I did not send it twice. "
        "Please try again.",
    ),
    FailureCause.UNKNOWN: N_(
        "The image service made no picture and did not say why. "
        "If it happens again, tell this bot's operator the job number {job_id}.",
    ),
}
_REFUNDED: Final = N_("It cost you nothing.")

#: Discord's permission names as its own settings show them.
_PERMISSIONS: Final[dict[str, str]] = {
    "view_channel": N_("View Channel"),
    "send_messages": N_("Send Messages"),
    "send_messages_in_threads": N_("Send Messages in Threads"),
    "attach_files": N_("Attach Files"),
    "embed_links": N_("Embed Links"),
    "read_message_history": N_("Read Message History"),
    "connect": N_("Connect"),
}
_BOT_LIMIT: Final = N_(
    "This bot has spent its credits for today: this costs {cost}, with {left} of {limit} left. "
    "The next one comes back {back}.",
)
_SERVER_LIMIT: Final = N_(
    "This server has spent its credits for today: this costs {cost}, with {left} of {limit} left. "
    "The next one comes back {back}.",
)
_TOO_DEAR: Final = {
    "server": N_("This costs {cost}, and {limit} is the most credits for this whole server in 24 hours."),
    "operator": N_("This costs {cost}, and {limit} is the most credits for this whole bot in 24 hours."),
}
_NO_CREDITS: Final = N_("Pictures are switched off here at the moment: the limit is 0 credits.")
#: A message holds many more; who looks for a channel reads a few.
_PLACES_SHOWN: Final = 20
_NO_CREDITS_FOR_YOU: Final = N_("Pictures are switched off for you here: {rule} is 0.")

_BAD_REFERENCES: Final[dict[PictureFault, str]] = {
    PictureFault.NOT_FETCHED: N_("I couldn't get “{name}” from Discord. Please attach it again."),
    PictureFault.TOO_LARGE: N_("“{name}” is too large: {limit} MB is the most that the image service takes."),
    PictureFault.OTHER_TYPE: N_(
        "“{name}” is no JPG, PNG or WebP picture, whatever its name says. Please attach one that is.",
    ),
    PictureFault.TOO_MANY_PIXELS: N_(
        "“{name}” has too many pixels: {limit} million is the most. Please make it smaller.",
    ),
    PictureFault.ANIMATED: N_("“{name}” is animated. Please attach a still picture."),
    PictureFault.DAMAGED: N_("“{name}” is damaged, so I can't open it. Please save it anew and try again."),
    PictureFault.NOWHERE: N_(
        "I found no picture to edit. Attach one to the command, name a message that has one with the option "
        "“message”, or use the command where I posted one lately.",
    ),
    PictureFault.TOO_MANY: N_("That is {count} pictures; {limit} is the most to start from."),
    PictureFault.TOO_LARGE_TOGETHER: N_(
        "Your pictures are too large: together they may have {limit} MB. Please use fewer or smaller ones.",
    ),
    PictureFault.NO_LINK: N_(
        "“{value}” is no message. Please give the link of one (its menu, “Copy Message Link”) or its id.",
    ),
    PictureFault.ELSEWHERE: N_("That message is in another server. I only take pictures from this one."),
    PictureFault.DIRECT: N_(
        "That message is in a direct conversation, where I don't look. Please attach the picture.",
    ),
    PictureFault.UNSEEN: N_("You can't see the channel of that message, so I don't take pictures from it."),
    PictureFault.GONE: N_("That message does not exist any more. Please attach the picture."),
    PictureFault.CLOSED: N_(
        "I may not look at that message. Please save its picture and attach it to the command.",
    ),
    PictureFault.NOT_KEPT: N_(
        "The file of that picture is gone: its message was deleted, and I keep copies for a while only. "
        "**Re-roll** and **Vary** still make another one like it.",
    ),
    PictureFault.CARD_GONE: N_(
        "What this picture was made from is gone with its card, so I can't make it again. "
        "**Edit** goes on from the picture itself.",
    ),
    PictureFault.EMPTY: N_("There is no picture on that message. Please choose one that has, or attach one."),
    PictureFault.FORWARDED: N_(
        "That message was forwarded, and does not tell whose picture it shows. Please choose the message "
        "that it comes from, or attach the picture.",
    ),
}
_UNBLOCKABLE: Final[dict[Unblockable, str]] = {
    Unblockable.SELF: N_("You cannot block or unblock yourself."),
    Unblockable.BOT: N_("Bots ask for no pictures, so there is nothing to block."),
    Unblockable.OWNER: N_("Nobody blocks the owner of the server."),
    Unblockable.ABOVE: N_("Their highest role is as high as yours or higher, so you cannot do that."),
}
_NOT_MODERATOR: Final[dict[Scope, str]] = {
    Scope.HERE: N_("You need the permission Manage Messages here for that."),
    Scope.THERE: N_("You need the permission Manage Messages where that picture is."),
    Scope.SERVER: N_("You need the permission Manage Messages in the whole server for that."),
}
_KNOWN_TYPE: Final = N_(
    "“{name}” is of the type {type}, and the image service takes JPG, PNG and WebP. "
    "Please save it as one of those.",
)


def permission_names(catalogue: Catalogue, locale: str, permissions: Sequence[str]) -> str:
    """Return Discord's own names of permissions, as a list in a sentence."""
    names = [catalogue.say(locale, _PERMISSIONS[name]) for name in permissions]
    return f"**{catalogue.join(locale, names)}**"


def channel_list(
    catalogue: Catalogue, locale: str, places: Sequence[int], guild: discord.Guild | None
) -> str:
    """Return the mentions of channels and categories that are there still; of very many only the first."""
    knows = guild is not None and not guild.unavailable
    there = [place for place in places if not knows or (guild and guild.get_channel(place))]
    if not there:
        return catalogue.say(
            locale,
            "nowhere, as the chosen channels are deleted; an admin can choose others in `/settings show`",
        )
    mentions = [f"<#{place}>" for place in there[:_PLACES_SHOWN]]
    return ", ".join([*mentions, "…"] if len(there) > _PLACES_SHOWN else mentions)


def failure_sentence(catalogue: Catalogue, job: Job) -> str:
    """Return what its member reads about a failed job; it claims a refund only if there was one."""
    cause = job.failure.cause if job.failure else FailureCause.UNKNOWN
    sentence = catalogue.say(job.locale, _BY_CAUSE[cause], job_id=job.id)
    return f"{sentence} {catalogue.say(job.locale, _REFUNDED)}" if job.credits == 0 else sentence


def error_sentence(
    catalogue: Catalogue, locale: str, error: EaselError, *, guild: discord.Guild | None = None
) -> str:
    """Return what a person reads about an error that stopped their command; `guild` is where they were."""
    if isinstance(error, QuotaError):
        return _quota_sentence(catalogue, locale, error)
    if isinstance(error, BlockedError):
        return _blocked_sentence(catalogue, locale, error)
    values = {name: shown(str(value), 100) for name, value in error.values.items()}
    sentence = error.sentence
    if isinstance(error, BadReferenceError):
        sentence = _KNOWN_TYPE if error.values.get("type") else _BAD_REFERENCES[error.fault]
    if isinstance(error, NotBlockableError):
        sentence = _UNBLOCKABLE[error.why]
    if isinstance(error, NotModeratorError):
        sentence = _NOT_MODERATOR[error.scope]
    if isinstance(error, MissingPermissionsError):
        values["permissions"] = permission_names(catalogue, locale, error.permissions)
    if isinstance(error, LogChannelError):
        values["channel"] = f"<#{error.channel_id}>"
    if isinstance(error, NotInThisChannelError):
        values["places"] = channel_list(catalogue, locale, error.places, guild)
    return catalogue.say(locale, sentence, **values)


def _quota_sentence(catalogue: Catalogue, locale: str, error: QuotaError) -> str:
    """Return one line: which rule, what is left, and when a credit is back, if that helps."""
    rule = rule_words(catalogue, locale, RuleKind(str(error.rule)), error.role_id)
    if error.values["limit"] == 0:
        if error.whose == "member" and error.rule != RuleKind.BOT:
            return catalogue.say(locale, _NO_CREDITS_FOR_YOU, rule=rule)
        return catalogue.say(locale, _NO_CREDITS)
    if error.back_at is None:
        sentence = _TOO_DEAR.get(error.whose, error.too_dear)
    else:
        sentence = {"server": _SERVER_LIMIT, "operator": _BOT_LIMIT}.get(error.whose, error.sentence)
    back = relative(error.back_at) if error.back_at else ""
    return catalogue.say(locale, sentence, **{**error.values, "back": back, "rule": rule})


def _blocked_sentence(catalogue: Catalogue, locale: str, error: BlockedError) -> str:
    reason = shown(str(error.values["reason"]), REASON_LENGTH)
    if error.until is None:
        return catalogue.say(locale, error.for_good, reason=reason)
    return catalogue.say(locale, error.sentence, until=at(error.until), reason=reason)
