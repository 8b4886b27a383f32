"""The Dockerfile says what it should, and its steps make an image in which the bot runs."""

from __future__ import annotations

import asyncio
import json
import os
import platform
import re
import shutil
import stat
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from bot.settings import Settings
from tests.container.dockerfile import CHECKOUT, sent_to_builder, stages
from tests.container.layers import PYTHON
from tests.container.steps import Started
from tests.scenarios.deletion_steps import stopped
from tests.scenarios.stage import Stage, free_port
from tests.scenarios.stage import stage as open_stage

TEXT = (CHECKOUT / "Dockerfile").read_text()
_IN_MEMORY = Path("/dev/shm")  # noqa: S108 - a folder in it is made under a name that is new
_UNSHARED = ("unshare", "--mount", sys.executable, "-m", "tests.container.steps")


def test_the_linter_finds_nothing() -> None:
    """The linter of Dockerfiles has nothing to say, and no line tells it to pass something over."""
    linter = Path(sys.executable).with_name("hadolint")
    if not linter.exists():
        pytest.skip("hadolint has no wheel for this machine")
    linting: list[str | Path] = [linter, "--no-color", CHECKOUT / "Dockerfile"]
    ran = subprocess.run(linting, capture_output=True, text=True, check=False)  # noqa: S603 - ours
    assert (ran.returncode, ran.stdout) == (0, "")
    assert "hadolint ignore" not in TEXT


def test_both_stages_begin_with_the_same_pinned_image() -> None:
    """Both stages begin with one image, named by a whole release of Python, which installs what the bot needs."""
    first, last = stages(TEXT)
    assert first.base == last.base
    assert re.fullmatch(r"python:3\.\d+\.\d+-slim-[a-z]+(@sha256:[0-9a-f]{64})?", first.base)
    [installing] = [step.value for step in first.steps if "pip" in step.value]
    for option in ("--require-hashes", "--only-binary :all:", "--no-cache-dir", "--requirement requirements.lock"):
        assert option in installing
    assert [step.value for step in last.all("RUN") if re.search(r"\b(apt|apt-get|pip|gcc)\b", step.value)] == []


def test_the_image_runs_as_nobody_in_particular() -> None:
    """The image's user is a number that is not root's, and what it starts gets the signals itself."""
    _, last = stages(TEXT)
    user, group = map(int, last.last("USER").value.split(":"))
    assert user >= 10_000
    assert group >= 10_000
    assert last.last("ENTRYPOINT").command == ["python", "-m", "bot"]
    assert last.last("CMD").command == ["run"]
    assert last.last("STOPSIGNAL").value == "SIGTERM"


def test_the_image_sets_no_setting_but_the_port() -> None:
    """Of the bot's settings the image sets the port alone, so that no other is in the way of what is given to it."""
    _, last = stages(TEXT)
    names = re.findall(r"(\w+)=", " ".join(step.value for step in last.all("ENV")))
    assert {name for name in names if name.lower() in Settings.model_fields} == {"PORT"}


