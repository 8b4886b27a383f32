"""`python -m bot audit` as a process: what it lists, follows, and shows through a pager."""

from __future__ import annotations

import asyncio
import contextlib
import csv
import json
import os
import pty
import re
import signal
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.requests.transitions import withdraw
from bot.store.audit_pages import PAGE
from tests.bot.stored import ANA, BEN, stored
from tests.scenarios.audit_console import audit
from tests.scenarios.audited_rows import VERSION, store
from tests.scenarios.stage import Stage, _inherited


async def test_filters_combine_in_every_format(anywhere: Stage, tmp_path: Path) -> None:
    """What is listed fits everything that is given; where nothing does, it says so."""
    async with stored(anywhere.database_url) as stores:
        ids = await store(stores)
    for_requests = (
        "--model",
        f"flux:{VERSION[:12]}",
        "--state",
        "awaiting,finished",
        "--user",
        "UBEN",
        "--since",
        "1h",
    )
    told = await audit(anywhere, tmp_path, *for_requests, "--format", "jsonl")
    assert (told.returncode, told.stderr) == (0, "")
    assert [json.loads(line)["id"] for line in told.stdout.splitlines()] == [ids.waiting]
    told = await audit(anywhere, tmp_path, "--events", "--user", "<@UBEN>", "--format", "csv")
    assert [(row["event"], row["request_id"]) for row in csv.DictReader(told.stdout.splitlines())] == [
        ("click refused", "R-22222"),
        ("click refused", ids.waiting),
        ("rejected", ids.rejected),
    ]
    told = await audit(anywhere, tmp_path, ids.waiting, "--events", "--event", "click-refused")
    assert told.stdout.endswith(f"click refused    {ids.waiting}  UBEN (TACME) in COPS: not an approver\n")
    told = await audit(anywhere, tmp_path, "--model", "acme/o*", "--state", "stopped", "--until", "0")
    assert told.stdout == "There are no requests like that.\n"


async def test_a_period_that_is_none_is_an_error(stage: Stage, tmp_path: Path) -> None:
    """A period that ends before it begins is told as such, instead of as nothing."""
    async with stored(stage.database_url):
        pass
    wrong = await audit(stage, tmp_path, "--since", "1h", "--until", "1d")
    assert (wrong.returncode, wrong.stdout) == (1, "")
    assert wrong.stderr.startswith("--since is not before --until")


async def test_text_names_the_account_where_several_are_served(stage: Stage, tmp_path: Path) -> None:
    """With the tokens of two Replicate accounts each line of text says whose request it is; with one it does not."""
    async with stored(stage.database_url) as stores:
        await store(stores)
    assert "  UANA  the model acme/old  " in (await audit(stage, tmp_path)).stdout
    stage.environment["REPLICATE_API_TOKENS"] = "r8_other"
    assert "  UANA  acme  the model acme/old  " in (await audit(stage, tmp_path)).stdout


