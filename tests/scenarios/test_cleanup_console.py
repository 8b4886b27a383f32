"""`python -m bot cleanup` tells what rules there are and what one would propose, and changes nothing."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bot.__main__ import main
from bot.console.cleanup import CleanupQuery, cleanup
from bot.errors import NotUnderstood, SettingsError
from tests.scenarios.stage import OPS, Stage

POLICY = f"""
[[cleanup]]
name = "old experiments"
models = ["acme/exp-a", "acme/exp-gone"]
keep = 2
every = "monday 09:00"
timezone = "Europe/Berlin"
channel = "{OPS}"
owner = "UCHLOE"
"""

WRITTEN = ("requests", "targets", "known_models", "kept_schemas", "cleanup_rules", "cleanup_notices", "processes")


@pytest.fixture
def patch(stage: Stage, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> pytest.MonkeyPatch:
    """Work in a folder with a policy file, in the environment of the stage."""
    (tmp_path / "policy.toml").write_text(POLICY)
    monkeypatch.chdir(tmp_path)
    for name, value in stage.environment.items():
        monkeypatch.setenv(name, value)
    return monkeypatch


def is_there(name: str) -> bool:
    return Path(name).exists()


def counts(stage: Stage) -> dict[str, int]:
    """Return how many rows each table has that the bot writes to when it evaluates a rule."""
    return {table: stage.rows(f"SELECT count(*) FROM {table}")[0][0] for table in WRITTEN}  # noqa: S608 - our names


@pytest.mark.usefixtures("patch")
async def test_rules_are_listed_and_tried_without_any_change(stage: Stage, capsys: pytest.CaptureFixture[str]) -> None:
    """The list has the rule; a dry run has what it would propose and why the rest stays, and stores nothing."""
    ids = stage.replicate.add_model("acme/exp-a", versions=3)
    async with stage.bot(discover_models=False) as bot:
        await bot.confirmed()
    before, asked = counts(stage), len(stage.slack.every_message)
    assert await cleanup(CleanupQuery())
    assert "old experiments\n  next       Monday " in capsys.readouterr().out
    assert await cleanup(CleanupQuery("OLD  experiments"))
    printed = capsys.readouterr().out
    *newer, oldest = ids
    first, rest = printed.split("What stays")
    assert first.startswith("old experiments: would propose 1 version of acme/exp-a\n")
    assert "not found  acme/exp-gone" in first
    assert f"  acme/exp-a:{oldest}  made " in first
    assert all(f"acme/exp-a:{version}" in rest for version in newer)
    assert await cleanup(CleanupQuery("old experiments", as_json=True))
    assert [json.loads(line)["kind"] for line in capsys.readouterr().out.splitlines()] == [
        *("rule", "selected"),
        *["stays"] * 3,
    ]
    assert counts(stage) == before
    assert len(stage.slack.every_message) == asked


async def test_a_rule_that_cannot_be_evaluated_is_told_and_fails(
    stage: Stage, patch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Where Replicate does not accept the token, the command says so, and its exit code is not 0."""
    async with stage.bot(discover_models=False) as bot:
        await bot.confirmed()
    patch.setenv("REPLICATE_API_TOKEN", f"r8_{'x' * 37}")
    assert not await cleanup(CleanupQuery("old experiments"))
    assert "old experiments: would propose nothing now: " in capsys.readouterr().out


@pytest.mark.usefixtures("patch")
async def test_a_wrong_name_gets_near_misses(stage: Stage) -> None:
    """A name that is almost a rule's is answered with that rule's."""
    with pytest.raises(NotUnderstood, match=r'no cleanup rule "old experimens"\. Did you mean "old experiments"\?'):
        await cleanup(CleanupQuery("old experimens"))
    with pytest.raises(NotUnderstood, match='There are "old experiments"'):
        await cleanup(CleanupQuery("zzz"))
    assert stage.replicate.requests == []


@pytest.mark.usefixtures("patch")
async def test_no_database_is_made(patch: pytest.MonkeyPatch) -> None:
    """Where the bot has no database yet, the command says so and makes none."""
    patch.setenv("DATABASE_URL", "sqlite:///new.sqlite3")
    with pytest.raises(SettingsError, match="The bot has no database"):
        await cleanup(CleanupQuery())
    assert not is_there("new.sqlite3")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["cleanup", "old experiments"], "only the schedule proposes; add --dry-run"),
        (["cleanup", "old", "experiments"], "only the schedule proposes; add --dry-run"),
        (["cleanup", "--dry-run"], "--dry-run takes the name of a rule"),
    ],
)
def test_only_the_schedule_proposes(arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    """A name without --dry-run, or --dry-run without a name, is a usage error."""
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 2
    assert said in capsys.readouterr().err
