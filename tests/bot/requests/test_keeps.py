"""What a keep covers, what it takes out of a request, and when it ends."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from bot.refs import ModelRef
from bot.requests.keep_note import KeepNote
from bot.requests.keeps import Keep, Keeps, end_of, ended_kept, matching, still_asked, take_out
from bot.requests.policy import Person, Standing
from bot.requests.request import State, Target, TargetState
from bot.requests.target_entries import kept_detail, read_taken_out, taken_out_detail

FLUX, OLD = ModelRef("acme", "flux"), ModelRef("acme", "old")
A, B, C = (Target(n, FLUX, f"{n}a{n:062}", 1.0) for n in range(3))
MODEL = Target(3, FLUX)
OTHER = Target(4, OLD, "f" * 64, 1.0)


def keep(ref: ModelRef, version_id: str | None = None) -> Keep:
    return Keep("k1", "acme", ref, version_id, "UBEN", "compared", None, 0.0, "R-AAAAA")


def sent(target: Target, state: TargetState = TargetState.PLANNED) -> Target:
    return Target(target.position, target.ref, target.version_id, state=state, was_sent=True)


def test_a_version_is_kept_under_whatever_name_its_model_has() -> None:
    """A keep of a version follows its id when the model is renamed; one of a model covers its versions, in any case."""
    of_version = Keeps((keep(FLUX, "v1"),))
    assert of_version.of(ModelRef("acme", "renamed"), "v1") is not None
    assert of_version.of(FLUX, "v2") is None
    assert of_version.of(FLUX, None) is None
    of_model = Keeps((keep(FLUX),))
    assert of_model.of(ModelRef("Acme", "FLUX"), "v2") is not None
    assert of_model.of(ModelRef("acme", "FLUX"), None) is not None
    assert of_model.of(OLD, "v2") is None
    assert keep(FLUX).covers(ModelRef("acme", "Flux"), "v2")


def test_only_the_chosen_versions_leave_a_request_for_versions() -> None:
    """Where no model is to be deleted, nothing but what was chosen leaves."""
    out = take_out([A, B, OTHER], [A])
    assert out.kept == (A,)
    assert out.along == {}
    assert out.kept_by_themselves == (A,)


def test_a_model_takes_its_versions_along_under_its_own_keep() -> None:
    """With a model all of its versions are kept, which need no keep of their own; other models go on."""
    out = take_out([A, B, MODEL, OTHER], [MODEL])
    assert out.kept == (A, B, MODEL)
    assert out.kept_by_themselves == (MODEL,)
    assert out.along == {}


def test_with_a_version_its_model_and_the_others_stay_but_are_not_kept() -> None:
    """The model and its other versions leave, too, each with the reason; nobody keeps them."""
    out = take_out([A, B, MODEL, OTHER], [B])
    assert out.kept_by_themselves == (B,)
    assert set(out.along) == {A, MODEL}
    assert out.along[MODEL].endswith(f"its version {str(B.version_id)[:12]} is kept")


def test_what_was_sent_comes_too_late_and_keeps_nothing_back() -> None:
    """A target whose DELETE was sent, or that has ended, is told, and its model and the others go on."""
    late, gone = sent(A), sent(B, TargetState.DELETED)
    out = take_out([late, gone, C, MODEL], [late, gone])
    assert out.too_late == (late, gone)
    assert (out.kept, out.along) == ((), {})


def test_of_a_model_under_way_what_was_not_sent_stays_with_it() -> None:
    """A model that is kept while its versions are being deleted keeps those that were not sent."""
    out = take_out([sent(A, TargetState.ACCEPTED), B, MODEL], [MODEL])
    assert out.kept == (B, MODEL)


@pytest.mark.parametrize(
    ("names", "found", "unknown"),
    [
        (["0A0"], [A], ""),
        (["acme/flux:1a"], [B], ""),
        (["Acme/Flux"], [MODEL], ""),
        ([str(A.version_id), "ffff"], [A, OTHER], ""),
        (["acme/old:0a"], [], "acme/old:0a"),
        (["acme/old"], [], "acme/old"),
        ([":", "0a"], [], ":"),
    ],
)
def test_typed_names_mean_one_target_each(names: list[str], found: list[Target], unknown: str) -> None:
    """A prefix of an id, with its model or without, and a model's name each mean one target, or are told."""
    assert matching(names, [A, B, C, MODEL, OTHER]) == (found, unknown)


