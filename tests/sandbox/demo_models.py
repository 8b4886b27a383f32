"""A believable account for the sandbox: something of every kind that can and cannot be deleted."""

from __future__ import annotations

from datetime import timedelta

from tests.sandbox.replicate.account import Holdings


def seed_demo(replicate: Holdings) -> None:
    """Fill an empty stand-in whose token belongs to `acme`. Dates are relative to its clock."""
    replicate.add_model(
        "acme/flux-portraits",
        description="FLUX fine-tuned on the studio's portraits",
        run_count=18_204,
        readme="# flux-portraits\nStudio portraits from a few words.",
    )
    _portraits(replicate)
    replicate.add_model("acme/old-experiment", description="Tried in spring, never used")
    replicate.add_model("acme/upscaler", visibility="public", description="4x upscaler", run_count=950_311)
    _versions(replicate, "acme/upscaler", 300, 120)
    replicate.add_model("acme/prod-voice", description="The phone line's voice", run_count=402_118)
    _versions(replicate, "acme/prod-voice", 200, 90, 20)
    replicate.deploy("acme/prod-voice", name="voice-line")
    replicate.add_model("globex/secret-model", description="Not for acme's eyes", versions=2)
    replicate.add_model("globex/open-model", visibility="public", description="Free for all", versions=2)


def _portraits(replicate: Holdings) -> None:
    ref = "acme/flux-portraits"
    oldest, base, shared, trained, newest = _versions(replicate, ref, 160, 118, 74, 31, 3)
    replicate.train(ref, base, output=f"{ref}:{trained}")
    replicate.predicted_by_others(ref, shared)
    replicate.deploy(ref, newest, name="portraits-live")
    now = replicate.clock()
    for version_id, days in ((oldest, 150), (shared, 60), (newest, 1)):
        replicate.predict(ref, version_id, created_at=now - timedelta(days=days))


def _versions(replicate: Holdings, ref: str, *days_old: int) -> list[str]:
    now = replicate.clock()
    # An odd number of minutes keeps the times from all reading like the present one.
    return [replicate.add_version(ref, created_at=now - timedelta(days=d, minutes=37 * d % 600)) for d in days_old]
