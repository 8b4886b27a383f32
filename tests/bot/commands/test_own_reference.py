"""`--ref`: the team's own reference, as people and clients of Slack type it."""

from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from bot.commands.mistakes import Mistyped
from bot.commands.own_reference import (
    MAX_REFERENCE_CHARS,
    checked_reference,
    plain_reference,
    reference_problem,
    written_reference,
)
from bot.commands.parse import parse_delete_model, parse_delete_version
from bot.commands.rules import parse_rules
from bot.commands.wanted import DeleteVersions, PickVersions, SelectVersions, written
from bot.errors import NotUnderstood
from bot.refs import ModelRef

FLUX = ModelRef("acme", "flux")
VERSION = f"{FLUX}:5c7d5dc6"


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("--ref OPS-17", "OPS-17"),
        ("—ref OPS-17", "OPS-17"),
        ("--REF=OPS-17", "OPS-17"),
        ("--ref: OPS-17", "OPS-17"),
        ("--ref “OPS-17”", "OPS-17"),
        ("--ref 'OPS-17’", "OPS-17"),
        ("--ref “ OPS-17 ”", "OPS-17"),
        ("--ref #4711", "#4711"),
        ("--ref a,b;c", "a,b;c"),
        ("--ref a--b", "a--b"),
        ("--ref <https://jira.example/browse/OPS-17?x=1|OPS-17>", "https://jira.example/browse/OPS-17?x=1"),
        ("--ref &lt;!channel&gt;", "!channel"),
        ("--ref *OPS*", "*OPS*"),
        ("--ref a&amp;b", "a&b"),
        ("--ref ТИКЕТ-17", "ТИКЕТ-17"),
    ],
)
def test_a_reference_is_read_as_it_was_meant(typed: str, read: str) -> None:
    """Dashes, quotes and links are as clients make them, and a reference may be what no word of a line can be."""
    reason = "--reason why"
    for text in (
        f"{VERSION} {typed}",
        f"{typed} {VERSION}",
        f"{VERSION} {typed} {reason}",
        f"{VERSION} {reason} {typed}",
    ):
        wanted = parse_delete_version(text)
        assert isinstance(wanted, DeleteVersions)
        assert wanted.reference == read
        assert parse_delete_version(written(wanted).partition(" ")[2]) == wanted


@pytest.mark.parametrize(
    ("typed", "said", "instead"),
    [
        ("acme/flux --ref", "Nothing follows `--ref`.", ("/delete-version acme/flux",)),
        ("acme/flux --ref “”", "Nothing follows `--ref`.", ("/delete-version acme/flux",)),
        ("acme/flux --ref --keep 5", "Nothing follows `--ref`.", ("/delete-version acme/flux --keep 5",)),
        (f"acme/flux --ref {'x' * 5_000}", "The reference has 5,000 characters; at most 64 are allowed.", ()),
        ('acme/flux --ref "OPS 17"', "A reference is one word, and `OPS 17` has a space.", ()),
        ("acme/flux --ref OPS\u200b17", "The reference `OPS[U+200B]17` has a character that cannot be seen.", ()),
        ("acme/flux --ref OPS\x0717", "The reference `OPS[U+0007]17` has a character that cannot be seen.", ()),
        (
            "acme/flux --older-than 30d --ref OPS-17,--keep=5",
            "`--keep` in the reference looks like an option. Write it apart.",
            ("/delete-version acme/flux --older-than 30d --ref OPS-17 --keep=5",),
        ),
        (
            "acme/flux --older-than 30d --ref OPS-17;--kep=5",
            "`--kep` in the reference looks like an option. Write it apart.",
            ("/delete-version acme/flux --older-than 30d --ref OPS-17 --keep=5",),
        ),
        ("acme/flux --ref “--x”", "A reference cannot begin with dashes, as `--x` does.", ()),
        (
            "acme/flux --ref A --ref B",
            "`--ref` is there twice; it can be given only once.",
            ("/delete-version acme/flux --ref A", "/delete-version acme/flux --ref B"),
        ),
        (
            "acme/flux --ref A --reason x --ref A",
            "`--ref` is there twice; it can be given only once.",
            ("/delete-version acme/flux --ref A --reason x",),
        ),
        (
            "acme/flux --reff A",
            "Unknown option `--reff`. Did you mean `--ref`?",
            ("/delete-version acme/flux --ref A",),
        ),
    ],
)
def test_what_can_be_no_reference_is_said_with_what_would_work(typed: str, said: str, instead: tuple[str, ...]) -> None:
    """A reference that is missing, too long, written twice or invisible in part is refused; nothing is requested."""
    with pytest.raises(Mistyped) as refused:
        parse_delete_version(typed)
    assert refused.value.said == (said,)
    assert refused.value.suggestions == instead
    assert "Nothing was requested." in str(refused.value)


def test_both_mistakes_at_the_end_of_a_line_are_told() -> None:
    """What is wrong with the reference and with the reason is told together, each at its place."""
    with pytest.raises(Mistyped) as refused:
        parse_delete_version("acme/flux --ref A --ref B --reason")
    first, second = refused.value.mistakes
    assert refused.value.line[first.start : first.end] == "--ref A"
    assert refused.value.line[second.start : second.end] == "--reason"
    assert refused.value.suggestions == ("/delete-version acme/flux --ref A", "/delete-version acme/flux --ref B")


def test_every_form_of_both_commands_takes_a_reference() -> None:
    """Models, versions, rules and the picker: each carries the reference, and its line says it again."""
    assert parse_delete_version("acme/flux --ref A") == PickVersions(FLUX, reference="A")
    by_rule = parse_delete_version("acme/flux --keep 5 --ref A")
    assert isinstance(by_rule, SelectVersions)
    assert written(by_rule) == "/delete-version acme/flux --keep 5 --ref A"
    models = parse_delete_model("acme/flux --with-versions --ref A --reason old")
    assert written(models) == "/delete-model acme/flux --with-versions --ref A --reason old"  # type: ignore[arg-type]


def test_a_reference_inside_a_quoted_reason_stays_in_it() -> None:
    """What is in quotes with the reason belongs to it."""
    wanted = parse_delete_version(f'{VERSION} --reason "not --ref A"')
    assert isinstance(wanted, DeleteVersions)
    assert (wanted.reason, wanted.reference) == ("not --ref A", "")


def test_rules_alone_take_no_reference() -> None:
    """In a field for rules a reference is no rule."""
    with pytest.raises(NotUnderstood, match="`--ref A` is not a rule"):
        parse_rules("--keep 5 --ref A")


@given(st.text(max_size=MAX_REFERENCE_CHARS + 3))
def test_any_reference_is_read_back_from_its_line(typed: str) -> None:
    """Whatever is accepted is 1 to 64 visible characters, and the line that says it is read as the same."""
    reference = plain_reference(typed)
    assert plain_reference(reference) == reference
    assume(not reference_problem(reference))
    assert 1 <= len(reference) <= MAX_REFERENCE_CHARS
    assert reference.isprintable()
    assert not any(map(str.isspace, reference))
    wanted = parse_delete_version(f"{VERSION}{written_reference(reference)}")
    assert isinstance(wanted, DeleteVersions)
    assert wanted.reference == reference


def test_a_field_with_what_can_be_no_reference_is_refused() -> None:
    """What stood in a preview's field is refused with what to do; an empty field and none are taken."""
    assert checked_reference("") == ""
    assert checked_reference(None) is None
    with pytest.raises(NotUnderstood, match="Correct it in the preview, then click again"):
        checked_reference("OPS 17")
