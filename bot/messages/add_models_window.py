"""The window in which people add models to the list of known ones. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from slack_sdk.models.blocks import InputBlock, PlainTextInputElement
from slack_sdk.models.views import View

from bot.messages.modals import Modal
from bot.messages.start_window import told
from bot.messages.view_blocks import section
from bot.plurals import counted, joined
from bot.refs import ModelRef
from bot.untrusted_text import inert

NAMES_FIELD = "names"
"""The block and action id of the field for names."""

_MAX_CHARS = 3_000
"""The most that a text field takes
(https://docs.slack.dev/reference/block-kit/block-elements/plain-text-input-element)."""

_NAMED = 20
_MAX_QUOTED = 60


@dataclass(frozen=True, slots=True)
class Checked:
    """What became of each name: which were added, which Replicate does not show, which belong to another account,
    which could not be checked, and which words were not understood.
    """

    added: tuple[ModelRef, ...] = ()
    not_shown: tuple[ModelRef, ...] = ()
    foreign: tuple[ModelRef, ...] = ()
    unchecked: tuple[ModelRef, ...] = ()
    not_understood: tuple[str, ...] = ()


def add_models_window(*, need_owner: bool = False) -> View:
    """Return the window with the field for names, which `need_owner` where there are several accounts."""
    own = "" if need_owner else "a name of your own account, "
    return View(
        type="modal",
        callback_id=Modal.ADD_MODELS,
        title="Add models",
        submit="Add",
        close="Cancel",
        blocks=[
            section(
                "Replicate has no list of private models. Paste the names or addresses of those that the bot does not "
                "know yet. Adding one deletes nothing."
            ),
            InputBlock(
                block_id=NAMES_FIELD,
                label="Models",
                hint=f"owner/name, {own}or the address of a model's page; any number of lines.",
                element=PlainTextInputElement(
                    action_id=NAMES_FIELD,
                    multiline=True,
                    max_length=_MAX_CHARS,
                    placeholder="acme/flux-portraits\nhttps://replicate.com/acme/old-flux",
                ),
            ),
        ],
    )


def checking(count: int) -> View:
    """Return what the window shows until Replicate has answered."""
    return told(f"Looking {counted(count, 'model')} up at Replicate…")


def checked(found: Checked, accounts: Sequence[str], why_unchecked: str = "") -> str:
    """Return what became of each name, as mrkdwn; `why_unchecked` says why some could not be looked up."""
    named = joined([f"`{account}`" for account in accounts], "or")
    whose = f"the account{'s' if len(accounts) > 1 else ''} {named}"
    parts = [
        _part(f"*Added {counted(len(found.added), 'model')}:*", map(str, found.added)),
        _part(
            "*Replicate doesn't show* (they don't exist, or the bot's token can't see them):", map(str, found.not_shown)
        ),
        _part(f"*Not of {whose}*, so the bot can't delete them:", map(str, found.foreign)),
        _part("*Not understood*; use `owner/name`:", (word[:_MAX_QUOTED] for word in found.not_understood)),
        _part("*Not looked up*, so not added:", map(str, found.unchecked)),
        why_unchecked,
    ]
    return "\n\n".join(part for part in parts if part)


def _part(label: str, names: Iterable[str]) -> str:
    shown = [inert(name) for name in names]
    return f"{label}\n{_enumerated(shown)}" if shown else ""


def _enumerated(names: Sequence[str]) -> str:
    more = [f"{len(names) - _NAMED:,} more"] if len(names) > _NAMED else []
    return joined([*(f"`{name}`" for name in names[:_NAMED]), *more])
