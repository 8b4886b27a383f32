"""The fingerprint of what was shown."""

from __future__ import annotations

import hashlib
from dataclasses import replace

import pytest

from bot.refs import ModelRef
from bot.requests.digest import digest_of, is_digest_of
from bot.requests.request import Target, TargetState

FLUX = ModelRef("acme", "flux")
SHOWN = (Target(0, FLUX, "a" * 64, 1.0), Target(1, FLUX, "b" * 64, 2.0, is_latest=True), Target(2, FLUX))
OTHER = {
    "another order": (SHOWN[1], SHOWN[0], SHOWN[2]),
    "one less": SHOWN[:2],
    "one more": (*SHOWN, Target(3, ModelRef("acme", "old"))),
    "another version": (replace(SHOWN[0], version_id="c" * 64), *SHOWN[1:]),
    "another model": (replace(SHOWN[0], ref=ModelRef("acme", "fluxx")), *SHOWN[1:]),
    "another latest": (replace(SHOWN[0], is_latest=True), *SHOWN[1:]),
    "a model for a version": (replace(SHOWN[0], version_id=None), *SHOWN[1:]),
}


@pytest.mark.parametrize("targets", OTHER.values(), ids=OTHER)
def test_other_targets_have_another_digest(targets: tuple[Target, ...]) -> None:
    """Whatever differs in what was shown gives another digest."""
    assert not is_digest_of(digest_of("acme", SHOWN), "acme", targets)


def test_another_account_has_another_digest() -> None:
    """The same targets of another account are not what was shown."""
    assert not is_digest_of(digest_of("acme", SHOWN), "other", SHOWN)


def test_progress_does_not_change_the_digest() -> None:
    """What has become of targets does not affect their digest."""
    ended = tuple(replace(target, state=TargetState.DELETED, reason="gone") for target in SHOWN)
    assert is_digest_of(digest_of("acme", SHOWN), "acme", ended)


def test_digests_of_older_code_still_count() -> None:
    """A request that older code has stored is still compared with its targets."""
    old = hashlib.sha256("\n".join(str(target) for target in SHOWN).encode()).hexdigest()
    assert is_digest_of(old, "acme", SHOWN)
    assert not is_digest_of(old, "acme", OTHER["another version"])
