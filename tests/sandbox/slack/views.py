"""The modals that are open and the Home tabs that were published, every version of each.

Sources: https://docs.slack.dev/surfaces/modals (the stack of at most three views),
https://docs.slack.dev/surfaces/app-home.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from tests.sandbox.slack.calls import Refused
from tests.sandbox.slack.inputs import Entries, carry, state_of
from tests.sandbox.slack.menus import words_of_options
from tests.sandbox.slack.messages import with_ids
from tests.sandbox.slack.mrkdwn import Block, buttons_of, mrkdwn_texts, plain, unescaped_in
from tests.sandbox.slack.people import APP_ID, BOT_ID, TEAM_ID

MOST_VIEWS = 3
"""In one modal: https://docs.slack.dev/reference/methods/views.push, `push_limit_reached`."""


@dataclass(frozen=True)
class View:
    """One version of a modal's view or of a Home tab, as one person sees it."""

    id: str
    user: str
    definition: dict[str, Any]
    hash: str
    root_id: str
    previous_id: str | None = None
    errors: tuple[tuple[str, str], ...] = ()
    """What stands under its fields, as (block id, words)."""

    @property
    def type(self) -> str:
        """`modal` or `home`."""
        return str(self.definition["type"])

    @property
    def blocks(self) -> tuple[Block, ...]:
        """Its blocks, each with its id."""
        return tuple(self.definition["blocks"])

    @property
    def title(self) -> str:
        """The words at the top; a Home tab has none."""
        return self._words("title")

    @property
    def submit(self) -> str:
        """The words on the button that submits it, empty without one."""
        return self._words("submit")

    @property
    def close(self) -> str:
        """The words on the button that closes it, empty when the app chose none."""
        return self._words("close")

    @property
    def buttons(self) -> list[str]:
        """The words on the buttons within its blocks, in reading order."""
        return [element["text"]["text"] for _, element in buttons_of(self.blocks)]

    @property
    def options(self) -> list[str]:
        """The words of the options of its menus and boxes, in reading order."""
        return words_of_options(self.blocks)

    @property
    def plain(self) -> str:
        """What a person reads below the title."""
        return plain(self.blocks)

    @property
    def unescaped(self) -> list[str]:
        """Places in its blocks where a `<` opens no entity of Slack's."""
        return [place for text in mrkdwn_texts(self.blocks) for place in unescaped_in(text)]

    @property
    def external_id(self) -> str:
        """The app's own name for it, or nothing."""
        return str(self.definition.get("external_id", ""))

    def as_payload(self, entries: Entries) -> dict[str, Any]:
        """The view object of the Web API and of interactions."""
        given = self.definition
        return {
            "id": self.id,
            "team_id": TEAM_ID,
            "type": self.type,
            "blocks": list(self.blocks),
            "private_metadata": given.get("private_metadata", ""),
            "callback_id": given.get("callback_id", ""),
            "state": state_of(self.blocks, entries),
            "hash": self.hash,
            **{name: given.get(name) for name in ("title", "submit", "close")},
            **{name: given.get(name, False) for name in ("clear_on_close", "notify_on_close")},
            "previous_view_id": self.previous_id,
            "root_view_id": self.root_id,
            "app_id": APP_ID,
            "external_id": self.external_id,
            "app_installed_team_id": TEAM_ID,
            "bot_id": BOT_ID,
        }

    def line(self) -> str:
        """One line for a transcript."""
        errors = "".join(f" ({block}: {words})" for block, words in self.errors)
        buttons = f" [{'] ['.join(self.buttons)}]" if self.buttons else ""
        return f"{self.type} {self.title!r}: {self.plain}{buttons}{errors}"

    def _words(self, name: str) -> str:
        return str((self.definition.get(name) or {}).get("text", ""))


