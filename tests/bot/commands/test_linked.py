"""Which references are in a message that people wrote to each other."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.commands.linked import Linked, MessageText, linked_in
from bot.refs import ModelRef, VersionRef

FLUX, OLD = ModelRef("acme", "flux"), ModelRef("acme", "old")
ID = "5c7d5dc6" * 8


def in_text(text: str) -> Linked:
    return linked_in(MessageText(mrkdwn=(text,)))


@pytest.mark.parametrize(
    "text",
    [
        f"<https://replicate.com/acme/flux/versions/{ID}>",
        f"please look at <https://replicate.com/acme/flux/versions/{ID}|this one>, it is broken",
        f"acme/flux:{ID}",
        f"*acme/flux:{ID}*",
        f"_acme/flux:{ID}_",
        f"`acme/flux:{ID}`!",
        f"(see acme/flux:{ID}).",
        f"<https://replicate.com/acme/flux> or rather acme/flux:{ID}",
        f"r8.im/acme/flux@sha256:{ID}",
        f"<https://api.replicate.com/v1/models/acme/flux/versions/{ID}?x=1#top>",
        f"```\nacme/flux:{ID}\n```",
        f"&lt;acme/flux:{ID}&gt;",
    ],
)
def test_a_version_is_found_however_it_is_written(text: str) -> None:
    """A version's address or `owner/name:id` is found among other words, and is not also its model alone."""
    assert in_text(text) == Linked(versions=(VersionRef(FLUX, ID),))


@pytest.mark.parametrize(
    "text", ["<https://replicate.com/acme/flux>", "<https://replicate.com/acme/flux/versions|versions>"]
)
def test_a_models_page_is_a_model(text: str) -> None:
    """A model's page, or one of its tabs, is that model."""
    assert in_text(text) == Linked(models=(FLUX,))


def test_the_address_of_a_link_counts_and_not_its_label() -> None:
    """Where a link's label names something else than it leads to, what it leads to is meant."""
    text = f"<https://replicate.com/acme/flux/versions/{ID}|https://replicate.com/acme/old>"
    assert in_text(text) == Linked(versions=(VersionRef(FLUX, ID),))


def test_words_that_look_like_models_are_kept_apart() -> None:
    """`and/or` looks like a model's name; whether it is one has to be looked up."""
    assert in_text("acme/flux and/or acme/old") == Linked(
        maybe=(FLUX, ModelRef("and", "or"), OLD),
    )


@pytest.mark.parametrize("text", ["Delete acme/flux?", "(acme/flux?)", "Shall we delete acme/flux?!"])
def test_a_question_about_a_model_names_it(text: str) -> None:
    """In a message a question mark ends a sentence."""
    assert in_text(text) == Linked(maybe=(FLUX,))


def test_each_reference_counts_once() -> None:
    """What is in a message's text and in its blocks too is one reference."""
    message = MessageText(
        (f"acme/flux:{ID}",), (f"acme/flux:{ID}",), (f"https://replicate.com/acme/flux/versions/{ID}",)
    )
    assert linked_in(message) == Linked(versions=(VersionRef(FLUX, ID),))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Shall we delete the old one?",
        "<@UANA> <#COPS|ml-ops> <!channel> <!date^1767225600^{date}|2026/01/01> <mailto:a@acme.test|a/b>",
        f"<https://evil.test/acme/flux:{ID}> <https://replicate.com.evil.test/acme/flux>",
        "<https://replicate.com/docs/topics> <https://replicate.com/pricing>",
        f"acme/fl\N{ZERO WIDTH SPACE}ux:{ID}",
        f"acme/flux:{ID}\N{RIGHT-TO-LEFT OVERRIDE}x",
        f"acme/../flux:{ID}",
        f"acme/flux%2f:{ID}",
        "--all --keep 5 --with-versions /delete-model",
        "5c7d5dc6",
        "\x00",
    ],
)
def test_everything_else_is_no_reference(text: str) -> None:
    """Words, mentions, other sites, Replicate's own pages, hidden characters and options name nothing."""
    assert in_text(text) == Linked()


def test_hundreds_of_links_are_found_at_once() -> None:
    """A message full of links is read in one pass over its text."""
    links = [f"<https://replicate.com/acme/m{n}/versions/{n:064x}|m{n}>" for n in range(500)]
    assert len(in_text(" ".join(links)).versions) == 500


@given(st.text(max_size=300))
def test_no_text_is_too_odd(text: str) -> None:
    """Whatever somebody writes, it is read without an error."""
    linked_in(MessageText((text,), (text,), (text,)))
