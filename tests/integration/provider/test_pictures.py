"""Fetching pictures from a real HTTP server: what is let in, and what is refused before a byte is sent."""

from __future__ import annotations

import asyncio
import socket
from typing import TYPE_CHECKING

import aiohttp
import pytest
from aiohttp import web
from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.test_utils import unused_port

from bot.errors import PictureError, PictureFault
from bot.provider.client import Timeouts
from bot.provider.pictures import PictureFetcher, PrivateAddressError, PublicConnector, picture_session

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.integration.provider.conftest import Service

PNG = b"\x89PNG\r\n\x1a\n" + b"x" * 100
JPEG = b"\xff\xd8\xff\xe0" + b"x" * 100
WEBP = b"RIFF\x00\x00\x00\x00WEBPVP8 " + b"x" * 100


class Rebinding(AbstractResolver):
    """Leads every name to addresses of this machine, as an attacker's name service would."""

    def __init__(self, *addresses: str) -> None:
        self.addresses = addresses

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        return [
            ResolveResult(
                hostname=host,
                host=address,
                port=port,
                family=socket.AF_INET6 if ":" in address else socket.AF_INET,
                proto=socket.IPPROTO_TCP,
                flags=0,
            )
            for address in self.addresses
        ]

    async def close(self) -> None:
        pass


@pytest.fixture
async def fetcher() -> AsyncIterator[PictureFetcher]:
    async with picture_session(allow_private_hosts=True) as session:
        yield PictureFetcher(session=session, max_bytes=1000, allow_private_hosts=True)


async def refusal_of(fetcher: PictureFetcher, url: str) -> PictureError:
    with pytest.raises(PictureError) as caught:
        await fetcher.fetch(url)
    return caught.value


@pytest.mark.parametrize("picture", [PNG, JPEG, WEBP], ids=["png", "jpeg", "webp"])
@pytest.mark.parametrize(
    "content_type", ["image/jpeg", "image/png", "application/octet-stream", "text/plain"]
)
async def test_a_picture_is_known_by_its_first_bytes_and_not_by_its_name_or_type(
    service: Service, fetcher: PictureFetcher, picture: bytes, content_type: str
) -> None:
    service.reply_bytes(picture, content_type=content_type)
    assert await fetcher.fetch(str(service.root / "xxx.png")) == picture


async def test_a_picture_is_asked_for_without_any_key(service: Service, fetcher: PictureFetcher) -> None:
    service.reply_bytes(PNG, content_type="image/png")
    await fetcher.fetch(str(service.root / "x.png?signature=a%2Fb"))
    (seen,) = service.requests
    assert "Authorization" not in seen.headers
    assert seen.headers["User-Agent"].startswith("Easel")


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (b"<html>expired</html>", "text/html"),
        (b"<html>expired</html>", "image/png"),
        (b"GIF89a" + b"x" * 100, "image/gif"),
        (b"%PDF-1.7", "application/pdf"),
        (b"RIFF\x00\x00\x00\x00WAVE", "audio/wav"),
    ],
    ids=["html", "html-as-png", "gif", "pdf", "wav"],
)
async def test_what_is_not_a_picture_is_refused_for_good(
    service: Service, fetcher: PictureFetcher, body: bytes, content_type: str
) -> None:
    service.reply_bytes(body, content_type=content_type)
    assert not (await refusal_of(fetcher, str(service.root / "x.png"))).transient


async def test_an_empty_picture_may_be_there_later(service: Service, fetcher: PictureFetcher) -> None:
    service.reply_bytes(b"", content_type="image/png")
    assert (await refusal_of(fetcher, str(service.root / "x.png"))).transient


@pytest.mark.parametrize(
    ("status", "transient"),
    [
        *((status, False) for status in (204, 206, 400, 403, 404, 410)),
        *((status, True) for status in (408, 429, 500, 502, 503)),
    ],
)
async def test_a_status_tells_a_lost_picture_from_one_to_try_again(
    service: Service, fetcher: PictureFetcher, status: int, transient: bool
) -> None:
    service.reply_bytes(b"", status=status, content_type="image/png")
    error = await refusal_of(fetcher, str(service.root / "x.png"))
    assert (error.transient, error.status) == (transient, status)


async def test_a_picture_of_just_the_allowed_size_is_let_in(
    service: Service, fetcher: PictureFetcher
) -> None:
    picture = PNG.ljust(1000, b"x")
    service.reply_bytes(picture, content_type="image/png")
    service.reply_bytes(picture + b"x", content_type="image/png")
    assert await fetcher.fetch(str(service.root / "x.png")) == picture
    error = await refusal_of(fetcher, str(service.root / "x.png"))
    assert not error.transient