def test_the_builder_gets_the_code_and_the_lock_file_alone(tmp_path: Path) -> None:
    """No secret, no history, no test and no database reaches the builder."""
    for name in (".env", "bot/.env", ".env.local", "bot/app.py", "bot/__pycache__/app.pyc", "tests/t.py", "b.sqlite3"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    for name in ("requirements.lock", "handlers/clicks.py", "bot/x.sqlite3-wal", "bot/migrations/versions/1.py"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    patterns = (CHECKOUT / ".dockerignore").read_text().splitlines()
    sent = {str(path) for path in sent_to_builder(tmp_path, patterns)}
    assert sent == {"requirements.lock", "handlers/clicks.py", "bot/app.py", "bot/migrations/versions/1.py"}


@pytest.fixture(scope="module")
def image() -> Iterator[Path]:
    """The folder in which the image was built, with this machine in the place of its base."""
    if platform.system() != "Linux" or os.geteuid() != 0 or shutil.which("unshare") is None:
        pytest.skip("the steps of an image are run by root on Linux")
    # In memory: it is thousands of files for a minute.
    folder = Path(tempfile.mkdtemp(prefix="image-", dir=_IN_MEMORY if _IN_MEMORY.is_dir() else None))
    try:
        _build(folder)
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _build(folder: Path) -> None:
    mounting: list[str | Path] = [*_UNSHARED[:2], "mount", "-t", "tmpfs", "tmpfs", folder]
    probe = subprocess.run(mounting, capture_output=True, check=False)  # noqa: S603 - ours
    if probe.returncode:
        pytest.skip(f"nothing can be mounted here: {probe.stderr.decode().strip()}")
    building: list[str | Path] = [*_UNSHARED, "build", folder]
    built = subprocess.run(building, cwd=CHECKOUT, capture_output=True, text=True, check=False)  # noqa: S603 - ours
    if "Could not find a version" in built.stdout + built.stderr or "ConnectionError" in built.stderr:
        pytest.skip("the package index cannot be reached")
    assert built.returncode == 0, built.stdout + built.stderr


def _added(image: Path) -> set[str]:
    """Return what the image's steps added, without what makes this machine like the base image."""
    names = {path.relative_to(image / "image") for path in (image / "image").rglob("*")}
    return {str(name) for name in names - {*(PYTHON.relative_to("/") / "bin").parents}}


@pytest.fixture
async def stage(sqlite_url: str) -> AsyncIterator[Stage]:
    """Slack and Replicate, as the scenarios have them."""
    async with open_stage(sqlite_url) as opened:
        yield opened


@pytest.mark.timeout(900)
async def test_the_bot_runs_in_what_the_steps_make(image: Path, stage: Stage) -> None:
    """The steps add the bot and its packages alone, in which it connects, is healthy, writes only to /data and stops.

    One test, as the image takes most of a minute to make.
    """
    _has_the_bot_and_its_packages_alone(image)
    _belongs_to_root(image)
    await _runs(image, stage)


def _has_the_bot_and_its_packages_alone(image: Path) -> None:
    added = _added(image)
    assert {"app/bot/app.py", "app/handlers/__init__.py", "venv/bin/python", "data"} <= added
    assert {name.split("/")[0] for name in added} <= {"app", "venv", "data", "etc", "usr", "var"}
    unwanted = re.compile(r"site-packages/pip(/|$)|requirements\.lock|/tests?/sandbox|\.env$|\.git(/|$)|\.cache(/|$)")
    assert [name for name in added if unwanted.search(name)] == []
    sources = [name for name in added if name.startswith("app/") and name.endswith(".py")]
    assert [name for name in sources if not list((image / "image" / name).parent.glob("__pycache__/*.pyc"))] == []


def _belongs_to_root(image: Path) -> None:
    loose = {
        str(path.relative_to(image / "image"))
        for path in (image / "image").rglob("*")
        if not path.is_symlink() and (path.stat().st_uid != 0 or path.stat().st_mode & stat.S_IWOTH)
    }
    assert loose == {"data"}


async def _runs(image: Path, stage: Stage) -> None:
    port = free_port()
    settings = {**stage.environment, "DATABASE_URL": "sqlite:////data/bot.sqlite3", "PORT": str(port)}
    process = await asyncio.create_subprocess_exec(
        *_UNSHARED, "run", image, *(f"{name}={value}" for name, value in settings.items()), cwd=CHECKOUT
    )
    stage.processes.append(process)
    await stage.slack.until(lambda: stage.slack.connections > 0, timeout=60)
    assert await _health(image, port) == 0
    of_process = Path(f"/proc/{process.pid}")
    facts = (of_process / "status").read_text()
    _, last = stages(TEXT)
    user = last.last("USER").value.split(":")[0]
    assert re.search(rf"^Uid:\t{user}\t{user}\t{user}\t{user}$", facts, re.MULTILINE)
    assert (image / "data/bot.sqlite3").stat().st_mode & 0o777 == 0o600
    # A directory below /proc/PID/root is what the process itself finds there.
    with pytest.raises(OSError, match="Read-only file system"):
        (of_process / "root/app/new").touch()
    assert await stopped(process) == 0
    assert await _health(image, port) == 1


async def _health(image: Path, port: int) -> int:
    """Run the command of HEALTHCHECK as the runtime would, and return its exit code: 0 for healthy."""
    started = Started(**json.loads((image / "image.json").read_text()))
    asking = await asyncio.create_subprocess_exec(
        sys.executable, *started.health[1:], env={"PORT": str(port)}, stderr=asyncio.subprocess.DEVNULL
    )
    return await asking.wait()
