"""A server that speaks just enough of S3 for one bucket, and does what a test tells it."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from bot.archive import Archive, open_archive

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

BUCKET = "pictures"
PREFIX = "easel/kept"
_DATE = "%a, %d %b %Y %H:%M:%S GMT"


@dataclass(frozen=True, slots=True)
class StoredObject:
    """What was put."""

    data: bytes
    content_type: str
    at: datetime


@dataclass
class Bucket:
    """The server's objects by their whole key; `status` answers everything, `hanging` nothing."""

    objects: dict[str, StoredObject] = field(default_factory=dict)
    requests: list[str] = field(default_factory=list)
    signed: list[str] = field(default_factory=list)
    status: int = 0
    hanging: bool = False
    now: datetime = datetime(2026, 3, 14, 12, tzinfo=UTC)

    async def answer(self, request: web.Request) -> web.Response:
        self.requests.append(f"{request.method} {request.path_qs}")
        self.signed.append(request.headers.get("Authorization", ""))
        body = await request.read()
        if self.hanging:
            await asyncio.Event().wait()
        if self.status:
            return web.Response(status=self.status, text="<Error><Code>Told</Code></Error>")
        key = request.path.removeprefix(f"/{BUCKET}").lstrip("/")
        if request.method == "PUT":
            self.objects[key] = StoredObject(body, request.content_type, self.now)
            return web.Response(headers={"ETag": '"put"'})
        if request.method == "DELETE":
            self.objects.pop(key, None)
            return web.Response(status=204)
        if request.query.get("list-type") == "2":
            return self._listed(request.query.get("prefix", ""), request.query.get("delimiter", ""))
        return self._got(key)

    def _got(self, key: str) -> web.Response:
        found = self.objects.get(key)
        if found is None:
            return web.Response(status=404, text="<Error><Code>NoSuchKey</Code></Error>")
        headers = {"ETag": '"got"', "Last-Modified": found.at.strftime(_DATE)}
        return web.Response(body=found.data, headers=headers, content_type=found.content_type)

    def _listed(self, prefix: str, delimiter: str) -> web.Response:
        folders, entries = set(), []
        for key, found in sorted(self.objects.items()):
            rest = key.removeprefix(prefix)
            if rest == key and prefix:
                continue
            if delimiter and delimiter in rest:
                folders.add(prefix + rest.partition(delimiter)[0] + delimiter)
                continue
            entries.append(
                f"<Contents><Key>{escape(key)}</Key><LastModified>{found.at:%Y-%m-%dT%H:%M:%S.000Z}"
                f"</LastModified><ETag>&quot;x&quot;</ETag><Size>{len(found.data)}</Size></Contents>"
            )
        common = "".join(
            f"<CommonPrefixes><Prefix>{escape(folder)}</Prefix></CommonPrefixes>"
            for folder in sorted(folders)
        )
        text = (
            f'<?xml version="1.0"?><ListBucketResult><Name>{BUCKET}</Name><IsTruncated>false</IsTruncated>'
            f"<KeyCount>{len(entries)}</KeyCount>{''.join(entries)}{common}</ListBucketResult>"
        )
        return web.Response(text=text, content_type="application/xml")


@pytest.fixture
async def bucket(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Bucket]:
    """The bucket, and the environment that leads to it."""
    bucket = Bucket()
    application = web.Application(client_max_size=64 * 1024 * 1024)
    application.router.add_route("*", "/{path:.*}", bucket.answer)
    server = TestServer(application)
    await server.start_server()
    for name, value in {
        "AWS_ACCESS_KEY_ID": "the-key",
        "AWS_SECRET_ACCESS_KEY": "the-secret",
        "AWS_REGION": "eu-central-1",
        "AWS_ENDPOINT_URL": str(server.make_url("")).rstrip("/"),
        "AWS_ALLOW_HTTP": "true",
    }.items():
        monkeypatch.setenv(name, value)
    yield bucket
    await server.close()


@pytest.fixture
def remote(bucket: Bucket) -> Archive:
    """The archive in that bucket."""
    return open_archive(f"s3://{BUCKET}/{PREFIX}")
