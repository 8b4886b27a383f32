"""Asterisks: marks of bold text and of lists never select anything, and patterns do."""

from __future__ import annotations

import pytest

from bot.commands.mistakes import Mistyped
from bot.commands.options import Keep
from bot.commands.own_names import OwnNames
from bot.commands.parse import parse_delete_model, parse_delete_version
from bot.commands.wanted import DeleteModels, DeleteVersions, SelectVersions
from bot.refs import ModelPattern, ModelRef, VersionRef

FLUX, SDXL = ModelRef("acme", "flux"), ModelRef("acme", "sdxl")
OWN = OwnNames(("acme",))
SEVERAL = OwnNames(("acme", "globex"), {"flux": ("acme",), "sdxl": ("globex",)})


def proposed(text: str, own: OwnNames = OWN) -> list[str]:
    """Return the lines that /delete-model proposes for a text that it refuses."""
    with pytest.raises(Mistyped) as refused:
        parse_delete_model(text, own)
    return [line.removeprefix("/delete-model ") for line in refused.value.suggestions]


@pytest.mark.parametrize(
    "text",
    [
        "*acme/flux*",
        "**acme/flux**",
        "***acme/flux***",
        "*_acme/flux_*",
        "_*acme/flux*_",
        "*acme/flux*, acme/flux",
        "**acme/flux**\n**acme/flux**",
    ],
)
def test_marks_around_one_model_are_no_part_of_it(text: str) -> None:
    """A model in bold is that model, in Slack's marks and in Markdown's."""
    assert parse_delete_model(text) == DeleteModels((FLUX,))


@pytest.mark.parametrize(
    ("text", "globs"),
    [
        ("acme/exp-*", ["exp-*"]),
        ("*-old", ["*-old"]),
        ("*_old", ["*_old"]),
        ("sdxl*", ["sdxl*"]),
        ("acme/*flux*", ["*flux*"]),
        ("acme/*-2023-*", ["*-2023-*"]),
        ("acme/*", ["*"]),
        ("*-old acme/exp-*", ["*-old", "exp-*"]),
        ("*acme/exp-**", ["exp-*"]),
        ("*--with-versions* acme/sdxl*", ["sdxl*"]),
        ("acme/sdxl* acme/*flux", ["sdxl*", "*flux"]),
    ],
)
def test_patterns_stay_patterns(text: str, globs: list[str]) -> None:
    """An asterisk that can be no mark is part of a pattern, beside others too."""
    read = parse_delete_model(text, OWN)
    assert isinstance(read, DeleteModels)
    assert read.models == tuple(ModelPattern("acme", glob) for glob in globs)


@pytest.mark.parametrize("own", [OWN, SEVERAL])
@pytest.mark.parametrize(
    "text",
    [
        "** acme/flux **",
        "acme/flux **",
        "** acme/flux",
        "* acme/flux",
        "* * acme/flux",
        "**** acme/flux",
        "acme/flux */*",
        "acme/flux https://replicate.com/*/*",
    ],
)
def test_nothing_but_asterisks_is_left_out(text: str, own: OwnNames) -> None:
    """Asterisks that name nothing select no model: the line without them is proposed, and no other."""
    assert proposed(text, own) == ["acme/flux"]


@pytest.mark.parametrize("mark", ["*", "**"])
def test_marks_of_a_list_are_left_out(mark: str) -> None:
    """Of a list, nested or not, its names are proposed."""
    assert proposed(f"{mark} acme/exp-1\n{mark} acme/exp-2\n{mark} acme/exp-3") == ["acme/exp-1 acme/exp-2 acme/exp-3"]


@pytest.mark.parametrize("text", ["*", "**", "****", "*/*", "**/**", "acme/**"])
def test_asterisks_alone_are_asked_about(text: str) -> None:
    """Asterisks alone select nothing; every model is meant only where its account is named."""
    assert proposed(text) == ["acme/*"]


def test_asterisks_do_not_select_versions_of_every_model() -> None:
    """A rule beside nothing but asterisks is asked about, for one account and for several."""
    for own, instead in ((OWN, ["acme"]), (SEVERAL, ["acme", "globex"])):
        with pytest.raises(Mistyped) as refused:
            parse_delete_version("** --keep 5", own)
        assert list(refused.value.suggestions) == [f"/delete-version {owner}/* --keep 5" for owner in instead]


