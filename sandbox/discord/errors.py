"""Discord's errors as it words them: HTTP status, code and message.

A rule of the local Discord that is broken raises a `DiscordError`, and whoever answers the request sends its
status, headers and `body()`. Codes and messages follow Discord's documentation ("Opcodes and Status Codes");
statuses are those that its API is seen to use. Which rule is broken is decided elsewhere.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from aiohttp import web

if TYPE_CHECKING:
    from collections.abc import Mapping

#: The nested `errors` object of a 50035, see `sandbox.discord.validation`.
FormErrors = dict[str, Any]


class DiscordError(Exception):
    """An answer of Discord that is not a success.

    `errors` is the tree of a refused form; `extra` holds further fields of the body, as 429s have them.
    """

    def __init__(
        self,
        status: int,
        code: int,
        message: str,
        *,
        errors: FormErrors | None = None,
        headers: Mapping[str, str] | None = None,
        extra: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(f"{status} ({code}): {message}")
        self.status = status
        self.code = code
        self.message = message
        self.errors = errors
        self.headers = dict(headers or {})
        self.extra = dict(extra or {})

    def body(self) -> dict[str, Any]:
        """Return the JSON body as Discord sends it."""
        body: dict[str, Any] = {"message": self.message, **self.extra, "code": self.code}
        if self.errors:
            body["errors"] = self.errors
        return body

    def response(self) -> web.Response:
        """Return the HTTP answer.

        Its type is `application/json` and nothing more: discord.py takes a body with a charset for text.
        """
        body = json.dumps(self.body()).encode()
        return web.Response(
            body=body, status=self.status, headers=self.headers, content_type="application/json"
        )


def unknown_application() -> DiscordError:
    """No such application, or it is not the caller's."""
    return DiscordError(404, 10002, "Unknown Application")


def unknown_channel() -> DiscordError:
    """No such channel or thread."""
    return DiscordError(404, 10003, "Unknown Channel")


def unknown_guild() -> DiscordError:
    """No such server."""
    return DiscordError(404, 10004, "Unknown Guild")


def unknown_member() -> DiscordError:
    """This user is not in the server."""
    return DiscordError(404, 10007, "Unknown Member")


def unknown_message() -> DiscordError:
    """No such message, or it was deleted."""
    return DiscordError(404, 10008, "Unknown Message")


def unknown_role() -> DiscordError:
    """No such role."""
    return DiscordError(404, 10011, "Unknown Role")


def unknown_user() -> DiscordError:
    """No such user."""
    return DiscordError(404, 10013, "Unknown User")


def unknown_webhook() -> DiscordError:
    """No such webhook; also an interaction's token that has ended."""
    return DiscordError(404, 10015, "Unknown Webhook")


def unknown_interaction() -> DiscordError:
    """No such interaction, or its 3 seconds are over."""
    return DiscordError(404, 10062, "Unknown interaction")


def unknown_application_command() -> DiscordError:
    """No such command."""
    return DiscordError(404, 10063, "Unknown application command")


def not_found() -> DiscordError:
    """No such address."""
    return DiscordError(404, 0, "404: Not Found")


def method_not_allowed() -> DiscordError:
    """The address exists, but not with this method."""
    return DiscordError(405, 0, "405: Method Not Allowed")


def unauthorized() -> DiscordError:
    """The token is missing or wrong."""
    return DiscordError(401, 0, "401: Unauthorized")


def slowmode(retry_after: float) -> DiscordError:
    """The channel's slow mode; `retry_after` is in seconds."""
    message = "This action cannot be performed due to slowmode rate limit"
    return _limited(20016, message, retry_after, scope="user")


def write_rate(retry_after: float) -> DiscordError:
    """The channel's write limit, which everybody in it shares; `retry_after` is in seconds."""
    message = "The write action you are performing on the channel has hit the write rate limit."
    return _limited(20028, message, retry_after, scope="shared")


def max_attachments() -> DiscordError:
    """More than 10 files in one message."""
    return DiscordError(400, 30015, "Maximum number of attachments in a message reached (10)")


def max_commands() -> DiscordError:
    """More commands of one kind than an application may have."""
    return DiscordError(400, 30032, "Maximum number of application commands reached (100)")


