"""What is read of `--keep 5` and the like, and what people are told about the rest."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.commands.mistakes import Mistyped
from bot.commands.options import All, Keep, OlderThan, SelectionRule, UnusedFor
from bot.commands.own_names import OwnNames
from bot.commands.parse import parse_delete_model, parse_delete_version
from bot.commands.rules import parse_rules
from bot.commands.wanted import DeleteModels, DeleteVersions, Help, SelectVersions, written
from bot.durations import parse_duration, write_duration
from bot.errors import NotUnderstood
from bot.refs import ModelPattern, ModelRef, VersionRef

FLUX = ModelRef("acme", "flux")
OWN = OwnNames(("acme",))
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
    assert parse_delete_version(text) == SelectVersions((FLUX,), tuple(rules))


@pytest.mark.parametrize("text", ["acme/flux --with-versions", "acme/flux —with-versions", "--With-Versions acme/flux"])
def test_delete_model_reads_the_with_versions_option(text: str) -> None:
    """/delete-model takes a model's versions along where that is written."""
    assert parse_delete_model(text) == DeleteModels((FLUX,), with_versions=True)


@pytest.mark.parametrize("rule", [*EVERY_RULE, All(), OlderThan(180), UnusedFor(60), OlderThan(60_060)])
def test_a_rule_written_out_is_read_back(rule: SelectionRule) -> None:
    """A rule as previews write it means itself."""
    assert parse_delete_version(f"acme/flux {rule}") == SelectVersions((FLUX,), (rule,))


@given(st.integers(1, 999_999), st.sampled_from([1, 60, 3600, DAY]))
def test_a_length_of_time_written_out_is_read_back(count: int, unit: int) -> None:
    """A length of time as previews write it means the same number of seconds."""
    assert parse_duration(write_duration(count * unit)) == count * unit


NEEDS_A_NUMBER = "`--keep` needs a number, such as `--keep 5`. For every version, use `--all`."
NEEDS_A_TIME = "`--older-than` needs a length of time, such as `--older-than 30 days`."


