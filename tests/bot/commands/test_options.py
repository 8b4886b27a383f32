"""What is read of `--keep 5` and the like, and what people are told about the rest."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.commands.options import All, Keep, OlderThan, SelectionRule, UnusedFor
from bot.commands.parse import (
    DeleteModels,
    DeleteVersions,
    Help,
    SelectVersions,
    parse_delete_model,
    parse_delete_version,
    parse_rules,
)
from bot.durations import parse_duration, write_duration
from bot.errors import NotUnderstood
from bot.refs import ModelRef, VersionRef

FLUX = ModelRef("acme", "flux")
DAY = 86_400
EVERY_RULE = (Keep(5), OlderThan(30 * DAY), UnusedFor(90 * DAY))


@pytest.mark.parametrize(
    ("text", "rules"),
    [
        ("acme/flux --keep 5", [Keep(5)]),
        ("acme/flux --keep=5", [Keep(5)]),
        ("acme/flux --keep 0000005", [Keep(5)]),
        ("acme/flux --keep 999999", [Keep(999_999)]),
        ("acme/flux —keep 5", [Keep(5)]),
        ("acme/flux –keep=5", [Keep(5)]),
        ("acme/flux --KEEP 5", [Keep(5)]),
        ("--keep 5 acme/flux", [Keep(5)]),
        ("acme/flux acme/flux --keep 5", [Keep(5)]),
        ("https://replicate.com/acme/flux --keep `5`", [Keep(5)]),
        ("“acme/flux” --keep “5”.", [Keep(5)]),
        ("acme/flux --older-than 30d", [OlderThan(30 * DAY)]),
        ("acme/flux —older-than 12h", [OlderThan(12 * 3600)]),
        ("acme/flux --unused-for=90D", [UnusedFor(90 * DAY)]),
        ("acme/flux --all", [All()]),
        ("acme/flux –all", [All()]),
        (
            "acme/flux\n--unused-for 90d, --keep 5; --older-than 30d",
            [UnusedFor(90 * DAY), Keep(5), OlderThan(30 * DAY)],
        ),
    ],
)
def test_rules_are_read_on_either_side_of_the_model(text: str, rules: list[SelectionRule]) -> None:
    """Rules are read after two hyphens or a dash, with a space or `=`, on either side of the model."""
    assert parse_delete_version(text) == SelectVersions(FLUX, tuple(rules))


@pytest.mark.parametrize("text", ["acme/flux --with-versions", "acme/flux —with-versions", "--With-Versions acme/flux"])
def test_delete_model_reads_the_with_versions_option(text: str) -> None:
    """/delete-model takes a model's versions along where that is written."""
    assert parse_delete_model(text) == DeleteModels((FLUX,), with_versions=True)


@pytest.mark.parametrize("rule", [*EVERY_RULE, All()])
def test_a_rule_written_out_is_read_back(rule: SelectionRule) -> None:
    """A rule as previews write it means itself."""
    assert parse_delete_version(f"acme/flux {rule}") == SelectVersions(FLUX, (rule,))


@given(st.integers(1, 999_999), st.sampled_from([1, 60, 3600, DAY]))
def test_a_length_of_time_written_out_is_read_back(count: int, unit: int) -> None:
    """A length of time as previews write it means the same number of seconds."""
    assert parse_duration(write_duration(count * unit)) == count * unit


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("acme/flux --keep -1", "`-1` after `--keep` has no meaning"),
        ("acme/flux --keep=-1", "`-1` after `--keep` has no meaning"),
        ("acme/flux --keep –1", "`–1` after `--keep` has no meaning"),
        ("acme/flux --keep --1", "`--1` after `--keep` has no meaning"),
        ("acme/flux --keep 0", "`0` after `--keep` is out of range; write how many of the newest versions stay, 1 to"),
        ("acme/flux --keep 000", "`--all` selects every version"),
        ("acme/flux --keep 1000000", "`1000000` after `--keep` is out of range; write how many"),
        ("acme/flux --keep 1.5", "`1.5` after `--keep`"),
        ("acme/flux --keep five", "`five` after `--keep`"),
        ("acme/flux --keep " + "9" * 5000, "1 to 999,999; `--all` selects every version"),
        ("acme/flux --keep", "`--keep` is followed by nothing"),
        ("acme/flux --keep=", "`--keep` is followed by nothing"),
        ("acme/flux --keep --older-than 30d", "`--keep` is followed by nothing"),
        ("--keep acme/flux", "`acme/flux` after `--keep`"),
        ("acme/flux --older-than yesterday", "`yesterday` after `--older-than` has no meaning; write a length of time"),
        ("acme/flux --older-than 30", "`30` after `--older-than`"),
        ("acme/flux --older-than 0", "`0` after `--older-than` has no meaning; write a length of time above 0"),
        ("acme/flux --unused-for -90d", "`-90d` after `--unused-for`"),
        ("acme/flux --unused-for 0d", "above 0"),
        ("acme/flux --all=5", "`--all` takes no value"),
        ("acme/flux --keep 5 --keep 5", "`--keep` is written twice"),
        ("acme/flux --all --all", "`--all` is written twice"),
        ("acme/flux --keep 5 --all", "`--keep 5` beside it contradicts it"),
        ("acme/flux --all --older-than 30d", "`--older-than 30d` beside it contradicts it"),
        ("acme/flux --kep 5", "`--kep` is not an option of this command. Was `--keep` meant?"),
        ("acme/flux --unused 90d", "Was `--unused-for` meant?"),
        ("acme/flux --reson tidy", "Was `--reason` meant?"),
        ("acme/flux --with-version", "Was `--with-versions` of /delete-model meant?"),
        ("acme/flux --with-versions", "`--with-versions` is an option of /delete-model, not of /delete-version"),
        ("acme/flux --force", "`--force` is not an option of this command. Nothing"),
        ("acme/flux —", "`—` is not an option of this command. Nothing"),
        ("acme/flux:5c7d --keep 5", "`acme/flux:5c7d` names one; write one or the other"),
        ("acme/flux --all 5c7d", "`acme/flux:5c7d` names one"),
        ("acme/flux acme/sd --keep 5", "2 models are named"),
        ("--keep 5", "no model is named"),
    ],
)
def test_a_mistake_in_a_rule_is_explained(text: str, said: str) -> None:
    """A wrong rule is quoted with what would be right, what was not touched, and a command that works."""
    with pytest.raises(NotUnderstood) as refused:
        parse_delete_version(text)
    message = str(refused.value)
    assert said in message
    assert "Nothing was touched" in message
    assert len(message) < 600
    example = message.rpartition("For example: ")[2].strip("`")
    read = parse_delete_model if example.startswith("/delete-model ") else parse_delete_version
    assert not isinstance(read(example.partition(" ")[2]), Help)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("acme/flux --keep 5", "`--keep` is an option of /delete-version, not of /delete-model"),
        ("acme/flux --all", "`--all` is an option of /delete-version"),
        ("acme/flux --with-versions --with-versions", "`--with-versions` is written twice"),
        ("acme/flux --with-versions=yes", "`--with-versions` takes no value"),
        ("--with-versions", "`--with-versions` names no model"),
    ],
)
def test_a_mistake_on_delete_model_is_explained(text: str, said: str) -> None:
    """/delete-model says whose option it is, or what is wrong with its own."""
    with pytest.raises(NotUnderstood, match="Nothing was touched") as refused:
        parse_delete_model(text)
    assert said in str(refused.value)


