"""Names of models without their owner: which of the bot's accounts they may be of. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from bot.commands.mistakes import ParseError
from bot.commands.reasons import split_reason
from bot.commands.selectors import split_selector
from bot.commands.tokens import plain_line, words_of

ANY_OWNER = "*"
"""The owner in a pattern that is matched among the models of all accounts."""


@dataclass(frozen=True, slots=True)
class OwnNames:
    """The Replicate accounts that the bot works for; none while Replicate has not told them.

    `has_others`: it has tokens of other accounts as well, and is not told of which. `owners` has, for names in small
    letters, the accounts that are known to have a model of this name. It is needed where there are several accounts:
    the models of an only one need no owner, whatever they are called.
    """

    accounts: tuple[str, ...] = ()
    owners: Mapping[str, Sequence[str]] = field(default_factory=dict)
    has_others: bool = False

    def with_owner(self, glob: str) -> list[str]:
        """Return a pattern with its owner, which can be no bold text; none while no account is known."""
        accounts = self.accounts if len(self.accounts) < 2 else [ANY_OWNER]  # noqa: PLR2004
        return [f"{account}/{glob}" for account in accounts]


NO_ACCOUNT = OwnNames()
"""While no account is known."""


def bare_names(text: str) -> list[str]:
    """Return the words of a command's text that may be names without an owner, in small letters, each once."""
    try:
        words, _ = words_of(plain_line(split_reason(text).rest))
    except ParseError:
        return []
    # Marks of bold text and of a question are no part of a name, and the line without them may be proposed.
    bare = (split_selector(word.text.strip("*?"))[0].lower() for word in words if "/" not in word.text)
    return list(dict.fromkeys(name for name in bare if name))
