"""When something is gone: every combination of what can be seen."""

from __future__ import annotations

from itertools import product

import pytest

from bot.replicate.absence import Evidence, Listing, Presence, Sight, presence

BOTH = (True, False)
VERSIONS = [
    Evidence(model, listing, owned, version, accepted)
    for model, listing, owned, version, accepted in product(Sight, Listing, BOTH, Sight, BOTH)
]
MODELS = [
    Evidence(model, listing, owned, None, accepted)
    for model, listing, owned, accepted in product(Sight, Listing, BOTH, BOTH)
]

GONE_VERSIONS = {
    # Accepted, and missing from a list in which nothing else is missing: the cheap case of bulk work.
    *(
        Evidence(model, Listing.WITHOUT, owned, version, accepted=True)
        for model, owned, version in product(Sight, BOTH, (Sight.ABSENT, Sight.UNSEEN))
    ),
    # Its own address says 404 while its model is there, whatever the list is worth.
    *(
        Evidence(Sight.THERE, listing, owned=True, version=Sight.ABSENT, accepted=accepted)
        for listing, accepted in product((Listing.WITHOUT, Listing.DOUBTFUL, Listing.UNREAD), BOTH)
    ),
    # Accepted, and then the whole model went: its page and its list say 404 to its owner.
    *(
        Evidence(Sight.ABSENT, Listing.NO_LIST, owned=True, version=version, accepted=True)
        for version in (Sight.ABSENT, Sight.UNSEEN)
    ),
}
GONE_MODELS = {Evidence(Sight.ABSENT, Listing.NO_LIST, owned=True, accepted=accepted) for accepted in BOTH}


def is_shown(seen: Evidence) -> bool:
    """Whether any address still shows the target."""
    if seen.version is None:
        return seen.model is Sight.THERE or seen.listing not in (Listing.NO_LIST, Listing.UNREAD)
    return seen.version is Sight.THERE or seen.listing is Listing.WITH


@pytest.mark.parametrize(
    ("table", "gone"), [(VERSIONS, GONE_VERSIONS), (MODELS, GONE_MODELS)], ids=["version", "model"]
)
def test_only_the_listed_combinations_of_answers_mean_gone(table: list[Evidence], gone: set[Evidence]) -> None:
    """Just the combinations of the table are gone, what is shown anywhere is there, and nothing else is settled."""
    assert gone <= set(table)
    for seen in table:
        expected = Presence.THERE if is_shown(seen) else Presence.GONE if seen in gone else Presence.UNSETTLED
        assert presence(seen) is expected, seen


@pytest.mark.parametrize("accepted", BOTH)
def test_nothing_is_gone_while_every_address_answers_404(accepted: bool) -> None:  # noqa: FBT001 - a parameter of the test
    """Where every address answers 404, the account's too, nothing is gone."""
    for version in (Sight.ABSENT, None):
        seen = Evidence(Sight.ABSENT, Listing.NO_LIST, owned=False, version=version, accepted=accepted)
        assert presence(seen) is Presence.UNSETTLED
