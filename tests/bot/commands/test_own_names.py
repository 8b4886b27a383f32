"""Names and patterns without an owner, where the bot works for several accounts."""

from __future__ import annotations

import pytest

from bot.commands.mistakes import Mistyped
from bot.commands.own_names import OwnNames, bare_names
from bot.commands.parse import parse_delete_model, parse_delete_version
from bot.commands.wanted import DeleteModels, DeleteVersions, PickVersions
from bot.refs import ModelPattern, ModelRef, VersionRef

OWN = OwnNames(("acme", "globex", "initech"), {"flux": ("globex",), "sd": ("acme", "initech"), "llama": ("acme",)})


def test_a_name_that_one_account_has_needs_no_owner() -> None:
    """A name that is known of one account alone is that one's, in any case, also with a version."""
    assert parse_delete_version("Flux", OWN) == PickVersions(ModelRef("globex", "Flux"))
    assert parse_delete_model("flux llama", OWN) == DeleteModels(
        (ModelRef("globex", "flux"), ModelRef("acme", "llama"))
    )
    assert parse_delete_version("flux:5c7d 81ab", OWN) == DeleteVersions(
        (VersionRef(ModelRef("globex", "flux"), "5c7d"), VersionRef(ModelRef("globex", "flux"), "81ab"))
    )


def test_a_name_that_several_accounts_have_is_asked_about() -> None:
    """A name that several accounts have is told with these accounts, and each line that would work."""
    with pytest.raises(Mistyped) as told:
        parse_delete_version("sd:5c7d --reason old", OWN)
    assert "`sd:5c7d` is a model of `acme` and `initech`" in str(told.value)
    assert told.value.suggestions == (
        "/delete-version acme/sd:5c7d --reason old",
        "/delete-version initech/sd:5c7d --reason old",
    )


def test_a_name_that_no_account_is_known_to_have_is_asked_about() -> None:
    """A name that nobody knows is told with all accounts, each of which may have it."""
    with pytest.raises(Mistyped) as told:
        parse_delete_model("nobody", OWN)
    assert "I know no model `nobody` of `acme`, `globex` and `initech`" in str(told.value)
    assert told.value.suggestions == tuple(f"/delete-model {account}/nobody" for account in OWN.accounts)


def test_an_account_that_is_not_told_is_no_only_account() -> None:
    """While a token's account is not told, a name is no model of the only account that is, unless it is known there."""
    told = OwnNames(("acme",), {"flux": ("globex",), "sd": ("acme", "globex"), "llama": ("acme",)}, has_others=True)
    assert parse_delete_model("llama flux", told) == DeleteModels(
        (ModelRef("acme", "llama"), ModelRef("globex", "flux"))
    )
    with pytest.raises(Mistyped, match="`sd` is a model of `acme` and `globex`"):
        parse_delete_model("sd", told)
    with pytest.raises(Mistyped, match="of `acme`, and Replicate hasn't told me all of my accounts") as unknown:
        parse_delete_model("nobody", told)
    assert unknown.value.suggestions == ("/delete-model acme/nobody",)


def test_mistakes_about_several_accounts_are_told_at_once() -> None:
    """A line with names of several accounts and other mistakes is told with all of them."""
    with pytest.raises(Mistyped) as told:
        parse_delete_model("acme/x sd globex/ok nobody initech/b@d!", OWN)
    assert len(told.value.mistakes) == 3


@pytest.mark.parametrize(
    ("typed", "owner"), [("exp-*", "*"), ("*/exp-*", "*"), ("GLOBEX/exp-*", "globex"), ("acme/exp-*", "acme")]
)
def test_a_pattern_without_an_owner_is_matched_in_all_accounts(typed: str, owner: str) -> None:
    """A pattern without an owner is matched among the models of all accounts, one with an owner in that one's."""
    assert parse_delete_model(typed, OWN) == DeleteModels((ModelPattern(owner, "exp-*"),))


def test_a_pattern_of_another_owner_names_all_accounts() -> None:
    """A pattern of models of another owner is refused with all accounts in whose models it could be matched."""
    with pytest.raises(Mistyped, match="only models of `acme`, `globex` and `initech`, my Replicate accounts"):
        parse_delete_model("hooli/exp-*", OWN)


def test_the_names_that_may_be_without_an_owner() -> None:
    """Words without a slash may be names, without the versions, quotes and the reason around them."""
    text = "Flux `sd`, acme/x llama:5c7d https://replicate.com/acme/y FLUX --reason not these words"
    assert bare_names(text) == ["flux", "sd", "llama"]
    assert bare_names("x " * 30_000) == []
