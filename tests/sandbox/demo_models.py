"""A believable account for the sandbox: something of every kind that can and cannot be deleted."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import timedelta

from tests.sandbox.replicate.account import Holdings

NIGHTLY = "acme/sdxl-nightly"
"""A model with so many versions that a deletion can be watched, and stopped."""

_NIGHTS = 200


def seed_demo(replicate: Holdings) -> None:
    """Fill an empty stand-in whose token belongs to `acme`. Dates are relative to its clock."""
    _portraits(replicate)
    _nightly(replicate)
    _experiments(replicate)
    _others_of_acme(replicate)
    _of_globex(replicate)


def _portraits(replicate: Holdings) -> None:
    ref = "acme/flux-portraits"
    replicate.add_model(
        ref,
        description="FLUX fine-tuned on the studio's portraits",
        run_count=18_204,
        readme="# flux-portraits\nStudio portraits from a few words.",
    )
    oldest, base, shared, trained, newest = _versions(replicate, ref, 160, 118, 74, 31, 3)
    replicate.train(ref, base, output=f"{ref}:{trained}")
    replicate.predicted_by_others(ref, shared)
    replicate.deploy(ref, newest, name="portraits-live")
    _runs(replicate, ref, {oldest: (150, 149, 133), shared: (60,), newest: (1, 1, 0)})


def _nightly(replicate: Holdings) -> None:
    replicate.add_model(NIGHTLY, description="SDXL, trained again every night", run_count=5_310)
    nights = _versions(replicate, NIGHTLY, *range(_NIGHTS, 0, -1))
    replicate.deploy(NIGHTLY, nights[-1], name="nightly-canary")
    replicate.train(NIGHTLY, nights[-30], output=f"{NIGHTLY}:{nights[-29]}")
    # Somebody looked at every twentieth night on the day after, and at the last week's each day.
    looked_at = {version: (_NIGHTS - night - 1,) for night, version in enumerate(nights) if night % 20 == 0}
    _runs(replicate, NIGHTLY, looked_at | {version: (day,) for day, version in enumerate(reversed(nights[-7:]))})


def _experiments(replicate: Holdings) -> None:
    for name, description, ages, last_runs in (
        ("exp-lora-faces", "LoRA on faces, rank 8", (95, 90, 84), (80,)),
        ("exp-lora-hands", "LoRA on hands, rank 32", (71, 70), ()),
        ("exp-controlnet-depth", "Depth maps as a guide", (140, 133, 128, 60), (127, 59)),
        ("exp-audio-denoise", "Noise out of phone calls", (12,), (1,)),
        ("exp-tiny-vae", "A smaller decoder, given up", (), ()),
        ("exp-prompt-rewriter", "Rewrites prompts before they are run", (210, 44), (200, 8)),
    ):
        ref = f"acme/{name}"
        replicate.add_model(ref, description=description, run_count=7 * len(last_runs))
        versions = _versions(replicate, ref, *ages)
        _runs(replicate, ref, {versions[-1]: last_runs} if versions else {})


def _others_of_acme(replicate: Holdings) -> None:
    replicate.add_model("acme/old-experiment", description="Tried in spring, never used")
    replicate.add_model("acme/upscaler", visibility="public", description="4x upscaler", run_count=950_311)
    _versions(replicate, "acme/upscaler", 300, 120)
    replicate.add_model("acme/prod-voice", description="The phone line's voice", run_count=402_118)
    *_, live = _versions(replicate, "acme/prod-voice", 200, 90, 20)
    replicate.deploy("acme/prod-voice", name="voice-line")
    _runs(replicate, "acme/prod-voice", {live: (2, 1, 0)})
    base, tuned = "acme/support-llama", "acme/support-llama-escalations"
    replicate.add_model(base, description="Answers to customers", run_count=61_020)
    replicate.add_model(tuned, description="The same for escalations")
    first, second = _versions(replicate, base, 180, 65)
    (escalations,) = _versions(replicate, tuned, 64)
    replicate.train(base, second, output=f"{tuned}:{escalations}")
    _runs(replicate, base, {first: (120, 101), second: (0,)})
    long_name = "acme/customer-onboarding-illustrations-style-transfer-v3-distilled"
    replicate.add_model(long_name, description="Illustrations for the welcome pages", run_count=88)
    *_, illustrations = _versions(replicate, long_name, 240, 238, 231)
    _runs(replicate, long_name, {illustrations: (190,)})


def _of_globex(replicate: Holdings) -> None:
    replicate.add_model("globex/secret-model", description="Not for acme's eyes", versions=2)
    replicate.add_model("globex/open-model", visibility="public", description="Free for all", versions=2)


def _versions(replicate: Holdings, ref: str, *days_old: int) -> list[str]:
    now = replicate.clock()
    # An odd number of minutes keeps the times from all reading like the present one.
    return [replicate.add_version(ref, created_at=now - timedelta(days=d, minutes=37 * d % 600)) for d in days_old]


def _runs(replicate: Holdings, ref: str, days_ago: Mapping[str, Iterable[int]]) -> None:
    now = replicate.clock()
    for version_id, days in days_ago.items():
        for day in days:
            replicate.predict(ref, version_id, created_at=now - timedelta(days=day, minutes=25 + 41 * day % 90))
