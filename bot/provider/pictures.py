"""Fetching a picture: a finished one from wherever the image service put it, or a member's from Discord.

The address comes from outside, so it is not trusted: https only, no address inside a private network
(checked on the very address that is connected to, also after redirects), few redirects, a time limit and
a size cap; where it is known who may have it, no other host. `bot.images` judges the bytes.
"""

from __future__ import annotations

import asyncio
import re
import socket
from datetime import timedelta
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from typing import TYPE_CHECKING, Any, Final

import aiohttp
from yarl import URL

from bot.errors import PictureError, PictureFault
from bot.provider.exchange import Timeouts, read_at_most, user_agent

if TYPE_CHECKING:
    from aiohttp.abc import AbstractResolver

MAX_PICTURE_BYTES: Final = 32 * 1024 * 1024
MAX_REDIRECTS: Final = 3
#: A picture of some megabytes over a slow line.
PICTURE_TIMEOUTS: Final = Timeouts(connect=10, total=60)

_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
#: Besides 5xx, the statuses after which another try may succeed.
_PASSING_STATUSES: Final = frozenset({408, 425, 429})
#: The provider's page: "Result URLs are valid for 15 days."
RESULT_LIFE: Final = timedelta(days=15)
#: Ends of names that no public name has (RFC 6761, RFC 6762, RFC 8375, and ICANN's reservation of .internal).
_PRIVATE_NAMES: Final = (".localhost", ".local", ".internal", ".home.arpa", ".test", ".invalid", ".example")
#: Visible ASCII but for what would end a masked link in a message too early.
_LINK: Final = re.compile(r"[^()<>\s\x00-\x20\x7f-\U0010ffff]+")
_NAT64: Final = IPv6Network("64:ff9b::/96")


class PrivateAddressError(OSError):
    """The name leads to an address that is not on the public internet."""


class PublicConnector(aiohttp.TCPConnector):
    """Connects to public addresses only.

    The check sits where the socket is made, after the name was resolved, so there is nothing between the
    checked address and the one that is used. Addresses written as numbers pass through it as well.
    """

    def __init__(self, *, resolver: AbstractResolver | None = None) -> None:
        super().__init__(resolver=resolver, socket_factory=_public_socket)


def picture_session(*, allow_private_hosts: bool = False) -> aiohttp.ClientSession:
    """Open a session for a `PictureFetcher`; the caller closes it. Proxies and cookies are not used."""
    connector = aiohttp.TCPConnector() if allow_private_hosts else PublicConnector()
    return aiohttp.ClientSession(connector=connector, cookie_jar=aiohttp.DummyCookieJar(), trust_env=False)


class PictureFetcher:
    """Fetches pictures; whoever passes the session in (see `picture_session`) also closes it.

    `allow_private_hosts` allows plain http and private addresses: for a service on the same machine.
    Without it the session must have a `PublicConnector`. With `hosts` no other host is asked.
    """

    def __init__(
        self,
        *,
        session: aiohttp.ClientSession,
        max_bytes: int = MAX_PICTURE_BYTES,
        allow_private_hosts: bool = False,
        hosts: frozenset[str] | None = None,
        timeouts: Timeouts = PICTURE_TIMEOUTS,
    ) -> None:
        if not allow_private_hosts and not isinstance(session.connector, PublicConnector):
            message = "this session would connect anywhere; make it with picture_session()"
            raise ValueError(message)
        self._session = session
        self._max_bytes = max_bytes
        self._allow_private_hosts = allow_private_hosts
        self._hosts = hosts
        self._timeouts = timeouts
        self._headers = {
            "Accept": "image/jpeg, image/png, image/webp",
            # A picture is compressed already, and its announced length is then its real one.
            "Accept-Encoding": "identity",
            "User-Agent": user_agent(),
        }

    async def fetch(self, url: str) -> bytes:
        """Return the picture's bytes: a JPEG, PNG or WebP by its first bytes, whatever its name says.

        Raises `PictureError`; `transient` tells whether another try may help.
        """
        body, content_type = await self._download(url)
        _check_type(body, content_type)
        return body

    async def fetch_file(self, url: str) -> bytes:
        """Return the bytes whatever they are; raises as `fetch` does."""
        return (await self._download(url))[0]

    async def _download(self, url: str) -> tuple[bytes, str]:
        try:
            async with asyncio.timeout(self._timeouts.total):
                return await self._follow(url)
        except TimeoutError as exc:
            message = "fetching the picture took too long"
            raise PictureError(message, transient=True) from exc
        except aiohttp.InvalidURL as exc:
            message = "the picture's address makes no sense"
            raise PictureError(message) from exc
        except (aiohttp.ClientError, OSError) as exc:
            if isinstance(getattr(exc, "os_error", None), PrivateAddressError):
                message = "the picture's address leads into a private network"
                raise PictureError(message) from exc
            message = f"fetching the picture failed: {type(exc).__name__}"
            raise PictureError(message, transient=True) from exc

    async def _follow(self, address: str) -> tuple[bytes, str]:
        url = parse_address(address, allow_private_hosts=self._allow_private_hosts)
        for _ in range(MAX_REDIRECTS + 1):
            if self._hosts is not None and url.host not in self._hosts:
                message = "the picture's address leads to a host that is not asked"
                raise PictureError(message)
            found = await self._get(url)
            if not isinstance(found, str):
                return found
            url = parse_address(found, base=url, allow_private_hosts=self._allow_private_hosts)
        message = f"the picture's address redirects more than {MAX_REDIRECTS} times"
        raise PictureError(message)

    async def _get(self, url: URL) -> tuple[bytes, str] | str:
        """Return the picture and the type that its server names, or where a redirect points."""
        limits = aiohttp.ClientTimeout(
            total=None,
            connect=self._timeouts.connect,
            sock_connect=self._timeouts.connect,
        )
        async with self._session.get(
            url,
            headers=self._headers,
            timeout=limits,
            allow_redirects=False,
            raise_for_status=False,
        ) as response:
            if response.status in _REDIRECTS:
                return response.headers.get("Location", "")
            _check_status(response.status)
            body = await read_at_most(response, self._max_bytes)
            if body is None:
                message = f"the picture has more than {self._max_bytes} bytes"
                raise PictureError(message, fault=PictureFault.TOO_LARGE)
            return body, response.content_type


