"""`python -m bot policy` needs no token, no Slack and no database; it ends with 2 for what it cannot use."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.__main__ import main
from bot.settings import Settings


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Work in an empty folder, with APPROVERS alone in the environment."""
    monkeypatch.chdir(tmp_path)
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.setenv("APPROVERS", "S0BASE")
    return tmp_path


def test_it_tells_who_decides(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The file of the working directory is read, versions count as targets, and nothing is left in the folder."""
    (folder / "policy.toml").write_text("[[size]]\nmore_than = 1\napprovals = 3\n")
    assert main(["policy", "acme/flux:0123abcd", "acme/flux:4567abcd"]) == 0
    printed = capsys.readouterr().out
    assert f"{folder / 'policy.toml'}: 1 rule, 0 cleanups" in printed
    assert "acme/flux: 2 targets" in printed
    assert "3 approvals of S0BASE" in printed
    assert [path.name for path in folder.iterdir()] == ["policy.toml"]


@pytest.mark.usefixtures("folder")
def test_without_a_file_the_settings_are_told(capsys: pytest.CaptureFixture[str]) -> None:
    """Where there is no policy file, what the settings say is told."""
    assert main(["policy", "acme/flux", "--targets", "500"]) == 0
    printed = capsys.readouterr().out
    assert "no policy file" in printed
    assert "1 approval of S0BASE" in printed


def test_another_file_is_tested_before_it_is_put_in_place(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """With --file another file is read than the bot's, and all that is wrong with it is printed."""
    (folder / "policy.toml").write_text("")
    (folder / "new.toml").write_text("[limits]\nversion = 5\nversions = 0\n")
    assert main(["policy", "--file", "new.toml"]) == 2
    problems = capsys.readouterr().err
    for words in ("new.toml", "limits.version:", "limits.versions:"):
        assert words in problems


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["acme"], '"acme" is no reference'),
        (["acme/flux:xyz"], "is no reference"),
        (["acme/exp-*"], "is no reference"),
        (["https://replicate.com/acme/flux"], "is no reference"),
        (["acme/\x1b[2J"], r'"acme/\x1b[2J" is no reference'),
        (["--file", "nowhere.toml"], "there is no such file"),
    ],
)
@pytest.mark.usefixtures("folder")
def test_what_cannot_be_used_ends_with_2(arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    """A reference or a file that cannot be used is told in a sentence, and the exit code is 2."""
    assert main(["policy", *arguments]) == 2
    assert said in capsys.readouterr().err


@pytest.mark.usefixtures("folder")
def test_settings_that_are_missing_end_with_2(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Without APPROVERS it cannot be told who decides; nothing but that is asked for."""
    monkeypatch.delenv("APPROVERS")
    assert main(["policy", "acme/flux"]) == 2
    problems = capsys.readouterr().err
    assert "APPROVERS: is required" in problems
    assert "SLACK_BOT_TOKEN" not in problems


@pytest.mark.parametrize("count", ["0", "many", "-1"])
@pytest.mark.usefixtures("folder")
def test_a_number_of_targets_is_above_zero(count: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Another number of targets than a whole one above zero is refused."""
    with pytest.raises(SystemExit, match="2"):
        main(["policy", "acme/flux", f"--targets={count}"])
    assert "write a number from 1 to 999999" in capsys.readouterr().err
