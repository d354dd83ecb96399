"""The wheel, installed somewhere else: everything is in it and the command line starts."""

from __future__ import annotations

import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Mapping

ROOT = Path(__file__).resolve().parents[2]
ROOMS = ("bot", "cogs", "sandbox")


def run(*arguments: str | Path, cwd: Path, environ: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(argument) for argument in arguments],
        cwd=cwd,
        env=dict(environ),
        capture_output=True,
        text=True,
        timeout=50,
        check=False,
    )


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the wheel with what is installed, without a network."""
    folder = tmp_path_factory.mktemp("wheel")
    pip = (sys.executable, "-m", "pip", "--disable-pip-version-check", "wheel", "--no-deps", "--no-index")
    built = run(
        *pip,
        "--no-build-isolation",
        "--wheel-dir",
        folder,
        ROOT,
        cwd=folder,
        environ={"PATH": "/usr/bin:/bin"},
    )
    assert built.returncode == 0, built.stderr
    return next(folder.glob("easel-*.whl"))


@pytest.fixture(scope="module")
def elsewhere(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Install the wheel in a virtual environment of its own, which borrows the dependencies of this one."""
    folder = tmp_path_factory.mktemp("elsewhere")
    venv = folder / "venv"
    for command in (
        (sys.executable, "-m", "venv", "--without-pip", venv),
        (sys.executable, "-m", "pip", "--python", venv, "install", "-q", "--no-deps", "--no-index", wheel),
    ):
        done = run(*command, cwd=folder, environ={"PATH": "/usr/bin:/bin"})
        assert done.returncode == 0, done.stderr
    site = next((venv / "lib").glob("python*/site-packages"))
    (site / "borrowed.pth").write_text(sysconfig.get_path("purelib"), encoding="utf-8")
    return venv / "bin"


def test_every_file_of_the_rooms_is_in_the_wheel(wheel: Path) -> None:
    files = {
        str(path.relative_to(ROOT))
        for room in ROOMS
        for path in (ROOT / room).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    packed = set(zipfile.ZipFile(wheel).namelist())
    assert not files - packed
    assert any(name.startswith("bot/store/migrations/versions/v0001") for name in packed)
    assert any(name.endswith(".html") for name in packed if name.startswith("sandbox/page/"))


def test_the_wheel_holds_nothing_but_the_rooms_and_its_own_description(wheel: Path) -> None:
    tops = {name.split("/")[0] for name in zipfile.ZipFile(wheel).namelist()}
    assert {top for top in tops if not top.endswith(".dist-info")} == set(ROOMS)
    assert any(name.endswith("licenses/LICENSE") for name in zipfile.ZipFile(wheel).namelist())


def test_installed_elsewhere_the_command_line_starts(elsewhere: Path, tmp_path: Path) -> None:
    shown = run(elsewhere / "easel", "--help", cwd=tmp_path, environ={})
    assert shown.returncode == 0, shown.stderr
    for command in ("run", "demo", "check", "migrate", "invite", "healthcheck"):
        assert f"\n    {command} " in shown.stdout
    where = run(elsewhere / "python", "-c", "import bot; print(bot.__file__)", cwd=tmp_path, environ={})
    assert where.stdout.startswith(str(elsewhere.parent))


@pytest.mark.parametrize("command", ["check", "run", "migrate", "invite", "healthcheck"])
def test_without_settings_a_command_says_what_is_missing_and_leaves_with_2(
    elsewhere: Path, tmp_path: Path, command: str
) -> None:
    refused = run(elsewhere / "easel", command, cwd=tmp_path, environ={})
    assert refused.returncode == 2
    assert refused.stderr.splitlines() == [
        "DISCORD_TOKEN is not set; copy the bot's token from Discord's developer portal into .env.",
        "APIXO_API_KEY is not set; copy the key of your APIXO account into .env.",
    ]
    assert not refused.stdout


def test_installed_elsewhere_the_migrations_run(elsewhere: Path, tmp_path: Path) -> None:
    environ = {"DISCORD_TOKEN": "t", "APIXO_API_KEY": "k"}
    done = run(elsewhere / "easel", "migrate", cwd=tmp_path, environ=environ)
    assert done.returncode == 0, done.stderr
    assert done.stdout == "data/easel.db is up to date.\n"
    assert (tmp_path / "data" / "easel.db").stat().st_size > 0


def test_installed_elsewhere_the_sandbox_starts(elsewhere: Path, tmp_path: Path) -> None:
    shown = run(elsewhere / "python", "-m", "sandbox", "--help", cwd=tmp_path, environ={})
    assert shown.returncode == 0, shown.stderr
    assert "--realistic" in shown.stdout
