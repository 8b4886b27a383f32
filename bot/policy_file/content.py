"""TOML's tables -> the rules of a policy and the cleanup rules, or every problem in them. Pure."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, TypeGuard, TypeVar

from pydantic import ValidationError

from bot.cleanup.rule import CleanupRule
from bot.policy_file.problems import Problem, fields_of, is_secret, problem_of, shown, unknown_key
from bot.policy_file.tables import (
    REPEATED,
    SINGLE,
    CleanupTable,
    LimitsTable,
    ModelsTable,
    SizeTable,
    Table,
    UndoTable,
)
from bot.requests.policy_rules import PolicyRules
from bot.requests.terms import Limits

T = TypeVar("T", bound=Table)
Places = Mapping[str, Mapping[str, Any]]
"""Tables as TOML has them, by where they are in the file: `models[2]`, counted from 1."""

Problems = Iterator[Problem]

_SELECTS = ("keep", "older_than", "unused_for")
_KEYS = {f"[[{name}]]": tuple(fields_of(table)) for name, table in REPEATED.items()} | {
    f"[{name}]": tuple(fields_of(table)) for name, table in SINGLE.items()
}
"""The keys of each table, by how it is written."""


@dataclass(frozen=True, slots=True)
class PolicyFile:
    """What a policy file says: the rules that requests have to keep, and what is proposed for deletion."""

    rules: PolicyRules = field(default_factory=PolicyRules)
    cleanups: tuple[CleanupRule, ...] = ()


class ContentProblems(ValueError):
    """The tables are not those of a policy file; `problems` has every reason, in the order of the file."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(map(str, problems)))


def policy_file_of(tables: Mapping[str, Any]) -> PolicyFile:
    """Return what these tables say. Raises ContentProblems."""
    problems = [_unknown_table(key) for key in tables if key not in REPEATED and key not in SINGLE]
    entries = _several(tables, "models", ModelsTable, problems, _of_entries)
    sizes = _several(tables, "size", SizeTable, problems, _of_sizes)
    cleanups = _several(tables, "cleanup", CleanupTable, problems, _of_cleanups)
    limits = _one(tables, "limits", LimitsTable, problems)
    undo = _one(tables, "undo", UndoTable, problems)
    if problems:
        raise ContentProblems(problems)
    return PolicyFile(
        PolicyRules(
            models=tuple(one.entry for one in entries),
            sizes=tuple(one.entry for one in sizes),
            limits=limits.limits if limits else Limits(),
            undo=(undo.time,) if undo and undo.seconds else (),
        ),
        tuple(one.rule for one in cleanups),
    )


def _unknown_table(key: str) -> Problem:
    return unknown_key(key, "", (*REPEATED, *SINGLE), _KEYS)


def _several(
    tables: Mapping[str, Any], name: str, kind: type[T], problems: list[Problem], check: Callable[[Places], Problems]
) -> list[T]:
    """Return the tables of a name that may be there several times, and note what is wrong with each and with all."""
    listed = tables.get(name, [])
    if not isinstance(listed, list):
        found = "single brackets" if isinstance(listed, dict) else shown(listed)
        problems.append(Problem(name, f"is written with double brackets, and has {found}", f"[[{name}]]"))
        return []
    places = {f"{name}[{number}]": raw for number, raw in enumerate(listed, start=1)}
    wrong: list[Problem] = []
    typed = [_typed(kind, raw, place, wrong) for place, raw in places.items()]
    wrong += check({place: raw for place, raw in places.items() if isinstance(raw, dict)})
    order = {place: number for number, place in enumerate(places)}
    wrong.sort(key=lambda problem: order[problem.where[: problem.where.index("]") + 1]])
    problems += [_named(problem, places) for problem in wrong]
    return [table for table in typed if table is not None]


def _named(problem: Problem, places: Mapping[str, object]) -> Problem:
    """Return a problem of a cleanup rule with the rule's name instead of its number, where that can be shown."""
    number, _, key = problem.where.partition("]")
    raw = places[f"{number}]"]
    name = raw.get("name") if isinstance(raw, dict) and number.startswith("cleanup") else None
    if not isinstance(name, str) or not name.strip() or is_secret(name):
        return problem
    return replace(problem, where=f"cleanup {shown(name)}{key}")