@pytest.mark.parametrize(
    ("text", "said", "instead"),
    [
        ("acme/flux --keep -1", NEEDS_A_NUMBER, ["acme/flux --keep 1"]),
        ("acme/flux --keep=-1", NEEDS_A_NUMBER, ["acme/flux --keep 1"]),
        ("acme/flux --keep –1", NEEDS_A_NUMBER, ["acme/flux --keep 1"]),
        ("acme/flux --keep --1", NEEDS_A_NUMBER, ["acme/flux --keep 1"]),
        ("acme/flux --keep five", NEEDS_A_NUMBER, ["acme/flux --keep 5"]),
        ("acme/flux --keep 1.5", NEEDS_A_NUMBER, []),
        ("acme/flux --keep", NEEDS_A_NUMBER, []),
        ("acme/flux --keep=", NEEDS_A_NUMBER, []),
        ("acme/flux --keep --older-than 30d", NEEDS_A_NUMBER, []),
        ("--keep acme/flux", NEEDS_A_NUMBER, []),
        ("acme/flux --keep 0", "a number from 1 to 999,999. For every version, use `--all`.", ["acme/flux --all"]),
        ("acme/flux --keep 000", "a number from 1 to 999,999", ["acme/flux --all"]),
        ("acme/flux --keep 1000000", "a number from 1 to 999,999", []),
        ("acme/flux --keep " + "9" * 5000, "a number from 1 to 999,999", []),
        ("acme/flux keep 5", "Did you mean `--keep` instead of `keep`?", ["acme/flux --keep 5"]),
        ("acme/flux -keep 5", "Did you mean `--keep` instead of `-keep`?", ["acme/flux --keep 5"]),
        ("acme/flux all", "Did you mean `--all` instead of `all`?", ["acme/flux --all"]),
        ("acme/flux --kep 5", "Unknown option `--kep`. Did you mean `--keep`?", ["acme/flux --keep 5"]),
        ("acme/flux --kep=5", "Unknown option `--kep=5`. Did you mean `--keep`?", ["acme/flux --keep=5"]),
        ("acme/flux --unused 90d", "Did you mean `--unused-for`?", ["acme/flux --unused-for 90d"]),
        ("acme/flux --unused for 3 weeks", "Did you mean `--unused-for`?", ["acme/flux --unused-for 3 weeks"]),
        ("acme/flux --older then 30", "Did you mean `--older-than`?", []),
        ("acme/flux --reson tidy up", "Did you mean `--reason`?", ["acme/flux --reason tidy up"]),
        ("acme/flux --force", "Unknown option `--force`.", []),
        ("acme/flux —", "Unknown option `—`.", []),
        ("acme/flux --older-than yesterday", NEEDS_A_TIME, []),
        ("acme/flux --older-than 2024-01-01", NEEDS_A_TIME, []),
        ("acme/flux --older-than 0", NEEDS_A_TIME, []),
        ("acme/flux --older-than 1.5 years", NEEDS_A_TIME, []),
        ("acme/flux --older-than 9999999 days", NEEDS_A_TIME, []),
        ("acme/flux --older-than 3 wekks", NEEDS_A_TIME, ["acme/flux --older-than 3 weeks"]),
        ("acme/flux --unused-for -90d", "`--unused-for` needs a length of time", ["acme/flux --unused-for 90d"]),
        ("acme/flux --unused-for 0d", "`--unused-for` needs a length of time", []),
        (
            "acme/flux --older-than 3m",
            "`3m` could be months or minutes.",
            ["acme/flux --older-than 3 months", "acme/flux --older-than 3 minutes"],
        ),
        ("acme/flux --all=5", "`--all` takes no value.", []),
        ("acme/flux --all=yes", "`--all` takes no value.", ["acme/flux --all"]),
        ("acme/flux --all=no --keep 5", "`--all` takes no value.", ["acme/flux --keep 5"]),
        ("acme/flux --keep 5 --keep 5", "`--keep` is there twice", ["acme/flux --keep 5"]),
        ("acme/flux --keep 5 --keep 6", "`--keep` is there twice", ["acme/flux --keep 5", "acme/flux --keep 6"]),
        (
            "acme/flux --keep 5 --all",
            "contradicts it. Leave one out.",
            ["acme/flux --keep 5", "acme/flux --all"],
        ),
        (
            "acme/flux --all --older-than 30d",
            "`--older-than 30d` beside it contradicts it",
            ["acme/flux --all", "acme/flux --older-than 30d"],
        ),
        (
            "acme/flux:5c7d --keep 5",
            "`acme/flux:5c7d` names one. Use one or the other.",
            ["acme/flux --keep 5", "acme/flux:5c7d"],
        ),
        ("acme/flux --all 5c7d", "`acme/flux:5c7d` names one", ["acme/flux --all", "acme/flux 5c7d"]),
        ("--keep 5", "Which model? Write its name before `--keep 5`.", []),
        ("acme/flux --reason", "Nothing follows `--reason`.", ["acme/flux"]),
        ("acme/flux --reason=\n--keep 5", "Nothing follows `--reason`.", ["acme/flux --keep 5"]),
        (
            "acme/flux:5c7d --reason a --reason b",
            "`--reason` is there twice",
            ["acme/flux:5c7d --reason a", "acme/flux:5c7d --reason b"],
        ),
    ],
)
def test_a_mistake_in_an_option_is_explained(text: str, said: str, instead: list[str]) -> None:
    """A mistake is explained, and the lines that would work are proposed where it is plain what was meant."""
    with pytest.raises(Mistyped) as refused:
        parse_delete_version(text, OWN)
    assert said in str(refused.value)
    assert list(refused.value.suggestions) == [f"/delete-version {line}" for line in instead]
    assert len(str(refused.value)) < 600


