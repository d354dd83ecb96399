"""What a member reads when something did not work: one sentence by cause, never a guess at the prompt.

Errors carry their own sentence; failures of stored jobs have theirs here. The provider's own words are for
the operator and are not shown.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from bot.errors import N_, EaselError, MissingPermissionsError, QuotaError
from bot.jobs import FailureCause
from bot.presentation.text import relative, shown

if TYPE_CHECKING:
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
    "connect": N_("Connect"),
}
_BOT_LIMIT: Final = N_("This bot has spent its credits for today. The next one comes back {back}.")
_SERVER_LIMIT: Final = N_("This server has spent its credits for today. The next one comes back {back}.")
_NO_CREDITS: Final = N_("Pictures are switched off here at the moment: the limit is 0 credits.")
_LATER: Final = N_("later")


def failure_sentence(catalogue: Catalogue, job: Job) -> str:
    """Return what its member reads about a failed job; it claims a refund only if there was one."""
    cause = job.failure.cause if job.failure else FailureCause.UNKNOWN
    sentence = catalogue.say(job.locale, _BY_CAUSE[cause], job_id=job.id)
    return f"{sentence} {catalogue.say(job.locale, _REFUNDED)}" if job.credits == 0 else sentence


def error_sentence(catalogue: Catalogue, locale: str, error: EaselError) -> str:
    """Return what a person reads about an error that stopped their command."""
    if isinstance(error, QuotaError):
        return _quota_sentence(catalogue, locale, error)
    values = {name: shown(str(value), 100) for name, value in error.values.items()}
    if isinstance(error, MissingPermissionsError):
        names = [catalogue.say(locale, _PERMISSIONS[name]) for name in error.permissions]
        values["permissions"] = f"**{catalogue.join(locale, names)}**"
    return catalogue.say(locale, error.sentence, **values)


def _quota_sentence(catalogue: Catalogue, locale: str, error: QuotaError) -> str:
    back = relative(error.back_at) if error.back_at else catalogue.say(locale, _LATER)
    if error.values["limit"] == 0:
        return catalogue.say(locale, _NO_CREDITS)
    sentence = {"server": _SERVER_LIMIT, "operator": _BOT_LIMIT}.get(error.whose, error.sentence)
    return catalogue.say(locale, sentence, **{**error.values, "back": back})
