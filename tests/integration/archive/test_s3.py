"""Pictures in a bucket: the requests that are made, and what becomes of every refusal."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from obstore.store import S3Store

from bot.archive import ObjectArchive
from bot.errors import ArchiveError, ArchiveMissingError
from bot.images import PictureInfo, PictureKind
from bot.jobids import new_job_id
from tests.clocks import NOON
from tests.integration.archive.conftest import BUCKET, PREFIX, Bucket, StoredObject

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from bot.archive import Archive

JPEG = PictureInfo(kind=PictureKind.JPEG, width=64, height=36, size=1)
KEY = "2026/03/01kkp3fdqtcv4h7m.jpg"

OPERATIONS: dict[str, Callable[[Archive], Awaitable[object]]] = {
    "keep": lambda archive: archive.keep(new_job_id(NOON), b"x", JPEG),
    "fetch": lambda archive: archive.fetch(KEY),
    "remove": lambda archive: archive.remove(KEY),
    "list": lambda archive: anext(aiter(archive.old_keys(NOON)), None),
}


async def test_a_picture_is_put_got_and_deleted_by_one_request_each(remote: Archive, bucket: Bucket) -> None:
    job_id = new_job_id(NOON)
    key = await remote.keep(job_id, b"the bytes", JPEG)
    assert key == f"2026/03/{job_id}.jpg"
    assert bucket.objects[f"{PREFIX}/{key}"].data == b"the bytes"
    assert await remote.fetch(key) == b"the bytes"
    await remote.remove(key)
    assert bucket.objects == {}
    path = f"/{BUCKET}/{PREFIX}/{key}"
    assert bucket.requests == [f"PUT {path}", f"GET {path}", f"DELETE {path}"]


async def test_a_kept_picture_has_its_type_and_the_requests_are_signed_for_the_region(
    remote: Archive, bucket: Bucket
) -> None:
    await remote.keep(new_job_id(NOON), b"x", JPEG)
    assert [each.content_type for each in bucket.objects.values()] == ["image/jpeg"]
    assert bucket.signed[0].startswith("AWS4-HMAC-SHA256 Credential=the-key/")
    assert "/eu-central-1/s3/aws4_request" in bucket.signed[0]


async def test_a_large_picture_is_one_request_too(remote: Archive, bucket: Bucket) -> None:
    data = os.urandom(12 * 1024 * 1024)
    key = await remote.keep(new_job_id(NOON), data, JPEG)
    assert key
    assert await remote.fetch(key) == data
    assert len(bucket.requests) == 2


async def test_a_picture_that_is_not_there_is_missing_and_may_be_removed(remote: Archive) -> None:
    with pytest.raises(ArchiveMissingError):
        await remote.fetch(KEY)
    await remote.remove(KEY)


async def test_a_bucket_that_does_not_exist_is_no_missing_picture(remote: Archive, bucket: Bucket) -> None:
    bucket.status = 404
    with pytest.raises(ArchiveError) as caught:
        await remote.keep(new_job_id(NOON), b"x", JPEG)
    assert not isinstance(caught.value, ArchiveMissingError)


@pytest.mark.parametrize("status", [400, 401, 403, 500, 503])
@pytest.mark.parametrize("operation", OPERATIONS)
async def test_every_refusal_is_an_error_of_the_archive_without_the_secret(
    remote: Archive, bucket: Bucket, operation: str, status: int
) -> None:
    bucket.status = status
    with pytest.raises(ArchiveError) as caught:
        await OPERATIONS[operation](remote)
    assert str(status) in str(caught.value)
    assert "the-secret" not in f"{caught.value!r} {caught.value.__cause__!r}"
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("operation", OPERATIONS)
async def test_a_server_that_does_not_answer_is_given_up_in_time(bucket: Bucket, operation: str) -> None:
    bucket.hanging = True
    impatient = ObjectArchive(S3Store(BUCKET, prefix=PREFIX), patience=0.05)
    with pytest.raises(ArchiveError, match="takes too long"):
        await OPERATIONS[operation](impatient)


@pytest.mark.parametrize("operation", OPERATIONS)
async def test_a_server_that_is_not_there_is_an_error_of_the_archive(
    bucket: Bucket, monkeypatch: pytest.MonkeyPatch, operation: str
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
    unreachable = ObjectArchive(S3Store(BUCKET, retry_config={"max_retries": 0}))
    with pytest.raises(ArchiveError):
        await OPERATIONS[operation](unreachable)


async def test_only_old_pictures_of_its_own_are_named(remote: Archive, bucket: Bucket) -> None:
    def put(key: str, *at: int) -> None:
        bucket.objects[key] = StoredObject(b"x", "image/jpeg", datetime(*at, tzinfo=UTC))  # type: ignore[misc,arg-type]

    put(f"{PREFIX}/{KEY}", 2026, 3, 14)
    put(f"{PREFIX}/2026/03/01kkp3fdqtcv4h7n.jpg", 2026, 5, 1)
    put(f"{PREFIX}/2026/03/holiday.jpg", 2026, 3, 14)
    put(f"{PREFIX}/2026/06/01kkp3fdqtcv4h7p.jpg", 2026, 3, 14)
    put("2026/03/01kkp3fdqtcv4h7q.jpg", 2026, 3, 14)
    found = [key async for keys in remote.old_keys(datetime(2026, 4, 1, tzinfo=UTC)) for key in keys]
    assert found == [KEY]
    assert await remote.clean(NOON) == 0