@pytest.mark.parametrize(
    ("text", "instead"),
    [
        ("acme/flux --keep 5", "/delete-version acme/flux --keep 5"),
        ("acme/flux --all", "/delete-version acme/flux --all"),
        ("acme/flux --with-version", "/delete-model acme/flux --with-versions"),
        ("acme/flux --with-versions --with-versions", "/delete-model acme/flux --with-versions"),
        ("acme/flux --with-versions=yes", "/delete-model acme/flux --with-versions"),
        ("acme/flux with-versions --reason old", "/delete-model acme/flux --with-versions --reason old"),
    ],
)
def test_a_mistake_on_delete_model_is_mended(text: str, instead: str) -> None:
    """/delete-model proposes the other command for its options, and its own option where that is misspelt."""
    with pytest.raises(Mistyped) as refused:
        parse_delete_model(text, OWN)
    assert refused.value.suggestions == (instead,)


def test_a_model_option_on_delete_version_proposes_the_other_command() -> None:
    """`--with-versions` is said to be an option of /delete-model, where the line would work."""
    with pytest.raises(Mistyped, match="`--with-versions` is an option of `/delete-model`") as refused:
        parse_delete_version("acme/flux --with-versions")
    assert refused.value.suggestions == ("/delete-model acme/flux --with-versions",)


@pytest.mark.parametrize(
    ("typed", "seconds", "understood"),
    [
        ("--older-than 30", 30 * DAY, "`--older-than 30` means older than 30 days."),
        ("--older-than=30", 30 * DAY, "`--older-than 30` means older than 30 days."),
        ("--older-than 90 days", 90 * DAY, "`--older-than 90 days` means older than 90 days."),
        ('--older-than "3 weeks"', 21 * DAY, "`--older-than 3 weeks` means older than 21 days."),
        ("—older-than “2 months”", 60 * DAY, "older than 60 days (a month counts as 30 days, a year as 365)."),
        ("--older-than 1 year", 365 * DAY, "older than 365 days (a month counts as 30 days, a year as 365)."),
        ("--older-than two weeks", 14 * DAY, "`--older-than two weeks` means older than 14 days."),
        ("--older-than a year", 365 * DAY, "`--older-than a year` means older than 365 days"),
        ("--older-than 12 hours", 12 * 3600, "`--older-than 12 hours` means older than 12 hours."),
        ("--older-than 3-weeks", 21 * DAY, "means older than 21 days."),
        ("--older-than 3 weeks?", 21 * DAY, "means older than 21 days."),
        ("--older-than *3 weeks*", 21 * DAY, "means older than 21 days."),
        ("--older-than 1,000", 1000 * DAY, "means older than 1,000 days."),
        ("--older-than 90 minutes", 90 * 60, ""),
        ("--older-than 90 min", 90 * 60, "`--older-than 90 min` means older than 90 minutes."),
        ("--older-than 30d", 30 * DAY, ""),
    ],
)
def test_a_length_of_time_may_be_written_as_people_write_it(typed: str, seconds: int, understood: str) -> None:
    """Lengths of time are read with units in words, without a unit as days; how they were read is said."""
    read = parse_delete_version(f"acme/flux {typed} --keep 5")
    assert isinstance(read, SelectVersions)
    assert read.rules == (OlderThan(seconds), Keep(5))
    assert understood in " ".join(read.understood)
    assert bool(understood) == bool(read.understood)


@pytest.mark.parametrize("name", ["older-than", "unused-for"])
@pytest.mark.parametrize(
    ("typed", "count"),
    [
        ("6m", 6),
        ("6 M", 6),
        ("6-m", 6),
        ("six m", 6),
        ("six-m", 6),
        ("*6m*", 6),
        ("“6 m”", 6),
        ("48m", 48),
        ("90m", 90),
    ],
)
def test_months_are_not_taken_for_minutes(name: str, typed: str, count: int) -> None:
    """However many, and however it is written, `m` is asked about; both lines that would work are proposed."""
    with pytest.raises(Mistyped, match="could be months or minutes") as refused:
        parse_delete_version(f"acme/flux --{name} {typed}")
    lines = [f"/delete-version acme/flux --{name} {count} {unit}" for unit in ("months", "minutes")]
    assert list(refused.value.suggestions) == lines


def test_a_month_is_not_taken_for_a_minute() -> None:
    """One month is asked about as several are."""
    with pytest.raises(Mistyped, match="`a m` could be months or minutes") as refused:
        parse_delete_version("acme/flux --older-than a m")
    assert refused.value.suggestions == tuple(
        f"/delete-version acme/flux --older-than 1 {unit}" for unit in ("month", "minute")
    )


