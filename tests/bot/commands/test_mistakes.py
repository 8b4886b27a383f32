"""Whatever is typed, what is wrong with it is shown harmlessly, and what is proposed instead works."""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings

from bot.commands.mistakes import Mistyped, printable
from bot.commands.own_names import NO_ACCOUNT, OwnNames
from bot.commands.parse import parse_delete_model, parse_delete_version, split_command
from bot.commands.wanted import DeleteModels, DeleteVersions, Help, PickVersions, SelectVersions, written
from bot.messages.typed_lines import mistyped
from bot.refs import Command
from tests.bot.commands.typed_texts import anything_typed
from tests.sandbox.slack.block_kit import findings_in

unhurried = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
OWN = OwnNames(("acme",))
Meaning = DeleteModels | DeleteVersions | SelectVersions | PickVersions | Help


def read(line: str) -> Meaning:
    """Return what a whole line means for an account that is known."""
    command, text = split_command(line)
    parse = parse_delete_model if command is Command.DELETE_MODEL else parse_delete_version
    return parse(text, OWN)


def refusals(text: str) -> list[Mistyped]:
    """Return what both commands say against a text."""
    refused = []
    for command in Command:
        try:
            read(f"{command} {text}")
        except Mistyped as error:
            refused.append(error)
    return refused


def refusal(line: str, own: OwnNames = OWN) -> Mistyped:
    """Return what is said against one line."""
    command, text = split_command(line)
    parse = parse_delete_model if command is Command.DELETE_MODEL else parse_delete_version
    with pytest.raises(Mistyped) as refused:
        parse(text, own)
    return refused.value


@unhurried
@given(anything_typed)
def test_a_refusal_shows_the_text_harmlessly(text: str) -> None:
    """Whatever is typed, its refusal is a message that Slack takes, without markup, mentions or links of the text."""
    for refused in refusals(text):
        message = mistyped(refused)
        assert findings_in(list(message.blocks)) == []
        assert len(message.text) < 4_000
        assert refused.command in message.text
        assert message.text.replace("\n", "").replace("\u2060", "").isprintable()  # it parts @ from a name
        mrkdwn = [message.text, *(block["text"]["text"] for block in message.blocks if block["type"] == "section")]
        for words in mrkdwn:
            assert "<" not in words
            assert words.count("`") % 2 == 0
            assert not re.search(r"[*_~]\S", re.sub(r"`[^`]*`|“.*”", "", words, flags=re.DOTALL))


@unhurried
@given(anything_typed)
def test_the_line_is_shown_whole_with_its_mistakes_in_bold(text: str) -> None:
    """A refusal shows all that was typed, to be copied, in an element without markup; what is wrong in it is bold."""
    for refused in refusals(text):
        [echo] = [block for block in mistyped(refused).blocks if block["type"] == "rich_text"]
        parts = echo["elements"][0]["elements"]
        assert {part["type"] for part in parts} == {"text"}
        assert "".join(part["text"] for part in parts) == printable(f"{refused.command} {refused.line}")
        places = sorted((m.start, m.end) for m in refused.mistakes if m.end > m.start)
        if all(end <= start for (_, end), (start, _) in pairwise(places)):
            bold = [part["text"] for part in parts if part.get("style")]
            assert bold == [printable(refused.line[start:end]) for start, end in places]


@unhurried
@given(anything_typed)
def test_every_proposed_line_works(text: str) -> None:
    """Every line that is proposed is read as a command, and so is that command written out."""
    for refused in refusals(text):
        for line in refused.suggestions:
            meant = read(line)
            assert not isinstance(meant, Help)
            again = read(written(meant))
            assert again == (replace(meant, understood=()) if isinstance(meant, SelectVersions) else meant)


