"""TOML's tables become rules, or every problem in them, each with its key and an example."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from bot.cleanup.schedule import Every
from bot.policy_file.content import ContentProblems, PolicyFile, policy_file_of
from bot.policy_file.problems import fields_of
from bot.policy_file.tables import REPEATED, SINGLE
from bot.refs import ModelPattern, ModelRef
from bot.requests.policy import Approvers
from bot.requests.policy_rules import ModelEntry, SizeEntry, UndoTime
from bot.requests.terms import Limits

EXAMPLE = Path(__file__).parents[3] / "policy.example.toml"
PAGE = EXAMPLE.parent / "docs" / "policy.md"
CLEANUP = """
[[cleanup]]
name = "old experiments"
models = ["acme/exp-*"]
every = "monday 09:00"
timezone = "Europe/Berlin"
channel = "C012AB3CD"
owner = "U012AB3CD"
"""


def read(text: str) -> PolicyFile:
    return policy_file_of(tomllib.loads(text))


def problems(text: str) -> list[str]:
    """Return what is wrong with a file, in its order."""
    with pytest.raises(ContentProblems) as told:
        read(text)
    return [str(problem) for problem in told.value.problems]


def wrong_at(place: str, tables: dict[str, Any]) -> list[str]:
    """Return what is wrong at a place in tables that lack others."""
    try:
        policy_file_of(tables)
    except ContentProblems as exc:
        return [str(problem) for problem in exc.problems if place in problem.where]
    return []


def test_an_empty_file_says_nothing() -> None:
    """An empty file, and one of empty lists and tables, changes nothing."""
    assert read("") == read("models = []\n[limits]") == PolicyFile()


def test_the_example_becomes_rules() -> None:
    """The example says what its comments say."""
    found = read(EXAMPLE.read_text())
    leads = Approvers(users=frozenset({"U012AB3CD"}), groups=frozenset({"S0LEADS"}))
    assert found.rules.models == (
        ModelEntry(("acme/prod-*", "acme/billing"), Approvers.parse("S0ML"), leads, 2),
        ModelEntry(("acme/flagship",), protected=True),
    )
    assert found.rules.sizes == (SizeEntry(100, 2, confirm_name=True),)
    assert found.rules.limits == Limits(1000, 0.9, 7 * 86_400)
    assert found.rules.undo == (UndoTime(600),)
    (cleanup,) = found.cleanups
    assert cleanup.models == (ModelPattern("acme", "exp-*"), ModelRef("acme", "flux-portraits"))
    assert (cleanup.keep, cleanup.older_than, cleanup.unused_for) == (5, 30 * 86_400, 90 * 86_400)
    assert (cleanup.every, cleanup.timezone) == (Every(9, 0, weekdays=(0,)), ZoneInfo("Europe/Berlin"))
    assert (cleanup.channel, cleanup.owner, cleanup.quiet_for) == ("C012AB3CD", "U012AB3CD", 30 * 86_400)


def test_the_example_shows_every_key() -> None:
    """Each key of each table is in the example, so that it is all there is to know of the form."""
    example = tomllib.loads(EXAMPLE.read_text())
    for name, table in REPEATED.items():
        assert {key for entry in example[name] for key in entry} == set(fields_of(table))
    for name, table in SINGLE.items():
        assert set(example[name]) == set(fields_of(table))


def test_the_page_about_it_shows_what_works() -> None:
    """The pieces of docs/policy.md are a policy file together, with all that its text says."""
    found = read("\n".join(re.findall(r"```toml\n(.*?)```", PAGE.read_text(), re.DOTALL)))
    assert [entry.match for entry in found.rules.models] == [("acme/prod-*",), ("acme/flagship",)]
    assert found.rules.sizes == (SizeEntry(100, 2, confirm_name=True),)
    assert found.rules.undo == (UndoTime(600),)
    assert [rule.name for rule in found.cleanups] == ["old experiments"]


def test_every_key_has_an_example_that_works() -> None:
    """The example that a problem shows is one that the file takes."""
    for name, table in (REPEATED | SINGLE).items():
        for key, field in fields_of(table).items():
            (example,) = field.examples or [""]
            raw = tomllib.loads(example)
            assert [*raw] == [key]
            assert wrong_at(f".{key}", {name: [raw]} if name in REPEATED else {name: raw}) == []


def test_every_problem_is_told_at_once_in_the_order_of_the_file() -> None:
    """All that is wrong is told, each with its key, the value and an example."""
    told = problems(
        """