def too_many_edits(retry_after: float) -> DiscordError:
    """Too many edits of messages older than one hour; `retry_after` is in seconds."""
    message = "Maximum number of edits to messages older than 1 hour reached. Try again later."
    return _limited(30046, message, retry_after, scope="user")


def request_entity_too_large() -> DiscordError:
    """A file, or the whole request, is larger than allowed."""
    return DiscordError(413, 40005, "Request entity too large")


def already_acknowledged() -> DiscordError:
    """The interaction has had its first answer."""
    return DiscordError(400, 40060, "Interaction has already been acknowledged.")


def missing_access() -> DiscordError:
    """The caller cannot see this."""
    return DiscordError(403, 50001, "Missing Access")


def cannot_edit_other_users_message() -> DiscordError:
    """Somebody else wrote this message."""
    return DiscordError(403, 50005, "Cannot edit a message authored by another user")


def empty_message() -> DiscordError:
    """A message without anything in it."""
    return DiscordError(400, 50006, "Cannot send an empty message")


def cannot_send_to_user() -> DiscordError:
    """This user takes no direct messages from the caller."""
    return DiscordError(403, 50007, "Cannot send messages to this user")


def cannot_send_in_non_text_channel() -> DiscordError:
    """The channel holds no messages, as a category."""
    return DiscordError(400, 50008, "Cannot send messages in a non-text channel")


def missing_permissions() -> DiscordError:
    """The caller sees this, but may not do that."""
    return DiscordError(403, 50013, "Missing Permissions")


def cannot_execute_on_system_message() -> DiscordError:
    """A system message has no such action."""
    return DiscordError(403, 50021, "Cannot execute action on a system message")


def cannot_execute_on_channel_type() -> DiscordError:
    """A channel of this type has no such action."""
    return DiscordError(400, 50024, "Cannot execute action on this channel type")


def invalid_webhook_token() -> DiscordError:
    """The token does not belong to the webhook, or the interaction's 15 minutes are over."""
    return DiscordError(401, 50027, "Invalid Webhook Token")


def invalid_form_body(errors: FormErrors) -> DiscordError:
    """The request's fields break a rule; `errors` says which and where."""
    return DiscordError(400, 50035, "Invalid Form Body", errors=errors)


def thread_archived() -> DiscordError:
    """An archived thread has to be opened again first."""
    return DiscordError(400, 50083, "Thread is archived")


def invalid_json() -> DiscordError:
    """The body is not JSON."""
    return DiscordError(400, 50109, "The request body contains invalid JSON.")


def cannot_reply_without_history() -> DiscordError:
    """A reply needs Read Message History."""
    return DiscordError(403, 160002, "Cannot reply without permission to read message history")


def thread_already_created() -> DiscordError:
    """A message has at most one thread."""
    return DiscordError(400, 160004, "A thread has already been created for this message")


def thread_locked() -> DiscordError:
    """Only those with Manage Threads write in a locked thread."""
    return DiscordError(403, 160005, "Thread is locked")


def rate_limited(retry_after: float, *, is_global: bool = False, scope: str = "user") -> DiscordError:
    """A 429 of a bucket or of the whole bot; `retry_after` is in seconds."""
    message = "You are being rate limited."
    return _limited(0, message, retry_after, scope="global" if is_global else scope, is_global=is_global)


def server_error(status: int = 500) -> DiscordError:
    """Discord itself failed."""
    return DiscordError(status, 0, f"{status}: {SERVER_ERRORS.get(status, 'Internal Server Error')}")


def not_modelled(method: str, path: str) -> DiscordError:
    """The local Discord does not have this route; the real one may."""
    return DiscordError(501, 0, f"501: the sandbox does not model {method} {path}")


SERVER_ERRORS = {
    500: "Internal Server Error",
    502: "Bad Gateway",
    503: "Service Unavailable",
    504: "Gateway Timeout",
}


def _limited(
    code: int, message: str, retry_after: float, *, scope: str, is_global: bool = False
) -> DiscordError:
    # discord.py takes a 429 without Via for one of Cloudflare's and gives up at once.
    headers = {
        "Retry-After": str(max(1, -int(-retry_after // 1))),
        "X-RateLimit-Scope": scope,
        "Via": "1.1 google",
    }
    if is_global:
        headers["X-RateLimit-Global"] = "true"
    extra = {"retry_after": round(retry_after, 3), "global": is_global}
    return DiscordError(429, code, message, headers=headers, extra=extra)