def parse_address(address: str, *, allow_private_hosts: bool, base: URL | None = None) -> URL:
    """Return the address to fetch, relative ones seen from `base`; raise `PictureError` if it is refused.

    Hosts given as numbers are judged here already, names only when they are connected to.
    """
    try:
        url = URL(address) if base is None else base.join(URL(address))
    except ValueError as exc:
        message = "the picture's address makes no sense"
        raise PictureError(message) from exc
    if url.scheme != "https" and not (allow_private_hosts and url.scheme == "http"):
        message = f"the picture's address is not https but {url.scheme[:20]!r}"
        raise PictureError(message)
    if not url.host or url.raw_user is not None or url.raw_password is not None:
        message = "the picture's address has no host, or a user's name in it"
        raise PictureError(message)
    if not allow_private_hosts and _is_private_number(url.host):
        message = "the picture's address leads into a private network"
        raise PictureError(message)
    return url


def public_link(address: str) -> str | None:
    """Return a result's address as it may be shown to people, or None if it may not.

    Only https to a host that is public by its looks; nothing is asked over the network.
    """
    try:
        url = parse_address(address, allow_private_hosts=False)
    except PictureError:
        return None
    host = (url.host or "").rstrip(".").lower()
    named = "." in host and not host.endswith(_PRIVATE_NAMES)
    # As it came: a signature need not survive another way of writing the same address.
    return address if (named or ":" in host) and _LINK.fullmatch(address) else None


def is_public(address: IPv4Address | IPv6Address) -> bool:
    """Whether an address is on the public internet, also the IPv4 address that an IPv6 one stands for."""
    if isinstance(address, IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour
        if address in _NAT64:
            inner = IPv4Address(int(address) & 0xFFFF_FFFF)
        if inner is not None:
            return is_public(inner)
        if address.teredo is not None or address.is_site_local:
            return False
    # `is_global` alone counts multicast addresses as global.
    return address.is_global and not address.is_multicast and not address.is_reserved


def _is_private_number(host: str) -> bool:
    try:
        return not is_public(ip_address(host))
    except ValueError:
        return False


def _public_socket(info: tuple[Any, ...]) -> socket.socket:
    family, kind, protocol, _, address = info
    try:
        public = is_public(ip_address(address[0]))
    except ValueError:
        public = False
    if not public:
        # One text for all: several refused addresses of one name then stay this very error.
        message = "not a public address"
        raise PrivateAddressError(message)
    return socket.socket(family=family, type=kind, proto=protocol)


def _check_status(status: int) -> None:
    if status == 200:
        return
    message = "the picture's server did not hand it out"
    raise PictureError(message, transient=status >= 500 or status in _PASSING_STATUSES, status=status)


def _check_type(body: bytes, content_type: str) -> None:
    if not body:
        message = "the picture is empty"
        raise PictureError(message, transient=True)
    is_webp = body[:4] == b"RIFF" and body[8:12] == b"WEBP"
    if not is_webp and not body.startswith((b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n")):
        message = f"what was fetched is not a picture, but calls itself {content_type[:50]!r}"
        raise PictureError(message, fault=PictureFault.OTHER_TYPE)
