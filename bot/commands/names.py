"""Owners and names of models, names without an owner, and patterns of names. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import ClassVar

from bot.commands.addresses import is_host
from bot.commands.mistakes import ParseError, as_code
from bot.commands.own_names import ANY_OWNER, OwnNames
from bot.commands.selectors import nearly_selector
from bot.refs import ModelPattern, ModelRef

MAX_NAME_CHARS = 100
"""The most characters of an owner or a name. This limit is the bot's: Replicate publishes none, and its names are far
shorter."""

# A name may contain dots, an owner may not: `evil.test/flux` would be a URL of another host.
_OWNER = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9_-]*[A-Za-z0-9_])?")
_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9_])?")
_GLOB = re.compile(r"(?:[A-Za-z0-9._*?-]|\[!?[A-Za-z0-9._-]+\])+")
_IS_GLOB = re.compile(r"[*?]|.\[")
_MARKED = re.compile(r"\*(?:[A-Za-z0-9].*|[A-Za-z0-9._-]+\*)")
_ASTERISKS = re.compile(r"\*+")

_ANY_CHARACTER = "[a-z0-9._-]"
"""What `?` stands for in a name; capitals do not matter."""

_FILLERS = frozenset(
    {"a", "an", "and", "delete", "from", "me", "model", "models", "my", "of", "or", "please", "than", "the", "version"}
    | {"versions", "with"}
)
"""Words between names in a sentence; a model of such a name is asked for with its owner."""


def is_glob(text: str) -> bool:
    """Return whether a name is a pattern: it has a `*`, a `?`, or a range such as `[0-9]`."""
    return _IS_GLOB.search(text) is not None


class NameReader:
    """Reads names as those of models; without an owner they are of one of the accounts of `own`."""

    EXPECTED: ClassVar[str] = "Use `owner/name` for a model or `owner/name:id` for a version."

    def __init__(self, own: OwnNames) -> None:
        self._own = own

    def model(self, owner: str, name: str, *, typed: str) -> ModelRef:
        """Return the model of an owner. Raises ParseError if Replicate could know no such owner or name."""
        if not (_is_segment(owner, _OWNER) and _is_segment(name, _NAME)):
            raise self._not_recognized(typed, fixes=_mended(owner, name))
        return ModelRef(owner, name)

    def own(self, name: str, *, typed: str, follows: bool) -> ModelRef:
        """Return the model of this name of the account that has it.

        `follows`: a model is named before it. Raises ParseError for what is no name, or means something else, and where
        none or several of the accounts are known to have such a model.
        """
        if name.lower() in _FILLERS:
            raise ParseError(f"I don't recognize {as_code(typed)}. {self.EXPECTED}", fixes=[""])
        if follows and (meant := nearly_selector(name)):
            said = f"{as_code(typed)} isn't a version's id, which has only the digits 0-9 and the letters a-f."
            raise ParseError(said, fixes=[meant])
        if is_host(name) or not _is_segment(name, _NAME):
            raise self._not_recognized(typed)
        return ModelRef(self._owner_of(name, typed), name)

    def pattern(self, owner: str, glob: str) -> ModelPattern:
        """Return the pattern of the accounts' models. Raises ParseError for what is none, or one of other models.

        Without an owner, or with `*` in its place, it is matched among the models of all accounts.
        """
        typed = f"{owner}/{glob}" if owner else glob
        accounts = self._known_accounts(typed)
        account = accounts[0]
        if not owner and _MARKED.fullmatch(glob):
            said = f"{as_code(typed)} could be a name in bold or of a list, or a pattern."
            raise ParseError(said, fixes=[glob.strip("*"), *self._own.with_owner(glob)])
        if len(glob) > MAX_NAME_CHARS or not _GLOB.fullmatch(glob):
            raise ParseError(f"{as_code(typed)} is no pattern. Write one as `{account}/exp-*`.")
        if len(accounts) > 1 and owner in ("", ANY_OWNER):
            return ModelPattern(ANY_OWNER, glob)
        of_account = [one for one in accounts if owner.lower() in ("", one.lower())]
        if not of_account:
            bold = [typed.lstrip("*")] if owner.startswith("*") and _is_segment(owner.lstrip("*"), _OWNER) else []
            any_owner = [f"{account}/{glob}"] if owner == ANY_OWNER else []
            whose = _enumerated(accounts)
            said = (
                f"{as_code(typed)} can't be matched: a pattern finds only models of {whose}, "
                f"my Replicate account{'s' if len(accounts) > 1 else ''}."
            )
            raise ParseError(said, fixes=[*bold, *any_owner])
        return ModelPattern(of_account[0], glob)

    def asterisks(self, typed: str, *, is_alone: bool) -> ParseError:
        """Return the error for nothing but asterisks: marks where something else is named, else perhaps every model."""
        fixes = ["", *(self._with_owners("*") if is_alone else [])]
        return ParseError(f"{as_code(typed)} by itself is no name.", fixes=fixes)

    def doubled(self, typed: str) -> ParseError:
        """Return the error for two asterisks in a row: marks of bold text, or a pattern with one too many."""
        single = _ASTERISKS.sub("*", typed)
        owned = [single if single.startswith("*/") else single.lstrip("*")]
        fixes = [typed.strip("*"), *(owned if "/" in typed else self._own.with_owner(single))]
        return ParseError(f"{as_code(typed)} has two asterisks in a row, and a pattern has one.", fixes=fixes)

    def question(self, typed: str) -> ParseError:
        """Return the error for a name or a pattern with `?` at its end, which may also end a sentence."""
        plain = typed.rstrip("?")
        pattern = plain + _ANY_CHARACTER * (len(typed) - len(plain))
        fixes = [plain, *([pattern] if "/" in typed else self._own.with_owner(pattern))]
        said = f"{as_code(typed)} could be a question, or a pattern in which `?` is any character."
        return ParseError(said, fixes=[""] if plain.lower() in _FILLERS else fixes)

    def spelled_out(self, name: str) -> list[str]:
        """Return a name with its owner, where it may be one and the accounts are known."""
        return self._with_owners(name) if len(name) < 12 and _is_segment(name, _NAME) else []  # noqa: PLR2004

    def _with_owners(self, name: str) -> list[str]:
        return [f"{account}/{name}" for account in self._own.accounts]

    def _owner_of(self, name: str, typed: str) -> str:
        """Return the only account, or the only one that is known to have a model of this name."""
        accounts = self._known_accounts(typed)
        if len(accounts) == 1 and not self._own.has_others:
            return accounts[0]
        owners = self._own.owners.get(name.lower(), ())
        if len(owners) == 1:
            return owners[0]
        if owners:
            said = f"{as_code(typed)} is a model of {_enumerated(owners)}. Write which one you mean."
        else:
            others = ", and Replicate hasn't told me all of my accounts" if self._own.has_others else ""
            said = f"I know no model {as_code(typed)} of {_enumerated(accounts)}{others}. Write its owner as well."
        rest = typed[len(name) :]
        raise ParseError(said, fixes=[f"{owner}/{name}{rest}" for owner in owners or accounts])

    def _known_accounts(self, typed: str) -> tuple[str, ...]:
        if not self._own.accounts:
            raise AccountUnknown(
                f"{as_code(typed)} means a model of my own Replicate account, and Replicate hasn't told me yet "
                "which one that is. Write `owner/name`, or run it again in a minute."
            )
        return self._own.accounts

    def _not_recognized(self, typed: str, fixes: Sequence[str] = ()) -> ParseError:
        return ParseError(f"I don't recognize {as_code(typed)}. {self.EXPECTED}", fixes=fixes)


class AccountUnknown(ParseError):
    """A name without its owner, while it is not known whose it is: the same line can be read later."""


def _enumerated(names: Sequence[str]) -> str:
    *most, last = [f"`{name}`" for name in names]
    return f"{', '.join(most)} and {last}" if most else last


def _mended(owner: str, name: str) -> list[str]:
    """Return a reference without a hyphen before it, and with a colon for its `@`, if that can be read."""
    owner, name = owner.lstrip("-"), re.sub(r"@(?=[0-9a-fA-F]{4,64}$)", ":", name)
    model, _, _ = name.partition(":")
    return [f"{owner}/{name}"] if _is_segment(owner, _OWNER) and _is_segment(model, _NAME) else []


def _is_segment(text: str, shape: re.Pattern[str]) -> bool:
    return len(text) <= MAX_NAME_CHARS and shape.fullmatch(text) is not None