@pytest.mark.parametrize(
    ("text", "instead"),
    [
        ("*flux sdxl*", ["flux sdxl", "acme/*flux sdxl*"]),
        ("*flux, sdxl*", ["flux, sdxl", "acme/*flux, sdxl*"]),
        ("*flux, sdxl?*", ["flux, sdxl", "acme/*flux, sdxl?*"]),
        ("(*flux sdxl*).", ["(flux sdxl).", "acme/*flux sdxl*)."]),
        ("_*flux sdxl*_", ["flux sdxl", "acme/*flux sdxl*_"]),
        ("*acme/flux, acme/sdxl*", ["acme/flux, acme/sdxl"]),
        ("*acme/flux acme/exp-* acme/sdxl*", ["acme/flux acme/exp-* acme/sdxl"]),
        ("*acme/flux acme/exp-**", ["acme/flux acme/exp-*"]),
        ("**Old acme/exp-1**", ["Old acme/exp-1"]),
        ("**acme/flux acme/sdxl**", ["acme/flux acme/sdxl"]),
        ("*--with-versions acme/sdxl*", ["--with-versions acme/sdxl"]),
        ("*—with-versions acme/sdxl*", ["—with-versions acme/sdxl"]),
        ("*--reason tidy up --with-versions acme/sdxl*", ["--reason tidy up --with-versions acme/sdxl"]),
        ("* flux acme/sdxl*", ["flux acme/sdxl", "flux acme/sdxl*"]),
        ("*flux acme/sdxl *", ["flux acme/sdxl", "acme/*flux acme/sdxl"]),
        ("*:tada: acme/flux acme/sdxl*", [":tada: acme/flux acme/sdxl"]),
        ("*acme/fl@x acme/sdxl*", []),
        ("*- flux sdxl*", ["- flux sdxl", "acme/*- flux sdxl*"]),
    ],
)
def test_bold_text_over_several_words_is_asked_about(text: str, instead: list[str]) -> None:
    """Where the marks of bold text would be patterns, the line without them is proposed first."""
    assert proposed(text) == instead


@pytest.mark.parametrize(
    ("text", "instead"),
    [
        ("*flux", ["flux", "acme/*flux"]),
        ("*flux\n*sdxl", ["flux sdxl", "flux acme/*sdxl", "acme/*flux sdxl"]),
        ("*flux --reason too old*", ["flux --reason too old*", "acme/*flux --reason too old*"]),
        ("**flux**", ["flux", "acme/*flux*"]),
        ("*exp-[0-9]*", ["exp-[0-9]", "acme/*exp-[0-9]*"]),
        ("acme/flux**", ["acme/flux", "acme/flux*"]),
        ("*acme/flux**", ["acme/flux", "acme/flux*"]),
        ("flux**", ["flux", "acme/flux*"]),
        ("acme/exp-**", ["acme/exp-*"]),
    ],
)
def test_a_mark_on_one_side_is_asked_about(text: str, instead: list[str]) -> None:
    """One word with a mark of a list, or with too many of bold text, is a name or a pattern; both are proposed."""
    assert proposed(text) == instead


def test_in_several_accounts_a_pattern_is_proposed_for_all_of_them() -> None:
    """Where the bot has several accounts, names are looked up without their marks, and a pattern is of all accounts."""
    assert proposed("*flux sdxl*", SEVERAL) == ["flux sdxl", "*/*flux sdxl*"]
    assert proposed("*flux", SEVERAL) == ["flux", "*/*flux"]


@pytest.mark.parametrize(
    ("text", "instead"),
    [
        ("**acme/flux --keep 5**", "acme/flux --keep 5"),
        ("*flux --keep 5*", "flux --keep 5"),
        ("*acme/flux 5c7d*", "acme/flux 5c7d"),
        ("*acme/flux acme/sdxl* --keep 5", "acme/flux acme/sdxl --keep 5"),
    ],
)
def test_bold_text_with_versions_or_rules_is_asked_about(text: str, instead: str) -> None:
    """Marks around a model with its rules or ids are marks, and only the line without them is proposed."""
    with pytest.raises(Mistyped) as refused:
        parse_delete_version(text, OWN)
    assert refused.value.suggestions == (f"/delete-version {instead}",)


def test_marks_around_ids_and_values_are_no_part_of_them() -> None:
    """Bold text over ids or over an option's value can be no pattern, and is read without its marks."""
    ids = (VersionRef(FLUX, "5c7d"), VersionRef(FLUX, "81ab"))
    assert parse_delete_version("acme/flux *5c7d 81ab*") == DeleteVersions(ids)
    assert parse_delete_version("acme/flux **--keep 5**") == SelectVersions((FLUX,), (Keep(5),))


def test_an_id_after_bold_text_is_no_version_of_the_model_before() -> None:
    """What follows bold text that is asked about belongs to no model yet."""
    with pytest.raises(Mistyped, match="`81ab` follows `\\*flux sdxl\\*`"):
        parse_delete_version("acme/sdxl *flux sdxl* 81ab", OWN)