@contextlib.asynccontextmanager
async def followed(stage: Stage, directory: Path, *arguments: str) -> AsyncIterator[asyncio.subprocess.Process]:
    """Run `audit --follow`, and end it as Ctrl-C does; it ends quietly."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bot", "audit", "--follow", *arguments),
        env={**_inherited(), **stage.environment},
        cwd=directory,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        yield process
        process.send_signal(signal.SIGINT)
        _, err = await process.communicate()
        assert (process.returncode, err.decode()) == (130, "")
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()


async def line(process: asyncio.subprocess.Process) -> str:
    assert process.stdout is not None
    return (await process.stdout.readline()).decode()


async def test_a_request_that_changes_is_told_again_while_it_is_followed(anywhere: Stage, tmp_path: Path) -> None:
    """What is there comes first, oldest first; a request comes again when it changes, and not when nothing did."""
    async with stored(anywhere.database_url) as stores:
        ids = await store(stores)
        async with followed(anywhere, tmp_path) as process:
            assert (await line(process)).startswith(f"{ids.rejected}  ")
            assert "  awaiting   UANA  " in await line(process)
            await stores.requests.record_refused_click(ids.rejected, BEN, "too late")
            await stores.requests.apply(ids.waiting, withdraw("UANA"), ANA)
            changed = await line(process)
    assert changed.startswith(f"{ids.waiting}  ")
    assert "  withdrawn  UANA  " in changed


async def test_new_entries_are_told_while_they_are_followed(anywhere: Stage, tmp_path: Path) -> None:
    """Entries that are asked for come as they are made, those of no known request as well."""
    async with stored(anywhere.database_url) as stores:
        ids = await store(stores)
        asked = ("--events", "--event", "click refused,withdrawn", "--format", "csv")
        async with followed(anywhere, tmp_path, *asked) as process:
            assert (await line(process)).startswith("at,request_id,event")
            assert f",{ids.waiting},click refused," in await line(process)
            assert ",R-22222,click refused," in await line(process)
            await stores.asked(trigger="3")
            await stores.requests.record_refused_click("R-33333", BEN, "there is no such request")
            assert ",R-33333,click refused," in await line(process)
            await stores.requests.apply(ids.waiting, withdraw("UANA"), ANA)
            assert f",{ids.waiting},withdrawn," in await line(process)


async def test_a_long_list_ends_quietly_when_its_reader_has_enough(stage: Stage, tmp_path: Path) -> None:
    """`audit | head` gets its lines, and nobody hears of the rest."""
    refused_clicks(stage, 20 * PAGE)
    process = await asyncio.create_subprocess_shell(
        f"{sys.executable} -m bot audit --events | head -n 2",
        env={**_inherited(), **stage.environment},
        cwd=tmp_path,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await process.communicate()
    assert len(out.decode().splitlines()) == 2
    assert err.decode() == ""


def refused_clicks(stage: Stage, count: int) -> None:
    stage.execute(
        "INSERT INTO audit (at, event, detail) WITH RECURSIVE numbered(n) AS "  # noqa: S608 - a number of ours
        f"(SELECT 1 UNION ALL SELECT n + 1 FROM numbered WHERE n < {count}) "
        "SELECT n, 'click refused', 'no' FROM numbered"
    )


@pytest.mark.parametrize(
    ("changes", "arguments", "told"),
    [
        ({"PAGER": "sed s/^/paged:/"}, (), "paged:There are no requests."),
        ({"PAGER": "sed s/^/paged:/"}, ("--no-pager",), "There are no requests."),
        ({"PAGER": "sed s/^/paged:/", "TERM": "dumb"}, (), "There are no requests."),
        ({"PAGER": ""}, (), "There are no requests."),
        ({"PAGER": "no-such-program -x"}, (), "There are no requests."),
        ({"PAGER": "true"}, (), ""),
        ({}, (), "There are no requests."),
    ],
    ids=["a pager", "not wanted", "a plain terminal", "none set", "not there", "left at once", "the usual one"],
)
async def test_a_terminal_is_read_through_a_pager(
    changes: dict[str, str], arguments: tuple[str, ...], told: str, stage: Stage, tmp_path: Path
) -> None:
    """To a terminal it prints through the program that PAGER names, where it is there and wanted."""
    terminal, inside = pty.openpty()
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bot", "audit", *arguments),
        env={"TERM": "xterm", **_inherited(), **stage.environment, **changes},
        cwd=tmp_path,
        stdin=inside,
        stdout=inside,
        stderr=asyncio.subprocess.PIPE,
        start_new_session=True,
    )
    os.close(inside)
    shown = asyncio.get_running_loop().run_in_executor(None, everything, terminal)
    assert process.stderr is not None
    err = await process.stderr.read()
    assert (await process.wait(), err.decode()) == (0, "")
    assert plain(await shown) == told


def everything(terminal: int) -> str:
    """Return what is written to a terminal until it is closed at its other side."""
    parts: list[bytes] = []
    with contextlib.suppress(OSError):  # Linux tells the end so
        while part := os.read(terminal, 4096):
            parts.append(part)
    os.close(terminal)
    return b"".join(parts).decode()


def plain(shown: str) -> str:
    """Return the text without what steers the terminal."""
    return re.sub(r"\x1b(\[[?0-9]*[A-Za-z]|[=>])|\r", "", shown).strip()