def test_last_use_is_told_in_its_own_words() -> None:
    """How long a version was not run for is told as that."""
    read = parse_delete_version("acme/flux --unused-for 2 months")
    assert isinstance(read, SelectVersions)
    assert "means not run for 60 days (a month" in read.understood[0]


def test_rules_select_from_several_models() -> None:
    """Rules may stand beside several models and patterns, with and without their owner."""
    assert parse_delete_version("acme/flux sd exp-* --keep 5", OWN) == SelectVersions(
        (FLUX, ModelRef("acme", "sd"), ModelPattern("acme", "exp-*")), (Keep(5),)
    )


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
    assert parse_delete_version(text) == SelectVersions((FLUX,), (Keep(5),), "too many")


@pytest.mark.parametrize("dashes", ["--", "---", "—", "–", "―", "−−", "—-", "-—"])
def test_a_reason_ends_at_every_dash_that_an_option_may_have(dashes: str) -> None:
    """An option ends a reason with the same dashes as it is read with elsewhere."""
    assert parse_delete_version(f"acme/flux {dashes}keep 5") == SelectVersions((FLUX,), (Keep(5),))
    read = parse_delete_version(f"acme/flux --older-than 30d --reason old stuff {dashes}keep 5")
    assert read == SelectVersions((FLUX,), (OlderThan(30 * DAY), Keep(5)), "old stuff")


@pytest.mark.parametrize(
    "reason",
    [
        "5 -- all gone",
        "a—all",
        "x & y",
        "cost-cutting",
        "v1 -- v2",
        "v1--v2",
        "see RFC - old",
        "- old",
        "old — replaced by v2",
        "old —not needed",
        "old –we kept 5",
        "drop -v 2 of it",
        "-5 points",
        "old-keep 5",
        "———",
    ],
)
def test_a_reason_may_hold_dashes(reason: str) -> None:
    """Dashes in a sentence stay a part of the reason."""
    version = VersionRef(FLUX, "5c7d")
    assert parse_delete_version(f"acme/flux:5c7d --reason {reason}") == DeleteVersions((version,), reason)


@pytest.mark.parametrize(
    ("reason", "found", "instead"),
    [
        ("old stuff --keeep 5", "--keeep", ["--reason old stuff --keep 5"]),
        ("old stuff -keep 5", "-keep", ["--reason old stuff --keep 5"]),
        ("old stuff -keeep 5", "-keeep", ["--reason old stuff --keep 5"]),
        ("old stuff ‑‑keep 5", "‑‑keep", ["--reason old stuff --keep 5"]),
        ("old stuff —keeep 5", "—keeep", ["--reason old stuff --keep 5"]),
        ("old stuff (--keep 5)", "--keep", ["--reason old stuff --keep 5"]),
        ("old stuff *--keep 5*", "--keep", ["--reason old stuff --keep 5"]),
        ("old stuff _--keep 5_", "--keep", ["--reason old stuff --keep 5"]),
        ("old stuff,--keep=5", "--keep", ["--reason old stuff --keep=5"]),
        ("“old stuff” (—keep 5)", "—keep", ["--reason old stuff --keep 5"]),
        ("--keeep 5", "--keeep", ["--keep 5"]),
        ("--kept --keep 5", "--kept", []),
        ("old stuff --keeep 5 of them", "--keeep", []),
        ("old stuff —last 5", "—last", []),
        ("old stuff --newest", "--newest", []),
        ("old stuff --dry-run", "--dry-run", []),
        ("we --kept it", "--kept", []),
        ("--force", "--force", []),
        ("not --all-of-them", "--all-of-them", []),
    ],
)
def test_what_looks_like_an_option_in_a_reason_is_asked_about(reason: str, found: str, instead: list[str]) -> None:
    """A reason with something like an option is refused: in quotes it is a reason, and elsewhere an option."""
    with pytest.raises(Mistyped) as refused:
        parse_delete_version(f"acme/flux --older-than 30d --reason {reason}")
    assert f"`{found}` in the reason looks like an option." in str(refused.value)
    assert "put quotes around the whole reason" in str(refused.value)
    assert list(refused.value.suggestions) == [f"/delete-version acme/flux --older-than 30d {line}" for line in instead]
    quoted = parse_delete_version(f"acme/flux --older-than 30d --reason «{reason}»")
    assert quoted == SelectVersions((FLUX,), (OlderThan(30 * DAY),), reason)


