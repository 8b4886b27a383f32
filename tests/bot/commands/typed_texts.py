"""Texts as people type them, and damaged ones, for tests of what is read of them."""

from __future__ import annotations

import re
import string

from hypothesis import strategies as st

from bot.refs import ModelRef, VersionRef

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

options = st.sampled_from(
    [
        "--keep 5",
        "--keep five",
        "--keep 0",
        "--kepp=5",
        "—older-than 30",
        "--older-than 3 weeks",
        "--older-than 3m",
        "--unused for “2 months”",
        "--all",
        "--all=no",
        "keep 5",
        "--with-versions",
        "--force",
        "--reason tidy up",
        '--reason "old" --keep 5',
        "--reason",
        "--reson <!here> `x`",
    ]
)
odd_words = st.sampled_from(
    [
        "flux",
        "exp-*",
        "acme/exp-[0-9]",
        "other/*",
        "*bold*",
        "*acme/flux*",
        "**acme/flux",
        "*flux",
        "sdxl*",
        "_*sd",
        "*-old",
        "**",
        "exp-1?",
        "acme/exp-?1",
        "acme/flux…",
        "_flux_",
        "*",
        "5c7d",
        "flux:5c7d",
        "acme / flux",
        "acme/flux—2",
        "<!channel>",
        "<@U1>",
        "&lt;!here&gt;",
        "*_~`",
        ":tada:",
        "and",
        "acme/fl\u200bux",
        "```",
    ]
)
anything_typed = st.one_of(
    anything, st.lists(st.one_of(damaged(), options, odd_words, st.text(max_size=10)), max_size=6).map(" ".join)
)
"""Whatever somebody may type after a command, with options."""
