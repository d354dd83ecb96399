"""Keys of the archive follow from the ids of jobs, and lead back to them."""

from __future__ import annotations

import pytest

from bot.archive import job_id_of, key_of
from bot.jobids import new_job_id
from tests.clocks import NOON


@pytest.mark.parametrize("suffix", [".jpg", ".png", ".webp"])
def test_a_key_names_the_month_and_the_job(suffix: str) -> None:
    job_id = new_job_id(NOON)
    assert key_of(job_id, suffix) == f"2026/03/{job_id}{suffix}"
    assert job_id_of(key_of(job_id, suffix)) == job_id


@pytest.mark.parametrize(
    "key", ["", "2026/03/x.jpg", "2026/03/01kkp3fdqtcv4h7m.gif", "a/01kkp3fdqtcv4h7m.jpg"]
)
def test_what_is_no_key_leads_to_no_job(key: str) -> None:
    with pytest.raises(ValueError, match="no key of this archive"):
        job_id_of(key)