[[models]]
match = ["acme/prod"]
aprovals = 2
[[models]]
match = ["acme"]
approvals = 6
[[size]]
more_than = true
confirm_name = "yes"
"""
    )
    assert told == [
        "models[1].aprovals: is not known here; did you mean approvals?",
        (
            'models[2].match[1]: "acme" should have the form owner/name, where * stands for anything. '
            'Example: match = ["acme/prod-*"]'
        ),
        "models[2].approvals: should be at most 5, and is 6. Example: approvals = 2",
        "size[1].more_than: should be a whole number, without quotes, and is true. Example: more_than = 100",
        'size[1].confirm_name: should be true or false, without quotes, and is "yes". Example: confirm_name = true',
    ]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("sizes = 1", "sizes: is not known here; did you mean size?"),
        ("approvals = 2", "approvals: is not known here; approvals belongs to [[models]] or [[size]]"),
        ("colour = 2", "colour: is not known here; known are models, size, cleanup, limits, undo"),
        ("models = 1", "models: is written with double brackets, and has 1. Example: [[models]]"),
        ('[models]\nmatch = ["a/b"]', "models: is written with double brackets, and has single brackets."),
        ("models = [1]", "models[1]: should be a table, and is 1"),
        ("[[limits]]\nversions = 1", "limits: is written once, with single brackets. Example: [limits]"),
        ("undo = '10m'", 'undo: should be a table, and is "10m"'),
        ("[[models]]\napprovals = 1", "models[1].match: is missing"),
        ("[[models]]\nmatch = []\napprovals = 1", "models[1].match: names nothing"),
        ("[[models]]\nmatch = 'a/b'\napprovals = 1", 'models[1].match: should be a list in [ ], and is "a/b"'),
        ("[[models]]\nmatch = ['a/b/c']\napprovals = 1", "should have the form owner/name"),
        ("[[models]]\nmatch = ['https://replicate.com/a/b']\napprovals = 1", "should have the form owner/name"),
        ("[[models]]\nmatch = ['a/b:0123']\napprovals = 1", "should have the form owner/name"),
        ("[[models]]\nmatch = ['a/b ']\napprovals = 1", "should have the form owner/name"),
        ("[[models]]\nmatch = [1979-05-27]\napprovals = 1", "should be text in quotes, and is 1979-05-27"),
        ("[[models]]\nmatch = ['a/b']\napprovals = 2.0", "should be a whole number, without quotes, and is 2.0"),
        ("[[models]]\nmatch = ['a/b']\napprovals = '2'", 'should be a whole number, without quotes, and is "2"'),
        ("[[models]]\nmatch = ['a/b']\napprovals = -1", "should be at least 0, and is -1"),
        ("[[models]]\nmatch = ['a/b']\nprotected = 1", "should be true or false, without quotes, and is 1"),
        ("[[models]]\nmatch = ['a/b']", "models[1]: says nothing about the models that it matches"),
        ("[[models]]\nmatch = ['a/b', 'A/B']\napprovals = 1", 'models[1].match: names "A/B" twice'),
        ("[[models]]\nmatch = ['a/b']\nrequesters = []", "models[1].requesters: names nothing"),
        ("[[models]]\nmatch = ['a/b']\napprovers = ['@leads']", '"@leads" is neither a user id (U...)'),
        ("[[models]]\nmatch = ['a/b']\napprovers = ['U1,U2']", '"U1,U2" is neither a user id (U...)'),
        ("[[models]]\nmatch = ['a/b']\napprovers = ['U1']\napprovals = 2", "are 1, and 2 approvals are needed"),
        (
            "[[models]]\nmatch = ['a/b', 'c/d']\napprovals = 1\n[[models]]\napprovals = 1\nmatch = ['C/d', 'a/b']",
            "models[2]: is the same as models[1]; remove one of both",
        ),
        ("[[size]]\nmore_than = 1", "size[1]: says nothing about requests of that size"),
        (
            "[[size]]\nmore_than = 1\napprovals = 1\n[[size]]\nmore_than = 1\napprovals = 2",
            "size[2]: has the same more_than as size[1]",
        ),
        ("[[size]]\nmore_than = 0xffffffffffffffffffff\napprovals = 1", "and is a very large number"),
        ("[limits]\nversions = 0", "limits.versions: should be at least 1, and is 0"),
        ("[limits]\nshare_of_a_model = 0", "limits.share_of_a_model: should be above 0, and is 0"),
        ("[limits]\nshare_of_a_model = 90", "limits.share_of_a_model: should be at most 1"),
        ("[limits]\nshare_of_a_model = nan", "limits.share_of_a_model: should be"),
        ("[limits]\nshare_of_a_model = true", "should be a number, without quotes, and is true"),
        ("[limits]\nused_within = 7", "should be text in quotes, and is 7"),
        ("[limits]\nused_within = '7'", '"7" is no length of time; write a number and a unit. Example: used_within'),
        ("[limits]\nused_within = '0s'", "should be longer than that"),
        ("[limits]\nused_within = '3m'", '"3m" may mean minutes or months; write which, as in 3 months'),
        ("[limits]\nused_within = 'six-m'", '"six-m" may mean minutes or months'),
        (f"{CLEANUP}older_than = '3 M'", '"3 M" may mean minutes or months'),
        ("[undo]\nmore_than = 1", "undo.for: is missing. Example: for"),
        ("[undo]\nfor = '8d'", "undo.for: should be at most 7d, and is 8d"),
        ("[undo]\nfor = '10 min ago'", "is no length of time"),
        (CLEANUP, 'cleanup "old experiments": would propose every version: set at least one of keep'),
        (f"{CLEANUP}keep = 0", 'cleanup "old experiments".keep: should be at least 1, and is 0'),
        (f"{CLEANUP}older_than = '0'", 'cleanup "old experiments".older_than: should be longer than that'),
        (f"{CLEANUP}keep = 5{CLEANUP.replace('old', 'OLD ')}keep = 5", "has the same name as cleanup[1]"),
        ("[[cleanup]]\nname = ' '", "cleanup[1].name: should have 1 to 80 characters that can be printed"),
        (CLEANUP.replace("old", "\\u202eold"), "should have 1 to 80 characters that can be printed"),
        (CLEANUP.replace("acme/exp-*", "*/exp-*"), "should be a model, owner/name, or a pattern of names of one owner"),
        (CLEANUP.replace('/exp-*"', '/exp-*", "other/exp"'), "are of several owners"),
        (CLEANUP.replace("monday 09:00", "mondy 09:00"), "'mondy' is neither a weekday nor a day of the month"),
        (CLEANUP.replace("monday 09:00", "32nd 09:00"), "no month has a day 32"),
        (CLEANUP.replace("monday 09:00", "monday 25:00"), "25:00 is no time of day"),
        (CLEANUP.replace("monday 09:00", "monday"), "write weekdays or days of the month, and a time. Example: every"),
        (CLEANUP.replace("Europe/Berlin", "Berlin"), "is no time zone; did you mean Europe/Berlin? Example: timezone"),
        (CLEANUP.replace("Europe/Berlin", "europe/berlin"), "is no time zone; did you mean Europe/Berlin?"),
        (CLEANUP.replace("Europe/Berlin", "America"), '"America" is no time zone'),
        (CLEANUP.replace("Europe/Berlin", "../etc/passwd"), "is no time zone"),
        (CLEANUP.replace("Europe/Berlin", "x" * 300), "is no time zone"),
        (CLEANUP.replace("C012AB3CD", "#ml-ops"), '"#ml-ops" is no channel id (C...)'),
        (CLEANUP.replace("U012AB3CD", "S0LEADS"), '"S0LEADS" is no user id (U...)'),
    ],
)
def test_what_is_wrong_is_told_by_its_key(text: str, said: str) -> None:
    """Each kind of mistake is told with where it is, what is wrong and, where it helps, an example."""
    assert any(said in problem for problem in problems(text)), problems(text)


@pytest.mark.parametrize(
    "text",
    [
        "r8_made0up0token0of040characters00000000 = 1",
        "[[models]]\nmatch = ['r8_made0up0token0of040characters00000000']\napprovals = 1",
        "[[models]]\nmatch = ['a/b']\napprovers = ['r8_made0up0token0of040characters00000000']",
        "[[models]]\nmatch = ['a/b']\nr8_made0up0token0of040characters00000000 = 2",
        CLEANUP.replace("old experiments", "r8_made0up0token0of040characters00000000"),
        f"{CLEANUP.replace('monday 09:00', 'r8_made0up0token0of040characters00000000')}keep = 1",
        f"{CLEANUP.replace('Europe/Berlin', 'r8_made0up0token0of040characters00000000')}keep = 1",
    ],
)
def test_what_looks_like_a_token_is_not_shown(text: str) -> None:
    """A token that was pasted into the file, as a key or as a value, is in no problem."""
    assert "made0up" not in "\n".join(problems(text))


def test_long_and_odd_values_are_shown_short_and_on_one_line() -> None:
    """A value is cut, and cannot control a terminal or forge a line."""
    (told,) = problems('[[models]]\nmatch = ["' + 4000 * "a" + '"]\napprovals = 1')
    assert len(told) < 300
    (told,) = problems('[[models]]\nmatch = ["a\\n\\u001b[2J\\u202e/"]\napprovals = 1')
    assert told.isprintable()
