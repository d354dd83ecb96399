"""What a check refused, in a form that a test can compare."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sandbox.discord.errors import DiscordError

if TYPE_CHECKING:
    from collections.abc import Callable


def refusal(check: Callable[..., None], *args: Any, **kwargs: Any) -> DiscordError:
    """Run the check and return the error that it raises."""
    try:
        check(*args, **kwargs)
    except DiscordError as error:
        return error
    raise AssertionError("nothing was refused")


def findings(check: Callable[..., None], *args: Any, **kwargs: Any) -> dict[str, str]:
    """Return what a 50035 holds as `path: code`, several codes joined by a comma."""
    try:
        check(*args, **kwargs)
    except DiscordError as error:
        if error.errors is None:
            raise
        found: dict[str, str] = {}
        _flatten(error.errors, "", found)
        return found
    return {}


def _flatten(node: dict[str, Any], path: str, found: dict[str, str]) -> None:
    for key, value in node.items():
        if key == "_errors":
            found[path] = ",".join(one["code"] for one in value)
            assert all(one["message"] for one in value)
        else:
            _flatten(value, f"{path}.{key}" if path else key, found)
