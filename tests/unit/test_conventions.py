"""Rules of the code that no linter knows: sizes, docstrings, errors, imports without effects."""

from __future__ import annotations

import ast
import importlib
import inspect
import pkgutil
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import bot
import cogs
import sandbox
from bot.errors import EaselError

ROOT = Path(__file__).resolve().parents[2]
ROOMS = ("bot", "cogs", "sandbox")
SOURCES = sorted(path for room in ROOMS for path in (ROOT / room).rglob("*.py"))
#: A migration opens with a header of its own form.
MODULES = [path for path in SOURCES if path.name == "__init__.py" or "versions" not in path.parts]
TESTS = sorted((ROOT / "tests").rglob("*.py"))
#: Their docstring is a map, as long as what it shows.
MAPS = {ROOT / "bot" / "errors.py"}
#: Raised through aiohttp, which hands nothing but an OSError on; caught again in its own module.
OUTSIDE_THE_TREE = {"bot.provider.pictures.PrivateAddressError"}
MAX_FILE_LINES = 400
#: The tree of errors is one file, however many there are.
MAX_MAP_LINES = 800
MAX_FUNCTION_LINES = 60
MAX_COMMAND_STATEMENTS = 6
#: Addresses of package registries belong in nobody's file: every machine has its own.
FORBIDDEN_WORDS = ("py" + "pi.org", "python" + "hosted.org", "index" + "-url", "registry." + "npmjs")


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


def functions_of(tree: ast.Module) -> list[ast.FunctionDef | ast.AsyncFunctionDef]:
    return [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]


def module_names() -> list[str]:
    names = []
    for package in (bot, cogs, sandbox):
        names.append(package.__name__)
        found = pkgutil.walk_packages(package.__path__, f"{package.__name__}.")
        names += [module.name for module in found if not module.name.endswith("__main__")]
    return names


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_a_module_opens_with_two_to_six_lines_on_its_purpose(path: Path) -> None:
    docstring = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))
    assert docstring
    if path.name != "__init__.py" and path not in MAPS:
        assert 2 <= len(docstring.splitlines()) <= 6


@pytest.mark.parametrize("path", SOURCES + TESTS, ids=name_of)
def test_files_and_functions_stay_small(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert len(text.splitlines()) <= (MAX_MAP_LINES if path in MAPS else MAX_FILE_LINES)
    long = {
        function.name: function.end_lineno - function.lineno + 1
        for function in functions_of(ast.parse(text))
        if function.end_lineno is not None and function.end_lineno - function.lineno + 1 > MAX_FUNCTION_LINES
    }
    assert not long


def test_the_map_and_the_import_contract_name_every_room() -> None:
    there = {
        path.stem
        for path in (ROOT / "bot").iterdir()
        if path.suffix == ".py" or (path / "__init__.py").exists()
    }
    rooms = (there - {"__init__"}) | {"cogs"}
    mapped = set(re.findall(r"^    (\w+) {2,}", bot.__doc__ or "", re.MULTILINE))
    configuration = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    contracts = configuration["tool"]["importlinter"]["contracts"]
    layers = " ".join(next(contract["layers"] for contract in contracts if contract["type"] == "layers"))
    assert mapped == rooms
    assert {name.removeprefix("bot.") for name in re.findall(r"[\w.]+", layers)} == rooms


def test_every_error_of_the_bot_is_in_the_tree_and_has_a_sentence() -> None:
    for name in module_names():
        if name.split(".")[0] == "sandbox":
            continue
        for _, found in inspect.getmembers(importlib.import_module(name), inspect.isclass):
            full_name = f"{found.__module__}.{found.__qualname__}"
            ours = issubclass(found, Exception) and full_name.partition(".")[0] in {"bot", "cogs"}
            if ours and full_name not in OUTSIDE_THE_TREE:
                assert issubclass(found, EaselError), f"{found} is outside the tree"
                assert found.sentence.strip()
                assert found.__doc__


def test_importing_everything_needs_no_environment_and_does_nothing() -> None:
    """Nothing is written, no thread or task started, no socket opened, no logging set up."""
    program = f"""
import logging, os, sys, threading
sys.path.insert(0, {str(ROOT)!r})
sys.dont_write_bytecode = True
forbidden = ("socket.bind", "socket.connect", "subprocess.Popen", "sqlite3.connect")
def refuse(event, arguments):
    writes = event == "open" and isinstance(arguments[1], str) and set(arguments[1]) & set("wax+")
    if writes or event in forbidden:
        raise SystemExit(f"importing did {{event}} {{arguments}}")
import aiohttp, discord, PIL.Image, pydantic, sqlalchemy.ext.asyncio
sys.addaudithook(refuse)
import importlib
for name in {module_names()!r}:
    importlib.import_module(name)
assert threading.active_count() == 1, threading.enumerate()
assert not logging.getLogger().handlers
"""
    done = subprocess.run(
        [sys.executable, "-I", "-W", "ignore", "-c", program],
        env={},
        capture_output=True,
        text=True,
        timeout=50,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert not done.stdout


@pytest.mark.parametrize("path", sorted((ROOT / "cogs").rglob("*.py")), ids=name_of)
def test_a_command_only_parses_asks_the_service_and_shows(path: Path) -> None:
    for function in functions_of(ast.parse(path.read_text(encoding="utf-8"))):
        decorators = " ".join(ast.unparse(decorator) for decorator in function.decorator_list)
        if "command" not in decorators:
            continue
        body = function.body[1:] if ast.get_docstring(function) else function.body
        statements = sum(isinstance(node, ast.stmt) for part in body for node in ast.walk(part))
        assert statements <= MAX_COMMAND_STATEMENTS, f"{function.name} has {statements} statements"


def test_no_file_names_a_package_registry() -> None:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=False)
    if listed.returncode != 0:
        pytest.skip("not a git checkout")
    for name in filter(None, listed.stdout.decode().split("\0")):
        path = ROOT / name
        if path.is_file() and path.suffix not in {".png", ".jpg", ".mo"}:
            text = path.read_text(encoding="utf-8", errors="replace").lower()
            assert not [word for word in FORBIDDEN_WORDS if word in text], name