@pytest.mark.parametrize(
    "text",
    [
        "acme/flux --keep 5 --reason too many",
        "--reason too many --keep 5 acme/flux",
        "--reason=too many —keep 5 acme/flux",
        "acme/flux —reason too many\n--keep 5",
        "acme/flux --reason too many\r\n--keep 5",
    ],
)
def test_a_reason_ends_where_another_option_begins(text: str) -> None:
    """A reason may stand anywhere, and ends with its line or where another option begins."""
    assert parse_delete_version(text) == SelectVersions(FLUX, (Keep(5),), "too many")


@pytest.mark.parametrize("reason", ["we --kept it", "5 -- all gone", "not --all-of-them", "a—all", "--force", "x & y"])
def test_a_reason_may_hold_dashes(reason: str) -> None:
    """What only looks a little like an option stays a part of the reason."""
    version = VersionRef(FLUX, "5c7d")
    assert parse_delete_version(f"acme/flux:5c7d --reason {reason}") == DeleteVersions((version,), reason)


@pytest.mark.parametrize("text", ["acme/flux --reason", "acme/flux --reason --keep 5", "acme/flux --reason=\n--keep 5"])
def test_an_empty_reason_is_refused(text: str) -> None:
    """A reason of nothing is a mistake, also where a rule follows it."""
    with pytest.raises(NotUnderstood, match="`--reason` is followed by nothing"):
        parse_delete_version(text)


@pytest.mark.parametrize("between", ["\n", "\r\n", " ", " --all ", "\n--all\n"])
@pytest.mark.parametrize("second", ["--reason b", "—reason=b", "--REASON"])
def test_a_second_reason_is_refused(between: str, second: str) -> None:
    """A reason is given once, wherever the second one stands, and an example shows how."""
    with pytest.raises(NotUnderstood, match="`--reason` is written twice") as refused:
        parse_delete_version(f"acme/flux:5c7d --reason a{between}{second}")
    assert "Nothing was touched" in str(refused.value)
    assert "--reason replaced by v2" in str(refused.value)


@given(st.text(), st.sampled_from(["--keep 5", "—keep=5", "--all", "--older-than 30d"]))
def test_a_text_with_a_rule_never_names_versions(text: str, rule: str) -> None:
    """With a rule in it a text means a selection, help, or nothing; it never names versions."""
    try:
        meaning: object = parse_delete_version(f"acme/flux {rule} {text}")
    except NotUnderstood:
        meaning = None
    assert meaning is None or isinstance(meaning, SelectVersions | Help)


@pytest.mark.parametrize(
    ("text", "rules"),
    [
        ("--keep 5", (Keep(5),)),
        ("—older-than 30d –unused-for=90d", (OlderThan(30 * DAY), UnusedFor(90 * DAY))),
        (" --all ", (All(),)),
    ],
)
def test_rules_are_read_without_a_model(text: str, rules: tuple[SelectionRule, ...]) -> None:
    """Rules are read without a model as well."""
    assert parse_rules(text) == rules


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "No rule is written"),
        ("acme/flux --keep 5", "`acme/flux` is not a rule"),
        ("--keep 5 --reason old", "`--reason old` is not a rule"),
        ("--with-versions", "is an option of /delete-model"),
        ("--keep 5 --all", "contradicts"),
        ("--keep", "followed by nothing"),
    ],
)
def test_text_that_is_no_rule_is_refused_and_quoted(text: str, said: str) -> None:
    """Anything but rules is refused with a quote of it, and with nothing touched."""
    with pytest.raises(NotUnderstood, match=re.escape(said)) as refused:
        parse_rules(text)
    assert "Nothing was touched" in str(refused.value)