async def test_a_picture_that_announces_too_much_is_not_read(
    service: Service, fetcher: PictureFetcher
) -> None:
    async def huge(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Length": str(50 * 1024 * 1024)})
        await response.prepare(request)
        await service.released.wait()
        return response

    service.reply(huge)
    assert not (await refusal_of(fetcher, str(service.root / "x.png"))).transient


async def test_a_picture_without_end_is_cut_off(service: Service, fetcher: PictureFetcher) -> None:
    async def endless(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        while not service.released.is_set():
            await response.write(PNG)
        return response

    service.reply(endless)
    assert not (await refusal_of(fetcher, str(service.root / "x.png"))).transient


async def test_a_truncated_picture_may_be_whole_next_time(service: Service, fetcher: PictureFetcher) -> None:
    async def truncated(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Length": "500"})
        await response.prepare(request)
        await response.write(PNG)
        assert request.transport is not None
        request.transport.close()
        return response

    service.reply(truncated)
    assert (await refusal_of(fetcher, str(service.root / "x.png"))).transient


async def test_a_server_that_is_down_may_be_up_next_time(fetcher: PictureFetcher) -> None:
    assert (await refusal_of(fetcher, f"http://127.0.0.1:{unused_port()}/x.png")).transient


async def test_a_picture_that_takes_too_long_is_given_up(service: Service) -> None:
    async def slow(_: web.Request) -> web.Response:
        await service.released.wait()
        return web.Response()

    service.reply(slow)
    async with picture_session(allow_private_hosts=True) as session:
        fetcher = PictureFetcher(
            session=session,
            allow_private_hosts=True,
            timeouts=Timeouts(connect=5, total=0.05),
        )
        assert (await refusal_of(fetcher, str(service.root / "x.png"))).transient


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_up_to_three_redirects_are_followed(
    service: Service, fetcher: PictureFetcher, status: int
) -> None:
    for hop in range(3):
        service.reply_bytes(b"", status=status, headers={"Location": f"/hop/{hop}?a=b"})
    service.reply_bytes(JPEG, content_type="image/jpeg")
    assert await fetcher.fetch(str(service.root / "x.png")) == JPEG
    assert [seen.url.path_qs for seen in service.requests] == [
        "/x.png",
        "/hop/0?a=b",
        "/hop/1?a=b",
        "/hop/2?a=b",
    ]


async def test_a_fourth_redirect_is_refused(service: Service, fetcher: PictureFetcher) -> None:
    service.reply_bytes(b"", status=302, headers={"Location": "/again"})
    assert not (await refusal_of(fetcher, str(service.root / "x.png"))).transient
    assert len(service.requests) == 4


@pytest.mark.parametrize(
    "target",
    [
        "file:///etc/passwd",
        "ftp://example.com/x.png",
        "http://user:word@127.0.0.1/x.png",
        "http://[",
        "data:,x",
    ],
)
async def test_a_redirect_to_an_odd_place_is_refused(
    service: Service, fetcher: PictureFetcher, target: str
) -> None:
    service.reply_bytes(b"", status=302, headers={"Location": target})
    assert not (await refusal_of(fetcher, str(service.root / "x.png"))).transient
    assert len(service.requests) == 1


async def test_a_redirect_without_a_target_is_refused(service: Service, fetcher: PictureFetcher) -> None:
    service.reply_bytes(b"", status=302)
    assert not (await refusal_of(fetcher, str(service.root / "x.png"))).transient


@pytest.mark.parametrize(
    "addresses",
    [["127.0.0.1"], ["::1"], ["10.0.0.1", "192.168.1.1"], ["::ffff:127.0.0.1", "169.254.169.254"]],
    ids=["loopback", "loopback-6", "two-private", "mapped-and-metadata"],
)
async def test_a_name_that_leads_to_private_addresses_is_never_connected_to(addresses: list[str]) -> None:
    reached = asyncio.Event()

    async def accept(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        reached.set()
        writer.close()

    server = await asyncio.start_server(accept, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        connector = PublicConnector(resolver=Rebinding(*addresses))
        async with aiohttp.ClientSession(connector=connector) as session:
            error = await refusal_of(
                PictureFetcher(session=session),
                f"https://pictures.example:{port}/x.png",
            )
    assert not error.transient
    assert "private" in str(error)
    assert not reached.is_set()


async def test_the_guard_of_the_connection_also_sees_addresses_written_as_numbers() -> None:
    async with picture_session() as session:
        with pytest.raises(aiohttp.ClientConnectorError) as caught:
            await session.get(f"http://127.0.0.1:{unused_port()}/")
    assert isinstance(caught.value.os_error, PrivateAddressError)


async def test_the_guard_of_the_connection_lets_public_addresses_through(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    # No test may leave the machine, so its own address plays the public one.
    monkeypatch.setattr("bot.provider.pictures.is_public", lambda address: str(address) == "127.0.0.1")
    service.reply_bytes(PNG, content_type="image/png")
    connector = PublicConnector(resolver=Rebinding("10.0.0.1", "127.0.0.1"))
    async with (
        aiohttp.ClientSession(connector=connector) as session,
        session.get(f"http://pictures.example:{service.root.port}/x.png") as response,
    ):
        assert await response.read() == PNG


async def test_a_fetcher_does_not_take_a_session_that_connects_anywhere() -> None:
    async with aiohttp.ClientSession() as session:
        with pytest.raises(ValueError, match="picture_session"):
            PictureFetcher(session=session)


async def test_a_file_is_fetched_whatever_it_is_but_not_whatever_its_size(
    service: Service, fetcher: PictureFetcher
) -> None:
    service.reply_bytes(b"these are words", content_type="image/png")
    service.reply_bytes(b"x" * 1001, content_type="image/png")
    assert await fetcher.fetch_file(str(service.root / "cat.png")) == b"these are words"
    with pytest.raises(PictureError) as caught:
        await fetcher.fetch_file(str(service.root / "cat.png"))
    assert caught.value.fault is PictureFault.TOO_LARGE


async def test_with_a_list_of_hosts_no_other_is_asked_not_even_by_a_redirect(service: Service) -> None:
    async with picture_session(allow_private_hosts=True) as session:
        here = PictureFetcher(session=session, allow_private_hosts=True, hosts=frozenset({"127.0.0.1"}))
        service.reply_bytes(PNG, content_type="image/png")
        service.reply_bytes(b"", status=302, headers={"Location": str(service.root.with_host("localhost"))})
        assert await here.fetch(str(service.root.with_host("127.0.0.1"))) == PNG
        asked = len(service.requests)
        await refusal_of(here, str(service.root.with_host("localhost")))
        assert len(service.requests) == asked
        await refusal_of(here, str(service.root.with_host("127.0.0.1")))
        assert len(service.requests) == asked + 1
