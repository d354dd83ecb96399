"""Pictures in a folder: there whole or not at all, and only what the archive wrote is ever named."""

from __future__ import annotations

import asyncio
import os
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from bot.archive import Archive, NoArchive, key_of, open_archive
from bot.errors import ArchiveError, ArchiveMissingError, SettingsError
from bot.images import PictureInfo, PictureKind
from bot.jobids import new_job_id
from tests.clocks import NOON
from tests.pictures import png

if TYPE_CHECKING:
    from pathlib import Path

PNG = PictureInfo(kind=PictureKind.PNG, width=64, height=36, size=1)
JPEG = PictureInfo(kind=PictureKind.JPEG, width=64, height=36, size=1)
WEBP = PictureInfo(kind=PictureKind.WEBP, width=64, height=36, size=1)
FAR_AHEAD = datetime.now(UTC) + timedelta(days=3)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "data" / "images"


@pytest.fixture
def archive(folder: Path) -> Archive:
    return open_archive(f"file:{folder}")


def files(folder: Path) -> list[str]:
    return sorted(str(file.relative_to(folder)) for file in folder.rglob("*") if file.is_file())


async def old_keys(archive: Archive, before: datetime) -> list[str]:
    return [key async for keys in archive.old_keys(before) for key in keys]


@pytest.mark.parametrize(("info", "suffix"), [(PNG, ".png"), (JPEG, ".jpg"), (WEBP, ".webp")], ids=str)
async def test_a_picture_comes_back_as_it_was_kept(
    archive: Archive, folder: Path, info: PictureInfo, suffix: str
) -> None:
    job_id = new_job_id(NOON)
    key = await archive.keep(job_id, b"the bytes", info)
    assert key == f"2026/03/{job_id}{suffix}"
    assert files(folder) == [key]
    fetched = await archive.fetch(key)
    assert (type(fetched), fetched) == (bytes, b"the bytes")


async def test_a_large_picture_comes_back_whole(archive: Archive) -> None:
    data = os.urandom(5 * 1024 * 1024 + 17)
    key = await archive.keep(new_job_id(NOON), data, PNG)
    assert key
    assert await archive.fetch(key) == data


async def test_keeping_twice_is_keeping_once(archive: Archive, folder: Path) -> None:
    job_id = new_job_id(NOON)
    keys = await asyncio.gather(*(archive.keep(job_id, png(640, 360), PNG) for _ in range(8)))
    assert files(folder) == [keys[0]]
    assert await archive.fetch(str(keys[0])) == png(640, 360)


async def test_a_picture_that_was_never_kept_is_missing(archive: Archive) -> None:
    with pytest.raises(ArchiveMissingError):
        await archive.fetch(key_of(new_job_id(NOON), ".png"))


@pytest.mark.parametrize("key", ["../easel.db", "/etc/passwd", "2026/03/../../../easel.db", ""])
async def test_no_key_leads_out_of_the_folder(archive: Archive, folder: Path, key: str) -> None:
    (folder.parent / "easel.db").write_bytes(b"secret")
    with pytest.raises(ArchiveError):
        await archive.fetch(key)


async def test_a_removed_picture_is_gone_and_removing_it_again_is_no_error(
    archive: Archive, folder: Path
) -> None:
    key = await archive.keep(new_job_id(NOON), b"x", PNG)
    assert key
    for _ in range(2):
        await archive.remove(key)
    assert files(folder.parent) == []
    assert not await asyncio.to_thread((folder / "2026").exists)
    with pytest.raises(ArchiveMissingError):
        await archive.fetch(key)


async def test_a_folder_that_cannot_be_written_is_told_with_its_reason(
    archive: Archive, folder: Path
) -> None:
    (folder / "2026").write_text("a file where a folder should be")
    with pytest.raises(ArchiveError, match=r"Not a directory|File exists"):
        await archive.keep(new_job_id(NOON), b"x", PNG)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
async def test_a_missing_permission_is_told_with_its_reason(archive: Archive, folder: Path) -> None:
    await asyncio.to_thread(folder.chmod, 0o500)
    with pytest.raises(ArchiveError, match="Permission denied"):
        await archive.keep(new_job_id(NOON), b"x", PNG)


async def test_a_folder_that_vanished_is_made_again(archive: Archive, folder: Path) -> None:
    await asyncio.to_thread(folder.rmdir)
    key = await archive.keep(new_job_id(NOON), b"x", PNG)
    assert files(folder) == [key]


async def test_only_old_pictures_of_its_own_are_named(archive: Archive, folder: Path) -> None:
    await archive.keep(job_id := new_job_id(NOON), b"x", PNG)
    for name in ("2026/03/holiday.png", "2026/notes/a.png", "album/03/b.png", "readme.txt"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text("somebody else's")
    assert await old_keys(archive, FAR_AHEAD) == [key_of(job_id, ".png")]
    assert await old_keys(archive, datetime.now(UTC) - timedelta(days=3)) == []


async def test_months_that_cannot_hold_anything_old_are_not_looked_at(archive: Archive) -> None:
    await archive.keep(new_job_id(FAR_AHEAD + timedelta(days=40)), b"x", PNG)
    march = await archive.keep(new_job_id(NOON), b"x", PNG)
    assert await old_keys(archive, FAR_AHEAD) == [march]


async def test_many_pictures_are_named_some_at_a_time(archive: Archive) -> None:
    wanted = {await archive.keep(new_job_id(NOON), b"x", PNG) for _ in range(450)}
    batches = [keys async for keys in archive.old_keys(FAR_AHEAD)]
    assert [len(keys) for keys in batches] == [200, 200, 50]
    assert {key for keys in batches for key in keys} == wanted


async def test_what_a_killed_process_left_half_written_is_cleaned_away(
    archive: Archive, folder: Path
) -> None:
    key = await archive.keep(new_job_id(NOON), b"x", PNG)
    torn = folder / f"{key}#1"
    torn.write_bytes(b"hal")
    (folder / "2026" / "mine#1").write_bytes(b"somebody else's")
    assert await archive.clean(datetime.now(UTC) - timedelta(days=1)) == 0
    assert await archive.clean(FAR_AHEAD) == 1
    assert files(folder) == ["2026/03/" + str(key).rpartition("/")[2], "2026/mine#1"]


async def test_a_relative_folder_is_seen_from_the_working_directory_of_the_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    archive = open_archive("file:data/images")
    monkeypatch.chdir("/")
    key = await archive.keep(new_job_id(NOON), b"x", PNG)
    assert files(tmp_path) == [f"data/images/{key}"]


async def test_a_folder_may_be_named_as_an_address(tmp_path: Path) -> None:
    key = await open_archive(f"file://{tmp_path}/my images").keep(new_job_id(NOON), b"x", PNG)
    assert files(tmp_path) == [f"my images/{key}"]


async def test_a_folder_that_cannot_be_made_stops_the_start_with_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("not a folder")
    with pytest.raises(SettingsError, match=r"ARCHIVE_URL: the archive file:\S+ cannot be opened \("):
        open_archive(f"file:{tmp_path}/data/images")


async def test_without_an_address_nothing_is_kept() -> None:
    archive = open_archive("")
    assert isinstance(archive, NoArchive)
    assert await archive.keep(new_job_id(NOON), b"x", PNG) is None
    with pytest.raises(ArchiveMissingError):
        await archive.fetch("2026/03/x.png")
    await archive.remove("2026/03/x.png")
    assert await old_keys(archive, FAR_AHEAD) == []
    assert await archive.clean(FAR_AHEAD) == 0