def _one(tables: Mapping[str, Any], name: str, kind: type[T], problems: list[Problem]) -> T | None:
    """Return the table of a name that is there once at most, and note what is wrong with it."""
    if name not in tables:
        return None
    raw = tables[name]
    if isinstance(raw, list):
        problems.append(Problem(name, "is written once, with single brackets", f"[{name}]"))
        return None
    return _typed(kind, raw, name, problems)


def _typed(kind: type[T], raw: object, place: str, problems: list[Problem]) -> T | None:
    if not isinstance(raw, dict):
        problems.append(Problem(place, f"should be a table, and is {shown(raw)}"))
        return None
    fields = fields_of(kind)
    problems += [unknown_key(key, place, fields, _KEYS) for key in raw if key not in fields]
    try:
        return kind.model_validate({key: value for key, value in raw.items() if key in fields})
    except ValidationError as exc:
        problems += [problem_of(error, place, fields) for error in exc.errors(include_url=False)]
        return None


def _of_entries(places: Places) -> Problems:
    """Yield what is wrong with `[[models]]` beyond single values."""
    yield from _repeated(places, _folded, "is the same as")
    for place, raw in places.items():
        if set(raw) == {"match"}:
            yield Problem(place, "says nothing about the models that it matches", "approvals = 2")
        for key in ("match", "requesters", "approvers"):
            yield from _twice(f"{place}.{key}", raw.get(key))
        approvers, approvals = raw.get("approvers"), raw.get("approvals")
        if _are_users(approvers) and isinstance(approvals, int) and 0 < len(approvers) < approvals:
            what = f"are {len(approvers)}, and {approvals} approvals are needed: nothing could be approved"
            yield Problem(f"{place}.approvers", what, 'approvers = ["S0LEADS"]')


def _of_sizes(places: Places) -> Problems:
    """Yield what is wrong with `[[size]]` beyond single values."""
    yield from _repeated(places, lambda raw: _folded(raw.get("more_than")), "has the same more_than as")
    for place, raw in places.items():
        if set(raw) == {"more_than"}:
            yield Problem(place, "says nothing about requests of that size", "approvals = 2")


def _of_cleanups(places: Places) -> Problems:
    """Yield what is wrong with `[[cleanup]]` beyond single values."""
    yield from _repeated(places, lambda raw: _folded(raw.get("name")), "has the same name as")
    for place, raw in places.items():
        if not any(key in raw for key in _SELECTS):
            what = "would propose every version: set at least one of keep, older_than and unused_for"
            yield Problem(place, what, "keep = 5")
        models = raw.get("models")
        yield from _twice(f"{place}.models", models)
        if _are_texts(models) and len({one.partition("/")[0].lower() for one in models}) > 1:
            what = "are of several owners, and a request is about one account; make a rule for each"
            yield Problem(f"{place}.models", what, 'models = ["acme/exp-*", "acme/flux"]')


def _repeated(places: Places, key_of: Callable[[Mapping[str, Any]], Hashable], how: str) -> Problems:
    """Yield the tables that are there a second time, by what tells them apart."""
    first: dict[Hashable, str] = {}
    for place, raw in places.items():
        key = key_of(raw)
        if key is not None and key in first:
            yield Problem(place, f"{how} {first[key]}; remove one of both")
        first.setdefault(key, place)


def _twice(place: str, values: object) -> Problems:
    """Yield what a list names a second time; capitals make no difference."""
    seen: set[str] = set()
    for value in values if _are_texts(values) else ():
        if value.lower() in seen:
            yield Problem(place, f"names {shown(value)} twice")
        seen.add(value.lower())


def _are_texts(value: object) -> TypeGuard[list[str]]:
    return isinstance(value, list) and all(isinstance(one, str) for one in value)


def _are_users(value: object) -> TypeGuard[list[str]]:
    return _are_texts(value) and not any(one.startswith(("*", "S")) for one in value)


def _folded(value: object) -> Hashable:
    """Return a value as it is compared with others: without regard to capitals, and to the order of lists."""
    match value:
        case str():
            return " ".join(value.lower().split())
        case list():
            return frozenset(map(_folded, value))
        case dict():
            return frozenset((key, _folded(inner)) for key, inner in value.items())
        case _:
            return value if isinstance(value, Hashable) else None
