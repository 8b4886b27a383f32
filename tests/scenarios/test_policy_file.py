"""A policy file makes a running bot stricter, without a restart, and a bad one changes nothing."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from bot.errors import PolicyFileUnusable
from tests.sandbox.slack.messages import Message
from tests.scenarios.stage import ANA, BEN, Stage

PROTECTING = '[[models]]\nmatch = ["acme/prod-*"]\nprotected = true\n'
BAD = PROTECTING + 'approvals = 9\n[limits]\nversion = 5\n[undo]\nfor = "10"\n'


TOLD = "SELECT id FROM processes WHERE policy LIKE '%acme/prod-*%'"
NOT_TOLD = "SELECT id FROM processes WHERE policy NOT LIKE '%acme/prod-*%'"


async def logged(read: Callable[[], str], words: str) -> str:
    """Return what a process has logged, once these words are in it."""
    async with asyncio.timeout(60):
        while words not in read():  # noqa: ASYNC110 - a file tells nobody that it grew
            await asyncio.sleep(0.05)
    return read()


async def test_a_running_bot_reads_its_policy_file_again(stage: Stage, tmp_path: Path) -> None:
    """At SIGHUP a good file holds at once, in other processes too; a bad one is logged whole and changes nothing."""
    stage.replicate.add_model("acme/prod-voice")
    policy, log = tmp_path / "policy.toml", tmp_path / "log"
    policy.write_text("")
    process = await stage.launch({"POLICY_FILE": str(policy)}, log=log)
    assert can_be_asked_for(await stage.ask("acme/prod-voice", command="/delete-model"))
    policy.write_text(PROTECTING)
    process.send_signal(signal.SIGHUP)
    await stage.recorded(TOLD)
    assert "the team protects it" in (await stage.ask("acme/prod-voice", command="/delete-model")).text
    policy.write_text(BAD)
    process.send_signal(signal.SIGHUP)
    said = await logged(log.read_text, "was not taken")
    for words in ("models[1].approvals: should be at most 5", "did you mean versions?", "undo.for:"):
        assert words in said
    assert "the team protects it" in (await stage.ask("acme/prod-voice", command="/delete-model")).text
    policy.write_text("")
    process.send_signal(signal.SIGHUP)
    await stage.recorded(NOT_TOLD)
    assert can_be_asked_for(await stage.ask("acme/prod-voice", command="/delete-model"))


def can_be_asked_for(preview: Message) -> bool:
    return "Request approval" in preview.buttons


async def test_a_bad_policy_file_ends_a_start(stage: Stage, tmp_path: Path) -> None:
    """A bot whose policy file is wrong does not start, and says everything that is wrong in one message."""
    (tmp_path / "bad.toml").write_text(BAD)
    with pytest.raises(PolicyFileUnusable) as told:
        async with stage.bot(policy_file=tmp_path / "bad.toml"):
            pass
    for words in ("bad.toml", "models[1].approvals", "limits.version", "undo.for"):
        assert words in str(told.value)


async def test_an_older_process_lets_nothing_be_decided_under_rules(stage: Stage, tmp_path: Path) -> None:
    """While a process that does not know policy files lives, a bot that has one confirms and approves nothing."""
    stage.replicate.add_model("acme/flux")
    stage.replicate.add_model("acme/empty")
    (tmp_path / "policy.toml").write_text(PROTECTING)
    async with stage.bot(policy_file=tmp_path / "policy.toml"):
        card = await stage.request("acme/flux", command="/delete-model")
        preview = await stage.ask("acme/empty", command="/delete-model")
        policy = stage.rows("SELECT policy FROM processes")[0][0].replace(', "honours_rules": true', "")
        stage.execute(
            "INSERT INTO processes (id, account, team_id, policy, seen_at) "  # noqa: S608 - our own rows
            f"SELECT 'older', account, team_id, '{policy}', seen_at FROM processes"
        )
        for user, message, button in ((ANA, preview, "Request approval"), (BEN, card, "Approve")):
            told = await stage.told(user, lambda: stage.slack.click(user, message, button))  # noqa: B023 - awaited here
            assert "An older version of this bot is still running" in told
        await stage.reject(BEN, card)
        await stage.card_says("Rejected")
    assert not stage.deletions()
