import re
from typing import assert_never
from urllib.parse import unquote, urljoin, urlsplit

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.commands.mistakes import Mistyped
from bot.commands.own_names import OwnNames
from bot.commands.parse import parse_delete_model, parse_delete_version
from bot.commands.wanted import DeleteModels, DeleteVersions, Help, PickVersions, SelectVersions
from bot.refs import Command, ModelPattern, ModelRef, VersionRef
from tests.bot.commands.typed_texts import anything, written_models, written_versions

ORIGIN = "https://api.replicate.com"
unhurried = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
SAFE = re.compile(r"[A-Za-z0-9._-]+")


def read(text: str, command: Command) -> DeleteModels | DeleteVersions | SelectVersions | PickVersions | Help:
    """Return what a command means for an account that is known."""
    parse = parse_delete_model if command is Command.DELETE_MODEL else parse_delete_version
    return parse(text, OwnNames(("acme",)))


def understood(text: str) -> list[ModelRef | VersionRef]:
    """Return everything that either command would delete, or let somebody pick from, for `text`."""
    found: list[ModelRef | VersionRef | ModelPattern] = []
    for command in Command:
        try:
            meaning = read(text, command)
        except Mistyped:
            continue
        match meaning:
            case DeleteModels(named) | SelectVersions(named):
                found.extend(named)
            case DeleteVersions(chosen):
                found.extend(chosen)
            case PickVersions(model):
                found.append(model)
            case Help():
                pass
            case _:
                assert_never(meaning)
    assert all(one.owner == "acme" for one in found if isinstance(one, ModelPattern))
    return [one for one in found if not isinstance(one, ModelPattern)]


def parts(reference: ModelRef | VersionRef) -> list[str]:
    if isinstance(reference, VersionRef):
        return [*parts(reference.model), reference.selector]
    return [reference.owner, reference.name]


def api_path(reference: ModelRef | VersionRef) -> str:
    owner, name, *selector = parts(reference)
    return "/".join(["/v1/models", owner, name, *(["versions", *selector] if selector else [])])


@unhurried
@given(anything)
def test_every_part_of_a_reference_is_one_safe_segment(text: str) -> None:
    """Whatever is typed, a reference has only safe characters and never an empty or a dot segment."""
    for part in (part for reference in understood(text) for part in parts(reference)):
        assert SAFE.fullmatch(part)
        assert part.strip(".")
        assert ".." not in part


@unhurried
@given(anything)
def test_no_reference_changes_the_path_of_a_deletion(text: str) -> None:
    """Whatever is typed, the path of a deletion stays the same however a URL is joined or normalised."""
    for reference in understood(text):
        path = api_path(reference)
        assert urlsplit(urljoin(f"{ORIGIN}/v1/", path)).path == path
        assert httpx.URL(f"{ORIGIN}/v1/").join(path).raw_path == path.encode()
        assert unquote(path) == path


@unhurried
@given(anything)
def test_an_understood_reference_written_plainly_reads_back(text: str) -> None:
    """Every reference that was understood, written plainly, means itself."""
    for reference in understood(text):
        if isinstance(reference, VersionRef):
            assert parse_delete_version(str(reference)) == DeleteVersions((reference,))
        else:
            assert parse_delete_model(str(reference)) == DeleteModels((reference,))


@unhurried
@given(written_models())
def test_a_model_in_any_accepted_form_is_that_model(written: tuple[ModelRef, str]) -> None:
    """A model in any accepted form, wrapped and closed in any way, is that model."""
    model, text = written
    assert parse_delete_model(text) == DeleteModels((model,))


@unhurried
@given(written_versions())
def test_a_version_in_any_accepted_form_is_that_version(written: tuple[VersionRef, str]) -> None:
    """A version in any accepted form, wrapped and closed in any way, is that version."""
    version, text = written
    assert parse_delete_version(text) == DeleteVersions((version,))


@unhurried
@given(st.lists(written_models(), min_size=1, max_size=8), st.sampled_from([" ", ", ", ";", "\n"]))
def test_several_models_keep_their_order(written: list[tuple[ModelRef, str]], between: str) -> None:
    """Several models are read in typed order, each once."""
    expected = tuple(dict.fromkeys(model for model, _ in written))
    assert parse_delete_model(between.join(text for _, text in written)) == DeleteModels(expected)


@pytest.mark.parametrize(
    "piece",
    [
        "<",
        "<a",
        "<a|",
        "<a?",
        "<a?b|c",
        "&lt;",
        "&amp;",
        "a/",
        "/.a",
        "a-",
        "a:",
        "@sha256:",
        "[",
        "?#",
        "a" * 50,
    ],
)
def test_text_of_one_repeated_piece_is_read_or_refused(piece: str) -> None:
    """A text filled with one awkward piece up to the limit is refused or read, and nothing else happens."""
    filled = (piece * 10_000)[:10_000]
    for text in (filled, "acme/" + filled[:9_995], filled[:9_999] + "!"):
        assert all(SAFE.fullmatch(part) for reference in understood(text) for part in parts(reference))
