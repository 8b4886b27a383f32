"""Words -> references to models and versions, and patterns of models. Pure: no I/O, no clock.

Every owner, name and selector returned by this module is one safe path segment: ASCII letters, digits, `.`, `_`
and `-`, beginning with a letter or digit. Owners and names keep their case, because Replicate does not document
whether it is significant; hexadecimal ids are lower-cased, as Replicate writes them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bot.commands.addresses import UrlKind, split_url
from bot.commands.mistakes import Mistake, ParseError, as_code
from bot.commands.names import NameReader, is_glob
from bot.commands.own_names import NO_ACCOUNT, OwnNames
from bot.commands.selectors import may_be_selector, parse_selector, split_selector
from bot.commands.tokens import Word
from bot.refs import ModelPattern, ModelRef, Reference, VersionRef

_VERSIONS = "versions"
# The tabs of a model's page; https://replicate.com/docs/topics/models/delete-a-model sends people who delete by hand
# to /settings.
_TABS = {
    UrlKind.SITE: frozenset({_VERSIONS, "api", "examples", "playground", "readme", "settings", "train"}),
    UrlKind.API: frozenset({_VERSIONS}),
    UrlKind.PLAIN: frozenset[str](),
}


@dataclass(frozen=True, slots=True)
class Named:
    """What one word names, and its place in the line."""

    word: Word
    what: Reference | ModelPattern


@dataclass(frozen=True, slots=True)
class ReadReferences:
    """What the words of a line name, in typed order, and the words that name nothing."""

    named: tuple[Named, ...]
    mistakes: tuple[Mistake, ...]


def read_references(
    words: Sequence[Word], own: OwnNames = NO_ACCOUNT, unclear: Mapping[Word, ParseError] | None = None
) -> ReadReferences:
    """Read what each word names; an id by itself is a version of the model named last.

    A name by itself is a model of one of the Replicate accounts of `own`. An id that follows what cannot be read is a
    mistake too: it must not be a version of the model before. `unclear` has the words that are asked about anyway.
    """
    named: list[Named] = []
    mistakes: list[Mistake] = []
    names = NameReader(own)
    are_asterisks = not any(word.text.strip("*/") for word in words)
    last: ModelRef | ModelPattern | Word | None = None
    for word in words:
        try:
            if error := (unclear or {}).get(word) or _only_asterisks(word.text, names, is_alone=are_asterisks):
                raise error
            what = _read(word.text, last, names)
        except ParseError as error:
            # An id by itself may be a name, but not where it is cut off.
            is_no_name = word.is_cut and may_be_selector(word.text)
            mistakes.append(word.mistake(ParseError(str(error), example=error.example) if is_no_name else error))
            last = last if isinstance(last, Word) or may_be_selector(word.text) else word
        else:
            named.append(Named(word, what))
            last = what.model if isinstance(what, VersionRef) else what
    return ReadReferences(tuple(named), tuple(mistakes))


def _only_asterisks(token: str, names: NameReader, *, is_alone: bool) -> ParseError | None:
    return names.asterisks(token, is_alone=is_alone) if "*" in token and not token.strip("*/") else None


def _read(token: str, last: ModelRef | ModelPattern | Word | None, names: NameReader) -> Reference | ModelPattern:
    if "/" in token:
        return _parse_address(token, names)
    if may_be_selector(token) or (isinstance(last, ModelRef) and may_be_selector(token.strip("*"))):
        return _version_of(last, token.strip("*"), names)
    if is_glob(token):
        return _pattern("", token, names)
    name, selector = split_selector(token)
    model = names.own(name, typed=token, follows=isinstance(last, ModelRef))
    return VersionRef(model, parse_selector(selector)) if selector else model


def _pattern(owner: str, glob: str, names: NameReader) -> ModelPattern:
    """Return a pattern as it is typed, where its asterisks may also be marks."""
    typed = f"{owner}/{glob}" if owner else glob
    if owner and not (owner + glob).strip("*"):
        raise names.asterisks(typed, is_alone=False)
    if "**" in typed:
        raise names.doubled(typed)
    if typed.endswith("?"):
        raise names.question(typed)
    return names.pattern(owner, glob)


def _version_of(last: ModelRef | ModelPattern | Word | None, token: str, names: NameReader) -> VersionRef:
    match last:
        case ModelRef():
            return VersionRef(last, parse_selector(token))
        case Word():
            raise ParseError(f"{as_code(token)} follows {as_code(last.text)}, so I can't tell whose version it is.")
        case ModelPattern():
            raise ParseError(f"{as_code(token)} is a version's id, and `{last}` names no single model.")
        case None:
            selector = parse_selector(token)
            raise ParseError(
                f"{as_code(token)} looks like a version's id, and no model is named before it. "
                f"Together they are `owner/name:{selector[:12]}`.",
                fixes=names.spelled_out(token),
            )


def _parse_address(token: str, names: NameReader) -> Reference | ModelPattern:
    kind, segments = split_url(token)
    if len(segments) == 1:
        raise ParseError(f"{as_code(token)} names no model. {names.EXPECTED}")
    owner, rest, *tail = segments
    name, selector = split_selector(rest)
    if is_glob(name) or is_glob(owner):
        if selector or tail:
            raise ParseError(f"{as_code(token)} is a pattern, which names models, not versions.")
        return _pattern(owner, name, names)
    model = names.model(owner, name, typed=token)
    if selector.startswith(":"):
        raise ParseError(f"{as_code(token)} has two colons.", fixes=[f"{model}:{selector.lstrip(':')}"])
    match selector, tail:
        case ("", []):
            return model
        case (_, []):
            return VersionRef(model, parse_selector(selector))
        case ("", [tab]) if tab in _TABS[kind]:
            return model
        case ("", ["versions", version]) if _VERSIONS in _TABS[kind]:
            return VersionRef(model, parse_selector(version))
        case ("", [version]) if kind is UrlKind.PLAIN and may_be_selector(version):
            raise ParseError(
                f"{as_code(token)} has a slash before the version's id.", fixes=[f"{model}:{parse_selector(version)}"]
            )
    raise ParseError(
        f"{as_code(token)} goes on after the model, with {as_code('/' + '/'.join(tail))}. {names.EXPECTED}"
    )
