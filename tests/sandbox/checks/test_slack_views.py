"""The `views.*` methods: how an app opens and changes a modal, and what Slack refuses."""

from __future__ import annotations

import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.models.blocks import InputBlock, PlainTextInputElement
from slack_sdk.models.views import View as SdkView
from slack_sdk.web.async_client import AsyncWebClient

from tests.sandbox.checks.small_app import Watch, refusal, show
from tests.sandbox.checks.small_blocks import DIVIDER, Block, actions, button, modal, plain_text, text_field, words
from tests.sandbox.slack.stand_in import StandInSlack

REASON = text_field("Reason", "reason", multiline=True, min_length=3)


async def test_a_trigger_id_opens_one_modal_in_three_seconds(
    slack: StandInSlack, api: AsyncWebClient, watch: Watch
) -> None:
    """A trigger id opens one modal within three seconds."""
    trigger, late = slack.triggers.issue("U1"), slack.triggers.issue("U1")
    await api.views_open(trigger_id=trigger, view=modal(words("x")))
    watch.now += 3.1
    for given, error in ((trigger, "exchanged"), (late, "expired"), ("nonsense", "invalid")):
        answer = await refusal(api, "views.open", trigger_id=given, view=modal(words("x")))
        assert answer["error"] == f"{error}_trigger_id"


async def test_view_update_keeps_entries_and_refuses_an_old_hash(slack: StandInSlack, api: AsyncWebClient) -> None:
    """A view is changed by its id or the app's own, keeps what was entered, and takes no outdated hash."""
    shown = await show(slack, REASON, actions(button("Go", "go")), external_id="mine")
    await slack.click_in_modal("U1", "Go", values={"reason": "too old"})
    changed = await api.views_update(view_id=shown.id, hash=shown.hash, view=modal(words("new"), REASON))
    assert changed["view"]["state"]["values"]["reason"]["typed"]["value"] == "too old"
    stale = await refusal(api, "views.update", view_id=shown.id, hash=shown.hash, view=modal(words("x")))
    assert stale["error"] == "hash_conflict"
    await api.views_update(view_id=shown.id, view=modal(words("x"), external_id="mine"))
    await api.views_update(external_id="mine", view=modal(words("by name")))
    present = slack.modal("U1")
    assert present
    assert present.plain == "by name"
    await slack.close_modal("U1")
    gone = await refusal(api, "views.update", view_id=shown.id, view=modal(words("x")))
    assert gone["error"] == "not_found"
    both = await refusal(api, "views.update", view_id=shown.id, external_id="mine", view=modal(words("x")))
    assert both["error"] == "invalid_arguments"


async def test_a_modal_holds_three_views_at_most(slack: StandInSlack, api: AsyncWebClient) -> None:
    """A modal holds three views; without one nothing can be pushed."""

    def trigger() -> str:
        return slack.triggers.issue("U1")

    view = modal(words("x"))
    assert (await refusal(api, "views.push", trigger_id=trigger(), view=view))["error"] == "not_found"
    await api.views_open(trigger_id=trigger(), view=view)
    await api.views_push(trigger_id=trigger(), view=view)
    await api.views_push(trigger_id=trigger(), view=view)
    assert (await refusal(api, "views.push", trigger_id=trigger(), view=view))["error"] == "push_limit_reached"


async def test_external_ids_are_unique(slack: StandInSlack, api: AsyncWebClient) -> None:
    """Two views that are there cannot share the app's own id."""
    await show(slack, words("x"), external_id="mine")
    view = modal(words("x"), external_id="mine")
    answer = await refusal(api, "views.push", trigger_id=slack.triggers.issue("U1"), view=view)
    assert answer["error"] == "duplicate_external_id"


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"title": plain_text("x" * 25)}, "must be less than 25 characters [json-pointer:/view/title/text]"),
        ({"submit": plain_text("x" * 25)}, "must be less than 25 characters [json-pointer:/view/submit/text]"),
        ({"close": plain_text("x" * 25)}, "must be less than 25 characters [json-pointer:/view/close/text]"),
        ({"private_metadata": "x" * 3001}, "must be less than 3001 characters [json-pointer:/view/private_metadata]"),
        ({"callback_id": "x" * 256}, "must be less than 256 characters [json-pointer:/view/callback_id]"),
        ({"blocks": [DIVIDER] * 101}, "no more than 100 items allowed [json-pointer:/view/blocks]"),
        ({"type": "home"}, "must be one of: modal [json-pointer:/view/type]"),
        ({"colour": "red"}, "invalid additional property: colour [json-pointer:/view]"),
        (
            {"blocks": [{"type": "markdown", "text": "x"}]},
            "unsupported type: markdown [json-pointer:/view/blocks/0/type]",
        ),
    ],
)
async def test_a_refused_modal_costs_no_trigger_id(
    slack: StandInSlack, api: AsyncWebClient, changes: Block, said: str
) -> None:
    """What Slack refuses in a modal is refused in its words, and costs no trigger id."""
    trigger = slack.triggers.issue("U1")
    answer = await refusal(api, "views.open", trigger_id=trigger, view={**modal(words("x")), **changes})
    assert answer["error"] == "invalid_arguments"
    assert f"[ERROR] {said}" in answer["response_metadata"]["messages"]
    assert slack.triggers.refusal(trigger) is None


async def test_inputs_need_a_submit_button(slack: StandInSlack, api: AsyncWebClient) -> None:
    """A modal with fields must say how they are submitted."""
    view = modal(REASON)
    view.pop("submit")
    answer = await refusal(api, "views.open", trigger_id=slack.triggers.issue("U1"), view=view)
    said = "[ERROR] must define `submit` to use `input` block [json-pointer:/view/blocks/0/input]"
    assert said in answer["response_metadata"]["messages"]


async def test_a_view_over_250_kb_is_refused(slack: StandInSlack, api: AsyncWebClient) -> None:
    """A view of more than 250 kB is refused."""
    view = modal(*[words("x" * 2900)] * 90)
    answer = await refusal(api, "views.open", trigger_id=slack.triggers.issue("U1"), view=view)
    assert answer["error"] == "view_too_large"


async def test_a_view_that_is_no_json_is_refused(slack: StandInSlack, api: AsyncWebClient) -> None:
    """A view that is no JSON is refused."""
    answer = await refusal(api, "views.open", trigger_id=slack.triggers.issue("U1"), view="{")
    assert answer["error"] == "invalid_arguments"


async def test_a_view_made_by_the_sdk_is_taken(slack: StandInSlack, api: AsyncWebClient) -> None:
    """A view made by Slack's own library is taken."""
    field = InputBlock(label="Reason", block_id="reason", element=PlainTextInputElement(action_id="typed"))
    view = SdkView(type="modal", title="Why", submit="Send", close="Cancel", blocks=[field])
    opened = await api.views_open(trigger_id=slack.triggers.issue("U1"), view=view)
    assert opened["view"]["state"]["values"] == {"reason": {"typed": {"type": "plain_text_input", "value": None}}}


async def test_unescaped_text_in_a_view_is_noticed(slack: StandInSlack) -> None:
    """Text that nobody escaped is noticed in views too."""
    await show(slack, words("a <b"))
    assert slack.unescaped_text == ["<b"]


async def test_ordered_failures_work_for_views(slack: StandInSlack, api: AsyncWebClient) -> None:
    """Ordered failures work for views as for every method."""
    slack.fail("views.open", error="fatal_error")
    with pytest.raises(SlackApiError, match="fatal_error"):
        await api.views_open(trigger_id=slack.triggers.issue("U1"), view=modal(words("x")))
    assert slack.modal("U1") is None
