"""The bot's commands, as somebody at a console runs them."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from pathlib import Path

from tests.scenarios.stage import Stage, _inherited


async def audit(stage: Stage, directory: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run `python -m bot audit` as somebody at the bot's console would."""
    return await console(stage, directory, "audit", *arguments)


async def console(stage: Stage, directory: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a command of the bot as somebody at its console would."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "bot", *arguments),
        env={**_inherited(), **stage.environment},
        cwd=directory,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await process.communicate()
    assert process.returncode is not None
    return subprocess.CompletedProcess(arguments, process.returncode, out.decode(), err.decode())
