"""A policy file is read from the disk, or it is said why it cannot be."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from bot.errors import PolicyFileUnusable
from bot.own_policy import is_there
from bot.policy_file import reading
from bot.policy_file.reading import MAX_BYTES, read_policy_file


def problem(path: Path) -> str:
    with pytest.raises(PolicyFileUnusable) as told:
        read_policy_file(path)
    assert str(path) in str(told.value)
    return "\n".join(told.value.problems)


def test_a_file_is_read_and_its_problems_are_told_under_its_path(tmp_path: Path) -> None:
    """The rules of a good file are returned; of a bad one each problem is a line under the path."""
    path = tmp_path / "policy.toml"
    path.write_text("[limits]\nversions = 5")
    assert read_policy_file(path).rules.limits.versions == 5
    path.write_text("[limits]\nversions = 0\nversion = 1\n")
    assert problem(path).splitlines() == [
        "limits.version: is not known here; did you mean versions?",
        "limits.versions: should be at least 1, and is 0. Example: versions = 1000",
    ]


def test_thousands_of_problems_do_not_bury_the_first(tmp_path: Path) -> None:
    """The first problems are told, and how many more there are."""
    path = tmp_path / "policy.toml"
    path.write_text("[[models]]\nmatch = 5\n" * 2000)
    told = problem(path).splitlines()
    assert len(told) == 31
    assert told[-1] == "and 5,969 more problems"


def test_what_is_no_file_is_told(tmp_path: Path) -> None:
    """What is not there, a folder, a pipe, a link to nothing and links in a circle are told, and none is waited for."""
    assert problem(tmp_path / "policy.toml") == "there is no such file"
    assert problem(tmp_path / "no" / "policy.toml") == "there is no such file"
    assert problem(tmp_path) == "it is a folder; name the file in it"
    os.mkfifo(tmp_path / "pipe")
    assert problem(tmp_path / "pipe") == "it is no ordinary file"
    (tmp_path / "link").symlink_to("nowhere")
    assert problem(tmp_path / "link") == "it is a symbolic link that leads to no file"
    (tmp_path / "circle").symlink_to("circle")
    assert "cannot be read" in problem(tmp_path / "circle")


def test_a_large_file_is_not_read(tmp_path: Path) -> None:
    """A file of 50 MB is refused after a small part of it."""
    path = tmp_path / "policy.toml"
    with path.open("wb") as file:
        file.truncate(50_000_000)
    assert "larger than 128 KiB" in problem(path)
    path.write_bytes(b"#" * MAX_BYTES)
    assert read_policy_file(path).cleanups == ()


def test_a_file_that_may_not_be_read_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the user that runs the bot may not read the file, that is what is told."""
    path = tmp_path / "policy.toml"
    path.write_text("")

    def refused(_path: Path) -> bytes:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(reading, "_content_of", refused)  # the superuser, who may run this test, may read anything
    assert problem(path) == "this user may not read it"


def test_a_link_is_followed_each_time(tmp_path: Path) -> None:
    """A mounted ConfigMap, whose link is led to another folder, is read as it is then."""
    for number in (1, 2):
        (tmp_path / f"..{number}").mkdir()
        (tmp_path / f"..{number}" / "policy.toml").write_text(f"[limits]\nversions = {number}")
    (tmp_path / "..data").symlink_to("..1")
    path = tmp_path / "policy.toml"
    path.symlink_to("..data/policy.toml")
    assert read_policy_file(path).rules.limits.versions == 1
    (tmp_path / "..new").symlink_to("..2")
    (tmp_path / "..new").rename(tmp_path / "..data")
    assert read_policy_file(path).rules.limits.versions == 2


def test_a_link_to_nothing_is_there(tmp_path: Path) -> None:
    """A link that leads nowhere counts as a file that is there: it is a mistake, and not the absence of a policy."""
    (tmp_path / "link").symlink_to("nowhere")
    assert is_there(tmp_path / "link")
    assert not is_there(tmp_path / "nothing")
