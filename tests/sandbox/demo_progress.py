"""How far somebody has come on the demo's path, from what happened and not from what was pressed."""

from __future__ import annotations

from bot.messages.buttons import Action
from tests.sandbox.replicate.account import Holdings
from tests.sandbox.replicate.stand_in import StandInReplicate
from tests.sandbox.slack.messages import Message
from tests.sandbox.slack.mrkdwn import buttons_of
from tests.sandbox.slack.people import BOT_USER_ID
from tests.sandbox.slack.workspace import Workspace


class Progress:
    """Three steps: somebody asks, somebody approves, and what was approved is gone, as the card says too.

    What a cleanup rule proposes is no step: nobody asked for it.
    """

    def __init__(self, workspace: Workspace, replicate: StandInReplicate) -> None:
        self._workspace = workspace
        self._replicate = replicate
        self._at_first = _things(replicate)

    def state(self) -> dict[str, object]:
        """How many steps are `done`, and whether somebody looks at a `preview`."""
        return {"done": self._done(), "preview": self._offered(Action.CONFIRM, only_one_sees=True)}

    def _done(self) -> int:
        if self._replicate.count("DELETE"):
            deleting = self._offered(Action.STOP, only_one_sees=False)
            return 3 if not deleting and self._at_first - _things(self._replicate) else 2
        return 1 if self._offered(Action.APPROVE, only_one_sees=False) else 0

    def _offered(self, action: Action, *, only_one_sees: bool) -> bool:
        return any(
            button.get("action_id") == action
            for message in self._workspace.present
            if message.author == BOT_USER_ID and bool(message.ephemeral_to) == only_one_sees
            if " proposes to delete " not in message.text
            for button in _buttons(message)
        )


def _buttons(message: Message) -> list[dict[str, object]]:
    return [button for _, button in buttons_of(message.blocks)]


def _things(replicate: Holdings) -> set[str]:
    versions = {version.id for model in replicate.models.values() for version in model.versions}
    return versions | replicate.models.keys()
