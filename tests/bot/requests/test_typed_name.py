"""The name of a model, typed to confirm a deletion."""

from __future__ import annotations

import pytest

from bot.refs import ModelRef
from bot.requests.typed_name import is_typed

FLUX = ModelRef("acme", "flux")


@pytest.mark.parametrize(
    "text",
    [
        "acme/flux",
        "  acme/flux\n",
        "Acme/Flux",
        "`acme/flux`",
        "“acme/flux”",
        " ‘acme/flux’ ",
        "« acme/flux »",
        "'`acme/flux`'",
    ],
)
def test_the_whole_name_counts(text: str) -> None:
    """Space and quotes around it do not matter, nor what a phone makes of the first letter."""
    assert is_typed(text, FLUX)


@pytest.mark.parametrize(
    "text", ["", "flux", "acme/", "acme/flux2", "acme /flux", "acme/flux:0", "`acme`/`flux`", "“”"]
)
def test_nothing_else_does(text: str) -> None:
    """Less, more or something else is not the name."""
    assert not is_typed(text, FLUX)


@pytest.mark.parametrize("text", ["", "None"])
def test_without_a_model_nothing_is_its_name(text: str) -> None:
    """Where nothing is left to delete, nothing that is typed confirms it."""
    assert not is_typed(text, None)
