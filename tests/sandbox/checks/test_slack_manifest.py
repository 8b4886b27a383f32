"""The stand-in Slack has the app as its manifest declares it."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

from tests.sandbox.slack.stand_in import COMMANDS, SHORTCUTS

MANIFEST = json.loads((Path(__file__).parents[3] / "manifest.json").read_text())


def test_typed_commands_show_the_texts_of_the_manifest() -> None:
    """Whoever types a command in the sandbox sees the description and the hint that Slack shows."""
    assert [asdict(command) for command in COMMANDS] == MANIFEST["features"]["slash_commands"]


def test_people_have_the_shortcuts_of_the_manifest() -> None:
    """What can be pressed in the sandbox is what the manifest declares, within Slack's limits."""
    assert [asdict(shortcut) for shortcut in SHORTCUTS] == MANIFEST["features"]["shortcuts"]
    assert len(SHORTCUTS) <= 10
