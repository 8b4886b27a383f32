"""The policy of a process: settings, made stricter by a file that is read again."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

from bot.cleanup.selecting import Selecting
from bot.errors import PolicyFileUnusable
from bot.own_policy import OwnPolicy
from bot.requests.policy import Approvers
from bot.requests.policy_in_force import Policy
from bot.requests.policy_rules import PolicyRules, UndoTime
from bot.requests.terms import Terms

SETTINGS = Policy(Terms(1, Approvers.parse("S0LEADS")), rules=PolicyRules(undo=(UndoTime(60),)))


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Work in an empty folder."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.usefixtures("folder")
async def test_without_a_file_the_settings_are_the_policy() -> None:
    """Where no file is named and none is there, the settings are all there is, now and when read again."""
    own = OwnPolicy(SETTINGS, None)
    own.read()
    assert await own.reload()
    assert own.policy == SETTINGS
    assert (own.cleanups, own.path) == ((), None)
    assert (await own.in_force()).policies == (SETTINGS,)


def test_the_file_adds_to_the_settings(folder: Path) -> None:
    """What the file says is added to what the settings say, in the time to undo, too."""
    (folder / "policy.toml").write_text(
        '[undo]\nfor = "10m"\nmore_than = 5\n[[models]]\nmatch = ["a/b"]\napprovals = 2'
    )
    own = OwnPolicy(SETTINGS, None)
    own.read()
    assert own.policy.rules.undo == (UndoTime(60), UndoTime(600, 5))
    assert own.policy.rules.models[0].approvals == 2
    assert own.path == folder / "policy.toml"
    assert "1 rule" in own.summary


def test_what_cleanup_rules_select_is_told_to_other_processes(folder: Path) -> None:
    """Another process hears what the file's cleanup rules select, and in what it differs; not when they are due."""
    path = folder / "policy.toml"
    own = OwnPolicy(SETTINGS, path)
    policies = []
    for keep, at in ((5, "09:00"), (5, "10:00"), (6, "10:00")):
        path.write_text(
            f"""
            [[cleanup]]
            name = "old"
            models = ["acme/exp-*", "acme/flux"]
            keep = {keep}
            unused_for = "90d"
            every = "monday {at}"
            timezone = "Europe/Berlin"
            channel = "C012AB3CD"
            owner = "U012AB3CD"
            """
        )
        own.read()
        assert Policy.from_json(own.policy.to_json()) == own.policy
        policies.append(own.policy)
    first, later, stricter = policies
    assert first.cleanups == (Selecting("old", ("acme/exp-*", "acme/flux"), keep=5, unused_for=90 * 86_400),)
    assert first == later
    assert later.differences(stricter) == ["the cleanup rules of POLICY_FILE"]


def test_a_named_file_has_to_be_there(folder: Path) -> None:
    """A file that POLICY_FILE names and that is not there ends a start, as it would do without its rules."""
    with pytest.raises(PolicyFileUnusable, match="there is no such file"):
        OwnPolicy(SETTINGS, folder / "other.toml").read()


def test_a_default_that_leads_nowhere_ends_a_start(folder: Path) -> None:
    """A `policy.toml` that is a link to nothing is no absence of a policy."""
    (folder / "policy.toml").symlink_to("nowhere")
    with pytest.raises(PolicyFileUnusable, match="leads to no file"):
        OwnPolicy(SETTINGS, None).read()


@pytest.mark.parametrize("bad", ["[limits]\nversions = 0\nversion = 5", None])
async def test_a_bad_file_changes_nothing_when_it_is_read_again(
    folder: Path, bad: str | None, caplog: pytest.LogCaptureFixture
) -> None:
    """A file that is wrong by now, or gone, is logged with every problem; what was read before holds."""
    path = folder / "policy.toml"
    path.write_text("[limits]\nversions = 7")
    own = OwnPolicy(SETTINGS, None)
    own.read()
    path.unlink() if bad is None else path.write_text(bad)
    assert not await own.reload()
    assert own.policy.rules.limits.versions == 7
    errors = [record.getMessage() for record in caplog.records if record.levelno == logging.ERROR]
    wanted = ["no such file"] if bad is None else ["limits.version:", "limits.versions:"]
    assert [words for words in wanted if not any(words in error for error in errors)] == []
    assert "what was read before holds" in errors[-1]


async def test_a_file_that_comes_later_is_read_then(folder: Path) -> None:
    """A `policy.toml` that was not there at the start is read when it is asked for; an empty one takes it back."""
    own = OwnPolicy(SETTINGS, None)
    own.read()
    (folder / "policy.toml").write_text("[limits]\nversions = 7")
    assert await own.reload()
    assert own.policy.rules.limits.versions == 7
    (folder / "policy.toml").write_text("")
    assert await own.reload()
    assert own.policy == SETTINGS