def test_a_name_that_means_several_is_told() -> None:
    """An id's beginning that two versions share means neither of them; a whole id means its version alone."""
    one, two = Target(0, FLUX, "ab", 1.0), Target(1, FLUX, "abc", 1.0)
    assert matching(["a"], [one, two]) == ([], "a")
    assert matching(["ab"], [one, two]) == ([one], "")


def test_a_name_means_what_can_still_be_kept() -> None:
    """What was sent or deleted is meant only where nothing else is, so what the window offers can be told apart."""
    gone, going = sent(Target(0, FLUX, "ab1", 1.0), TargetState.DELETED), sent(Target(1, FLUX, "ab2", 1.0))
    left = Target(2, FLUX, "ab3", 1.0)
    assert matching(["ab"], [gone, going, left]) == ([left], "")
    assert matching(["ab1", "ab"], [gone, going, left]) == ([gone, left], "")
    assert matching(["ab"], [gone, going]) == ([], "ab")


@pytest.mark.parametrize(
    ("zone", "offset", "hours"),
    [
        ("America/Los_Angeles", 0, 8),
        ("Europe/Berlin", 0, 23),
        ("", 7200, 22),
        ("Not/AZone", -3600, 1),
        ("../../etc/passwd", 0, 0),
        ("", 10**9, 0),
    ],
)
def test_a_day_ends_where_the_person_is(zone: str, offset: int, hours: int) -> None:
    """The end of a day is midnight in the person's zone, by its name, else by the distance from UTC, else in UTC."""
    person = Person("UANA", "TACME", Standing.MEMBER, zone, offset)
    end = datetime.fromtimestamp(end_of(date(2026, 1, 9), person), UTC)
    assert end == datetime(2026, 1, 9 if hours > 12 else 10, hours, tzinfo=UTC)


def test_a_request_is_still_about_what_was_not_taken_out() -> None:
    """Before it begins nothing that left counts; afterwards what was skipped is among its outcomes."""
    kept = Target(0, FLUX, "v0", state=TargetState.KEPT)
    skipped = Target(1, FLUX, "v1", state=TargetState.SKIPPED)
    planned = Target(2, FLUX, "v2")
    assert still_asked(State.AWAITING, [kept, skipped, planned]) == [planned]
    assert still_asked(State.DELETING, [kept, skipped, planned]) == [skipped, planned]
    assert still_asked(State.FINISHED, [kept]) == [kept]


def test_a_kept_target_whose_delete_was_not_answered_has_failed() -> None:
    """A target that is kept was not deleted, unless its DELETE was sent before: then it may be gone."""
    note = KeepNote("UBEN", "compared", 0.0)
    assert ended_kept(A, note).state is TargetState.KEPT
    failed = ended_kept(sent(A), note)
    assert failed.state is TargetState.FAILED
    assert "kept by UBEN until 1970-01-01 00:00 UTC: compared" in failed.reason


def test_the_trail_names_what_was_taken_out_whatever_a_reason_says() -> None:
    """The entry of a kept target begins with its name, so no reason that a person wrote can be read as another one."""
    note = KeepNote("UBEN", "target 9, acme/other:v9; reason: x", 86_400.0)
    detail = kept_detail(A, note)
    assert read_taken_out(detail) == str(A)
    assert detail.startswith(f"target 1, {A}; until 1970-01-02T00:00:00Z; reason: target 9")
    assert read_taken_out(taken_out_detail(MODEL, "why")) == "acme/flux"
    assert read_taken_out("anything else") is None