def test_a_reason_with_an_option_is_shown_as_it_was_typed() -> None:
    """The line that is refused has the reason without the quotes that it should have."""
    with pytest.raises(Mistyped) as refused:
        parse_delete_version("acme/flux --reason old --keeep 5")
    [mistake] = refused.value.mistakes
    assert refused.value.line == "acme/flux --reason old --keeep 5"
    assert refused.value.line[mistake.start : mistake.end] == "--reason old --keeep 5"


@pytest.mark.parametrize(
    ("written", "reason"),
    [
        ('"tidy up"', "tidy up"),
        ("“tidy up”", "tidy up"),
        ("”tidy up“", "tidy up"),
        ("„tidy up“", "tidy up"),
        ("'it's old'", "it's old"),
        ("‘tidy up’", "tidy up"),
        ("«tidy up»", "tidy up"),
        ('"tidy up"  ', "tidy up"),
        ('"flux" is replaced by "sd"', '"flux" is replaced by "sd"'),
        ('"flux" is old', '"flux" is old'),
        ('we call it "old"', 'we call it "old"'),
        ('"not closed', '"not closed'),
        ('"keep it --keep 5 or not"', "keep it --keep 5 or not"),
        ("5' and 6'", "5' and 6'"),
    ],
)
def test_quotes_around_a_reason_are_no_part_of_it(written: str, reason: str) -> None:
    """Quotes around the whole reason are taken off, also curly ones; those around a part of it stay."""
    version = VersionRef(FLUX, "5c7d")
    assert parse_delete_version(f"acme/flux:5c7d --reason {written}") == DeleteVersions((version,), reason)
    assert parse_delete_version(f"--reason={written}\nacme/flux:5c7d") == DeleteVersions((version,), reason)


@pytest.mark.parametrize(
    "reason", ["tidy up", '"a" and "b"', "x & y", "&amp; <b>", "we --keep 5", "we --kept", "“", '"x"', "—all"]
)
def test_a_reason_written_out_is_read_back(reason: str) -> None:
    """A line that the bot proposes has the same reason as the one that was typed."""
    wanted = DeleteVersions((VersionRef(FLUX, "5c7d"),), reason)
    assert parse_delete_version(written(wanted).removeprefix("/delete-version")) == wanted


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
        ("--older-than 3 minutes", (OlderThan(180),)),
        ("--older-than 3 weeks", (OlderThan(21 * DAY),)),
    ],
)
def test_rules_are_read_without_a_model(text: str, rules: tuple[SelectionRule, ...]) -> None:
    """Rules are read without a model as well."""
    assert parse_rules(text) == rules


def test_rules_that_a_request_stores_are_read_as_they_were_meant() -> None:
    """In the rules of a request `m` is minutes; typed without a model it is asked about too."""
    assert parse_rules("--older-than 3m", is_stored=True) == (OlderThan(180),)
    with pytest.raises(NotUnderstood, match=r"`3m` could be months or minutes\. .*--older-than 3 months"):
        parse_rules("--older-than 3m")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "No rule is written"),
        ("acme/flux --keep 5", "`acme/flux` is not a rule"),
        ("--kep 5", "Did you mean `--keep`?"),
        ("keep 5", "Did you mean `--keep`"),
        ("--keep 5 --reason old", "`--reason old` is not a rule"),
        ("--with-versions", "is an option of `/delete-model`"),
        ("--keep 5 --all", "contradicts"),
        ("--keep", "needs a number"),
    ],
)
def test_text_that_is_no_rule_is_refused_and_quoted(text: str, said: str) -> None:
    """Anything but rules is refused with a quote of it, and with nothing touched."""
    with pytest.raises(NotUnderstood, match=re.escape(said)) as refused:
        parse_rules(text)
    assert "Nothing was requested" in str(refused.value)