def test_all_mistakes_are_told_at_once() -> None:
    """One unreadable reference hides nothing that is wrong with the others, and its line without it is proposed."""
    refused = refusal("/delete-version flux:5c7d ba!nana acme/b@d acme/sd:81ab https://example.com/a/b")
    assert [refused.line[m.start : m.end] for m in refused.mistakes] == [
        "ba!nana",
        "acme/b@d",
        "https://example.com/a/b",
    ]
    assert len(refused.said) == 3
    assert refused.suggestions == ("/delete-version flux:5c7d acme/sd:81ab",)


def test_mistakes_in_options_and_references_are_mended_together() -> None:
    """What is plain everywhere in a line becomes one line that works."""
    assert refusal("/delete-version acme / flux and sd --kepp five").suggestions == ()
    assert refusal("/delete-version acme / flux and sd --kepp 5").suggestions == (
        "/delete-version acme/flux sd --keep 5",
    )


@pytest.mark.parametrize(
    "line",
    [
        "/delete-model acme/flux 5c7",
        "/delete-model acme/flux flux:ab",
        "/delete-version acme/flux 5c7 --keep 5",
        "/delete-version acme/flux 5c7 --kepp 5",
    ],
)
def test_what_would_delete_more_than_was_named_is_not_proposed(line: str) -> None:
    """An id that cannot be read is not left out where the line without it means a model, or other versions."""
    assert refusal(line).suggestions == ()


def test_an_id_after_what_cannot_be_read_is_no_version_of_the_model_before() -> None:
    """Leaving out a model that cannot be read leaves out its versions too."""
    refused = refusal("/delete-version acme/flux:5c7d acme/b@d 81ab33f0 9e107d9d")
    assert refused.suggestions == ("/delete-version acme/flux:5c7d",)


@pytest.mark.parametrize(
    "line", ["/delete-version flux", "/delete-model exp-* --reason old", "/delete-version flux:5c7d"]
)
def test_names_without_an_owner_wait_until_the_account_is_known(line: str) -> None:
    """While the account is not known, its names are refused with the same line to run again."""
    refused = refusal(line, NO_ACCOUNT)
    assert "Replicate hasn't told me yet" in str(refused)
    assert refused.suggestions == (line,)
    assert not isinstance(read(line), Help)


@pytest.mark.parametrize(
    ("text", "instead"),
    [
        ("*exp*", ["exp", "acme/*exp*"]),
        ("*", ["acme/*"]),
        ("*/exp-1*", ["acme/exp-1*"]),
        ("*acme/flux acme/sd*", ["acme/flux acme/sd"]),
        ("acme/flux—dev", ["acme/flux--dev"]),
        ("acme/flux–dev", ["acme/flux-dev"]),
        ("acme/fl\u200bux", ["acme/flux"]),
        ("acme/fl\u202eux", []),
        ("-acme/flux", ["acme/flux"]),
        ("acme /flux", ["acme/flux"]),
        ("delete the model flux", ["flux"]),
        ("flux -with-versions", ["flux --with-versions"]),
    ],
)
def test_what_clients_make_of_a_text_is_undone(text: str, instead: list[str]) -> None:
    """Dashes, bold text, invisible characters, marks of lists and words between names are undone."""
    assert list(refusal(f"/delete-model {text}").suggestions) == [f"/delete-model {line}" for line in instead]


@pytest.mark.parametrize(
    ("text", "instead"),
    [
        ("acme/flux/5c7d5dc6", ["acme/flux:5c7d5dc6"]),
        ("acme/flux@5c7d5dc6", ["acme/flux:5c7d5dc6"]),
        ("acme/flux::5c7d5dc6", ["acme/flux:5c7d5dc6"]),
        ("flux 5c7d5dcO", ["flux 5c7d5dc0"]),
        ("5c7d", ["acme/5c7d"]),
    ],
)
def test_a_version_in_another_spelling_leads_to_the_right_one(text: str, instead: list[str]) -> None:
    """Where it is plain which version is meant, its reference as it should be is proposed."""
    assert list(refusal(f"/delete-version {text}").suggestions) == [f"/delete-version {line}" for line in instead]
