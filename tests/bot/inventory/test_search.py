"""Which names fit what was typed, and in which order."""

from __future__ import annotations

from bot.inventory.search import fitting, near_misses, ranked

NAMES = ["acme/flux", "acme/flux-dev", "acme/my-flux", "acme/reflux", "acme/sdxl-turbo", "acme/sdxl"]


def test_the_beginning_of_a_name_comes_first() -> None:
    """A name that begins with the letters comes before one of which a part does, and that before any other."""
    assert ranked("flux", NAMES, 10) == ["acme/flux", "acme/flux-dev", "acme/my-flux", "acme/reflux"]
    assert ranked("FLUX", NAMES, 2) == ["acme/flux", "acme/flux-dev"]


def test_all_words_have_to_fit() -> None:
    """Each of several words has to be in the name, in any order; the owner may be typed too."""
    assert ranked("dev flux", NAMES, 10) == ["acme/flux-dev"]
    assert ranked("acme/sd", NAMES, 10) == ["acme/sdxl", "acme/sdxl-turbo"]
    assert ranked("", NAMES, 3) == sorted(NAMES)[:3]


def test_near_misses() -> None:
    """A misspelt name, with or without its owner, is found by its likeness, and the most similar comes first."""
    assert near_misses("flxu", NAMES)[0] == "acme/flux"
    assert near_misses("acme/sdxl-trubo", NAMES)[0] == "acme/sdxl-turbo"
    assert near_misses("acmee/flux", NAMES)[0] == "acme/flux"
    assert near_misses("sd xl", NAMES)[0] == "acme/sdxl"
    assert near_misses("whisper", NAMES) == []
    assert near_misses("xl", NAMES) == []


def test_the_owner_makes_no_name_similar() -> None:
    """That two names have the same owner does not make one a near miss of the other."""
    names = ["a-company-with-a-long-name/flux", "a-company-with-a-long-name/whisper"]
    assert near_misses("a-company-with-a-long-name/flx", names) == names[:1]


def test_globs() -> None:
    """Globs fit as those of PROTECTED_MODELS do: over `owner/name`, whatever the case, each name once."""
    assert fitting(["acme/SDXL*", "acme/sd*"], NAMES) == ["acme/sdxl", "acme/sdxl-turbo"]
    assert fitting(["acme/[fs]*x"], NAMES) == ["acme/flux"]
    assert fitting(["flux"], NAMES) == []
