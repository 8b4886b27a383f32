"""What needs the versions of a model, and how many could go."""

from __future__ import annotations

import pytest

from bot.inventory.known_model import Source
from bot.inventory.uses import Use, unused, uses_in_words

LIVE = Use(Source.DEPLOYMENT, "acme/live", "flux", "v1")
TRAINED = Use(Source.TRAINING, "t1", "flux", "v2")
UNTOLD = Use(Source.DEPLOYMENT, "acme/beta", "flux", "")


def test_versions_that_nothing_needs() -> None:
    """A version needed twice is one less; where something may need any version, none could go."""
    ids = ("v1", "v2", "v3")
    assert unused(ids, [], "flux") == 3
    assert unused(ids, [LIVE, Use(Source.TRAINING, "t2", "", "v1")], "flux") == 2
    assert unused(ids, [LIVE, UNTOLD], "flux") == 0
    assert unused(ids, [Use(Source.DEPLOYMENT, "acme/other", "sdxl", "")], "flux") == 3


@pytest.mark.parametrize(
    ("uses", "words"),
    [
        ([], ""),
        ([TRAINED], "1 training"),
        ([LIVE, LIVE], "deployment acme/live"),
        ([LIVE, TRAINED], "deployment acme/live and 1 training"),
        ([LIVE, UNTOLD, TRAINED], "deployment acme/beta, deployment acme/live and 1 training"),
        (
            [Use(Source.DEPLOYMENT, f"acme/d{n}", "flux", "v1") for n in range(5)],
            "deployment acme/d0, deployment acme/d1, deployment acme/d2 and 2 more deployments",
        ),
    ],
)
def test_uses_in_words(uses: list[Use], words: str) -> None:
    """A few deployments are named, the others and all trainings counted."""
    assert uses_in_words(uses) == words
