"""Requests and answers of the user's side: who asks, what was sent, and how a refusal looks.

A refusal is Discord's own error, wrapped: `{"error": {status, code, message, errors?}}`.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, TypeVar

from aiohttp import web
from pydantic import BaseModel, ValidationError

from sandbox.discord import errors, incoming
from sandbox.discord.errors import DiscordError

if TYPE_CHECKING:
    from aiohttp.typedefs import Handler

    from sandbox.world.models import User
    from sandbox.world.state import State

M = TypeVar("M", bound=BaseModel)


def guarded(handler: Handler) -> Handler:
    """Turn an error that a handler raises into the answer that the user's side promises."""

    async def guard(request: web.Request) -> web.StreamResponse:
        try:
            return await handler(request)
        except DiscordError as refusal:
            return answer({"error": {"status": refusal.status, **refusal.body()}}, status=refusal.status)

    return guard


def answer(data: Any, *, status: int = 200) -> web.Response:
    """Return JSON."""
    return web.json_response(data, status=status)


def nothing() -> web.Response:
    """Return the answer to what needs none."""
    return web.Response(status=204)


def number(request: web.Request, name: str) -> int:
    """Return an id in the path, which the route has already checked."""
    return int(request.match_info[name])


def person(state: State, name: object) -> User:
    """Return who is played: 50035 without an id, 10013 for nobody, 20001 for the bot."""
    if isinstance(name, bool) or not str(name).isascii() or not str(name).isdigit():
        problem = {"code": "BASE_TYPE_REQUIRED", "message": "Say who you are with `user`, the id of a person"}
        raise errors.invalid_form_body({"user": {"_errors": [problem]}})
    user = state.user(int(str(name)))
    if user.bot:
        raise DiscordError(403, 20001, "Bots cannot use this endpoint")
    return user


def asker(state: State, request: web.Request) -> User:
    """Return who is named in the query."""
    return person(state, request.query.get("user", ""))


async def form(request: web.Request, model: type[M]) -> tuple[M, incoming.Body]:
    """Read a body into a record; 50035 for what does not fit. A form's files come with the body."""
    body = await incoming.read(request)
    return checked(model, body.fields()), body


def checked(model: type[M], fields: dict[str, Any]) -> M:
    """Return the fields as a record; 50035 for what does not fit."""
    try:
        return model.model_validate(fields)
    except ValidationError as exc:
        raise errors.invalid_form_body(_tree(exc)) from exc


def _tree(error: ValidationError) -> errors.FormErrors:
    tree: errors.FormErrors = {}
    for problem in error.errors(include_url=False, include_context=False):
        node = tree
        for step in problem["loc"]:
            node = node.setdefault(str(step), {})
        code = "BASE_TYPE_REQUIRED" if problem["type"] == "missing" else "BASE_TYPE_BAD_VALUE"
        node.setdefault("_errors", []).append({"code": code, "message": problem["msg"]})
    return tree


def encoded(data: Any) -> str:
    """Return JSON in one line."""
    return json.dumps(data, separators=(",", ":"))
