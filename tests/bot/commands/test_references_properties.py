import re
import string
from typing import assert_never
from urllib.parse import unquote, urljoin, urlsplit

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.commands.parse import (
    DeleteModels,
    DeleteVersions,
    Help,
    PickVersions,
    SelectVersions,
    parse_delete_model,
    parse_delete_version,
)
from bot.errors import NotUnderstood
from bot.refs import ModelRef, VersionRef

ORIGIN = "https://api.replicate.com"
unhurried = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
SAFE = re.compile(r"[A-Za-z0-9._-]+")
TABS = ("/versions", "/api", "/examples", "/playground", "/readme", "/settings", "/train")
SITE_PAGES = frozenset(
    re.findall(
        r"\w+",
        "about account blog changelog collections deployments docs enterprise explore home p playground "
        "predictions pricing privacy signin status support terms trainings",
    )
)

owners = st.from_regex(r"[A-Za-z0-9]([A-Za-z0-9_-]{0,20}[A-Za-z0-9_])?", fullmatch=True).filter(
    lambda owner: owner.lower() not in SITE_PAGES
)
names = st.from_regex(r"[A-Za-z0-9]([A-Za-z0-9_-]{0,9}(\.[A-Za-z0-9_-]{1,9})?[A-Za-z0-9_])?", fullmatch=True)
models = st.builds(ModelRef, owners, names)
selectors = st.one_of(st.text("0123456789abcdef", min_size=4, max_size=64), st.sampled_from(["v1", "v2.0", "v3-rc_1"]))
versions = st.builds(VersionRef, models, selectors)

hosts = st.sampled_from(
    [
        scheme + host
        for scheme in ("", "http://", "https://", "HTTPS://")
        for host in ("replicate.com", "www.replicate.com", "Replicate.com")
    ]
)
api_hosts = st.sampled_from(["api.replicate.com", "https://api.replicate.com", "http://API.replicate.com"])
registries = st.sampled_from(["r8.im", "https://r8.im"])
wrappings = st.sampled_from(
    [
        "{}",
        "<{}>",
        "<{}|x, y>",
        "&lt;{}&gt;",
        "`{}`",
        '"{}"',
        "“{}”",
        "‘{}’",
        "«{}»",
        "({})",
        "[{}],",
        "{}.",
        "{}?",
    ]
)
closings = st.sampled_from(["", "/", "?a=b", "#a", "/?a=b#c"])


def wrapped(written: str) -> st.SearchStrategy[str]:
    """Return `written` closed and wrapped in every way, but never with a final segment of dots."""
    whole = st.builds(lambda wrapping, closing: wrapping.format(written + closing), wrappings, closings)
    return whole.filter(lambda text: not text.endswith("/."))


@st.composite
def written_models(draw: st.DrawFn) -> tuple[ModelRef, str]:
    model = draw(models)
    written = draw(
        st.one_of(
            st.just(str(model)),
            st.builds(lambda host, tab: f"{host}/{model}{tab}", hosts, st.sampled_from(["", *TABS])),
            st.builds(
                lambda host, tab: f"{host}/v1/models/{model}{tab}",
                api_hosts,
                st.sampled_from(["", "/versions"]),
            ),
            st.builds(lambda host: f"{host}/{model}", registries),
        )
    )
    return model, draw(wrapped(written))


@st.composite
def written_versions(draw: st.DrawFn) -> tuple[VersionRef, str]:
    version = draw(versions)
    model, selector = version.model, draw(st.sampled_from([version.selector, f"sha256:{version.selector}"]))
    written = draw(
        st.one_of(
            st.sampled_from([f"{model}:{selector}", f"{model}@sha256:{version.selector}"]),
            st.builds(lambda host: f"{host}/{model}/versions/{selector}", hosts),
            st.builds(lambda host: f"{host}/{model}:{selector}", hosts),
            st.builds(lambda host: f"{host}/v1/models/{model}/versions/{selector}", api_hosts),
            st.builds(lambda host: f"{host}/{model}@sha256:{version.selector}", registries),
        )
    )
    apart = st.builds("{} {}".format, wrapped(str(model)), wrappings.map(lambda w: w.format(selector)))
    return version, draw(st.one_of(wrapped(written), apart))


AWKWARD = [
    *"/:@.?#%\\<>|&;,*~ \n\t\x00`'\"“”—-[](){}",
    "..",
    "/../",
    "%2e",
    "&lt;",
    "://",
    "\u200b",
    "\u202e",
    "а",
    "sha256:",
]


@st.composite
def damaged(draw: st.DrawFn) -> str:
    """A valid text with pieces cut out, doubled or put in."""
    _, text = draw(st.one_of(written_models(), written_versions()))
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(text)))
        end = draw(st.integers(start, min(len(text), start + 6)))
        put_in = draw(st.one_of(st.sampled_from(AWKWARD), st.characters(), st.just(text[start:end] * 2)))
        text = text[:start] + put_in + text[end:]
    return text


anything = st.one_of(
    st.text(),
    st.text(string.printable),
    st.text("ab1/:.@ <>|", max_size=40),
    damaged(),
    st.lists(damaged(), max_size=4).map(" ".join),
)


def understood(text: str) -> list[ModelRef | VersionRef]:
    """Return everything that either command would delete, or let somebody pick from, for `text`."""
    found: list[ModelRef | VersionRef] = []
    for read in (parse_delete_model, parse_delete_version):
        try:
            meaning = read(text)
        except NotUnderstood:
            continue
        match meaning:
            case DeleteModels(named):
                found.extend(named)
            case DeleteVersions(chosen):
                found.extend(chosen)
            case SelectVersions(model) | PickVersions(model):
                found.append(model)
            case Help():
                pass
            case _:
                assert_never(meaning)
    return found


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
def test_a_refusal_is_short_and_shows_a_command(text: str) -> None:
    """Whatever is typed, a refusal is short, has nothing invisible, and shows a command."""
    for read, command in ((parse_delete_model, "/delete-"), (parse_delete_version, "/delete-version ")):
        try:
            read(text)
        except NotUnderstood as refused:
            message = str(refused)
            assert len(message) < 1000
            assert message.isprintable()
            assert command in message


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
