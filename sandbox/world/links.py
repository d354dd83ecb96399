"""Links to attachments that expire, in the form of Discord's CDN.

`ex` is when a link ends and `is` when it was given (Unix seconds in hex), `hm` signs both and the path
(Discord's documentation, "Signed Attachment CDN URLs"). Links are made whenever an attachment is worded, so
they are always fresh.
"""

from __future__ import annotations

import hashlib
import hmac
from datetime import timedelta
from typing import TYPE_CHECKING, Final
from urllib.parse import quote, unquote, urlsplit

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sandbox.clock import Clock
    from sandbox.world.models import Attachment

#: Nothing is secret here; a fixed key keeps links alive over a restart.
_KEY: Final = b"sandbox-cdn"


class Links:
    """Makes and checks links below `base_url`, which live for `life`."""

    def __init__(self, *, clock: Clock, base_url: str, life: timedelta = timedelta(hours=24)) -> None:
        self._clock = clock
        self.base_url = base_url.rstrip("/")
        self.life = life

    def to(self, attachment: Attachment, *, application_id: int) -> str:
        """Return a fresh link to this attachment."""
        return self.sign(_path(attachment, application_id))

    def sign(self, path: str) -> str:
        """Return a fresh link to this path, which starts with a slash and is not quoted."""
        issued = int(self._clock.now().timestamp())
        ends = issued + int(self.life.total_seconds())
        signature = _signature(path, f"{ends:x}", f"{issued:x}")
        return f"{self.base_url}{quote(path)}?ex={ends:x}&is={issued:x}&hm={signature}&"

    def is_alive(self, path: str, query: Mapping[str, str]) -> bool:
        """Whether this query is a signature of ours for this unquoted path that has not ended yet."""
        ends, issued = query.get("ex", ""), query.get("is", "")
        if not hmac.compare_digest(query.get("hm", ""), _signature(path, ends, issued)):
            return False
        return int(ends, 16) > self._clock.now().timestamp()

    def attachment_id(self, url: str) -> int | None:
        """Return the id in a link of ours, alive or not; None if it is somebody else's."""
        if not url.startswith(f"{self.base_url}/"):
            return None
        parts = unquote(urlsplit(url).path).split("/")
        return int(parts[-2]) if len(parts) > 3 and parts[-2].isdigit() else None


def _path(attachment: Attachment, application_id: int) -> str:
    if attachment.ephemeral:
        return f"/ephemeral-attachments/{application_id}/{attachment.id}/{attachment.filename}"
    return f"/attachments/{attachment.channel_id}/{attachment.id}/{attachment.filename}"


def _signature(path: str, ends: str, issued: str) -> str:
    return hmac.new(_KEY, f"{path}|{ends}|{issued}".encode(), hashlib.sha256).hexdigest()
