"""The text of any message -> the references in it. Pure.

A command's text has nothing but references, and a word that is none is a mistake. A message is written for people: a
word that is no reference is a word.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from bot.commands.references import read_references
from bot.commands.tokens import unescaped, words_of
from bot.refs import ModelPattern, ModelRef, Reference, VersionRef

_MARKUP = re.compile(r"<(?P<address>[^<>|]*)(?:\|[^<>]*)?>")
"""A link, a mention or a date of Slack's, as `<address|label>`; signs that somebody typed are escaped
(https://docs.slack.dev/messaging/formatting-message-text)."""

_BETWEEN_WORDS = re.compile(r"[\s,;|\"'“”„‘’‚«»‹›()\[\]{}<>*~`]+")
_SITES = re.compile(r"(?:https?://)?(?:(?:www\.|api\.)?replicate\.com|r8\.im)/", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class MessageText:
    """What is read of a message: text with Slack's markup, text without any, and the addresses of links."""

    mrkdwn: tuple[str, ...] = ()
    plain: tuple[str, ...] = ()
    addresses: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class NamedModels:
    """The models that a list names, each once, and the words in it that name none."""

    models: tuple[ModelRef, ...] = ()
    not_understood: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Linked:
    """The references in a message, each once, in the order of the text.

    `versions` are written as addresses or as `owner/name:id`, `models` as addresses, without those of which a version
    is named. `maybe` are words that look like `owner/name`, as `and/or` does.
    """

    versions: tuple[VersionRef, ...] = ()
    models: tuple[ModelRef, ...] = ()
    maybe: tuple[ModelRef, ...] = ()


def linked_in(message: MessageText) -> Linked:
    """Return the references in a message. Of a link the address counts, and never its label."""
    read = [*_read(message)]
    versions = dict.fromkeys(found for _, found in read if isinstance(found, VersionRef))
    covered = {version.model for version in versions}
    models = dict.fromkeys(
        found for is_address, found in read if is_address and isinstance(found, ModelRef) and found not in covered
    )
    maybe = dict.fromkeys(
        found for _, found in read if isinstance(found, ModelRef) and found not in covered and found not in models
    )
    return Linked(tuple(versions), tuple(models), tuple(maybe))


def model_named(text: str) -> ModelRef | None:
    """Return the model that a text of one word names, as `owner/name` or by its address; None for anything else."""
    found = _reference(text) if "/" in text else None
    return found if isinstance(found, ModelRef) else None


def models_listed(text: str, owner: str | None) -> NamedModels:
    """Return the models that a pasted list names: by address, as `owner/name`, or by the name of one of `owner`'s.

    A version names its model. Without an `owner` a name alone names none.
    """
    models: dict[ModelRef, None] = {}
    others: dict[str, None] = {}
    for word in _words(MessageText(mrkdwn=(text,))):
        if not word:
            continue
        found = _reference(word if owner is None or "/" in word else f"{owner}/{word}")
        if found is None:
            others[word] = None
        else:
            models[found if isinstance(found, ModelRef) else found.model] = None
    return NamedModels(tuple(models), tuple(others))


def _read(message: MessageText) -> Iterator[tuple[bool, Reference]]:
    """Yield each reference, and whether it is written as an address."""
    for word in _words(message):
        reference = _reference(word) if "/" in word else None
        if reference is not None:
            yield _SITES.match(word) is not None, reference


def _words(message: MessageText) -> Iterator[str]:
    for text in message.mrkdwn:
        yield from _split([unescaped(_MARKUP.sub(lambda markup: f" {markup['address']} ", text))])
    yield from _split(message.plain)
    yield from _split(message.addresses)


def _split(texts: Iterable[str]) -> Iterator[str]:
    for text in texts:
        for word in _BETWEEN_WORDS.split(text):
            # Slack's sign for italics may also end a name: it goes only where it is on both sides.
            is_italic = word.startswith("_") and word.endswith("_")
            yield word.strip("_") if is_italic else word


def _reference(word: str) -> Reference | None:
    """Return the reference that a word is, or None. Mentions and addresses of other sites are none."""
    # In a sentence `?` ends a question, and is no wildcard.
    words, mistakes = words_of(word.rstrip("?!"))
    if mistakes or len(words) != 1 or "/" not in words[0].text:
        return None
    read = read_references(words)
    # A pattern names no model by itself, and in a message it may be anything.
    return next((one.what for one in read.named if not isinstance(one.what, ModelPattern)), None)
