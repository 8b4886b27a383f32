"""Slack's documented limits for modals and Home tabs.

Sources: https://docs.slack.dev/reference/views/modal-views, https://docs.slack.dev/reference/views/home-tab-views.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from tests.sandbox.slack.block_elements import plain_text
from tests.sandbox.slack.block_kit import Surface, findings_in
from tests.sandbox.slack.block_schema import Json, Rule, Shape, boolean, finding, one_of, string
from tests.sandbox.slack.calls import Refused

LARGEST_VIEW = 250_000
"""Bytes: https://docs.slack.dev/reference/methods/views.open, `view_too_large`."""


def _anything(_value: Json, _pointer: str) -> Iterator[str]:
    # The blocks: `findings_in` judges them, for their surface.
    return iter(())


_COMMON: Mapping[str, Rule] = {
    "private_metadata": string(3000, 0),
    "callback_id": string(255, 0),
    "external_id": string(255, 0),
}


def _submit_for_inputs(view: Json, pointer: str) -> Iterator[str]:
    if "submit" in view or not isinstance(view.get("blocks"), list):
        return
    for index, block in enumerate(view["blocks"]):
        if isinstance(block, dict) and block.get("type") == "input":
            yield finding("must define `submit` to use `input` block", f"{pointer}/blocks/{index}/input")


_SHAPES: Mapping[Surface, Shape] = {
    Surface.MODAL: Shape(
        {"type": one_of("modal"), "title": plain_text(24), "blocks": _anything},
        {
            **_COMMON,
            "submit": plain_text(24),
            "close": plain_text(24),
            "clear_on_close": boolean,
            "notify_on_close": boolean,
        },
        _submit_for_inputs,
    ),
    Surface.HOME: Shape({"type": one_of("home"), "blocks": _anything}, _COMMON),
}


def view_of(given: object, surface: Surface) -> dict[str, Any]:
    """The view an app handed over, as JSON or as an object, checked for its surface.

    Raises `Refused` with `invalid_arguments` and Slack's findings, or `view_too_large`.
    """
    view = _parsed(given)
    if len(json.dumps(view, ensure_ascii=False).encode()) > LARGEST_VIEW:
        raise Refused("view_too_large")
    findings = list(_SHAPES[surface](view, "/view"))
    if isinstance(view, dict) and "blocks" in view:
        findings += findings_in(view["blocks"], surface, "/view/blocks")
    if findings:
        raise invalid("failed to match all allowed schemas [json-pointer:/view]", *findings)
    return dict(view)


def invalid(*findings: str) -> Refused:
    """The refusal `invalid_arguments` that says why."""
    return Refused("invalid_arguments", response_metadata={"messages": [f"[ERROR] {found}" for found in findings]})


def _parsed(given: object) -> Json:
    if not isinstance(given, str):
        return given
    try:
        return json.loads(given)
    except ValueError:
        raise invalid("the JSON of `view` cannot be read [json-pointer:/view]") from None