class Views:
    """Each person's modal, a stack of views, and their Home tab. `changed` is called after every change."""

    def __init__(self, clock: Callable[[], float], changed: Callable[[], None]) -> None:
        self.every_view: list[View] = []
        self._clock = clock
        self._changed = changed
        self._stacks: dict[str, list[View]] = {}
        self._homes: dict[str, View] = {}
        self._entries: dict[str, Entries] = {}
        self._numbers = itertools.count(1)

    def modal(self, user: str) -> View | None:
        """The view on top of this person's modal, or None when none is open."""
        stack = self._stacks.get(user)
        return stack[-1] if stack else None

    def home(self, user: str) -> View | None:
        """What was published to this person's Home tab, or None."""
        return self._homes.get(user)

    def entries(self, view: View) -> Entries:
        """What was entered into a view; see `inputs.carry` for what becomes of it when the view changes."""
        return self._entries.setdefault(view.id, {})

    def payload(self, view: View) -> dict[str, Any]:
        """The view object, with what was entered."""
        return view.as_payload(self.entries(view))

    def open(self, user: str, definition: dict[str, Any]) -> View:
        """A modal with this one view; a modal that was open gives way. Raises `Refused`."""
        self._claim(definition)
        view = self._new(user, definition)
        self._stacks[user] = [view]
        return self._keep(view)

    def push(self, user: str, definition: dict[str, Any]) -> View:
        """Lay a view over the one on top. Raises `Refused`: `not_found` without a modal, `push_limit_reached`."""
        stack = self._stacks.get(user)
        if not stack:
            raise Refused("not_found")
        if len(stack) >= MOST_VIEWS:
            raise Refused("push_limit_reached")
        self._claim(definition)
        view = replace(self._new(user, definition), root_id=stack[0].id, previous_id=stack[-1].id)
        stack.append(view)
        return self._keep(view)

    def publish(self, user: str, definition: dict[str, Any], expected: str) -> View:
        """Show this on the person's Home tab, whose view keeps its id. Raises `Refused` as `rewrite` does."""
        present = self._homes.get(user)
        if present:
            return self.rewrite(present, definition, expected)
        if expected:
            raise Refused("hash_conflict")
        self._claim(definition)
        self._homes[user] = self._new(user, definition)
        return self._keep(self._homes[user])

    def rewrite(self, view: View, definition: dict[str, Any], expected: str = "") -> View:
        """Give a view that is there new content, and a new hash.

        Raises `Refused("hash_conflict")` when it changed since the app saw the hash it `expected`:
        https://docs.slack.dev/surfaces/modals ("Avoiding race conditions").
        """
        if expected and expected != view.hash:
            raise Refused("hash_conflict")
        self._claim(definition, view)
        changed = replace(view, definition=_complete(definition), hash=self._hash(), errors=())
        carry(view.blocks, changed.blocks, self.entries(view))
        return self._put(changed)

    def complain(self, view: View, errors: dict[str, str]) -> View:
        """Put words under the fields of a view, or take them away."""
        if dict(view.errors) == errors:
            return view
        return self._put(replace(view, errors=tuple(errors.items())))

    def drop(self, user: str, *, everything: bool) -> list[View]:
        """Close the view on top, or the whole modal; the views that went, the top one first."""
        stack = self._stacks[user]
        count = len(stack) if everything else 1
        gone = [stack.pop() for _ in range(count)]
        self._changed()
        return gone

    def find(self, view_id: str, external_id: str) -> View | None:
        """The present version of a view, by either of its ids."""
        by_name = bool(external_id)
        alive = self._alive()
        return next(
            (view for view in alive if (view.external_id == external_id if by_name else view.id == view_id)), None
        )

    def _alive(self) -> list[View]:
        return [*itertools.chain(*self._stacks.values()), *self._homes.values()]

    def _claim(self, definition: dict[str, Any], mine: View | None = None) -> None:
        holder = self.find("", definition["external_id"]) if definition.get("external_id") else None
        if holder and (mine is None or holder.id != mine.id):
            raise Refused("duplicate_external_id")

    def _new(self, user: str, definition: dict[str, Any]) -> View:
        view_id = f"V0MADEUP{next(self._numbers)}"
        return View(view_id, user, _complete(definition), self._hash(), view_id)

    def _hash(self) -> str:
        return f"{int(self._clock())}.made{next(self._numbers)}"

    def _put(self, view: View) -> View:
        if view.type == "home":
            self._homes[view.user] = view
        else:
            stack = self._stacks[view.user]
            stack[[one.id for one in stack].index(view.id)] = view
        return self._keep(view)

    def _keep(self, view: View) -> View:
        self.every_view.append(view)
        self._changed()
        return view


def _complete(definition: dict[str, Any]) -> dict[str, Any]:
    return {**definition, "blocks": list(with_ids(definition["blocks"]))}
