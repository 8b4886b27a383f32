"""What people are told about the models that a pattern matched, and about names like that of a known one. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bot.messages.message import Message, compose
from bot.plurals import counted, joined
from bot.refs import ModelPattern, ModelRef

_NAMED = 10
_ASKED = 3
_HOW_KNOWN = (
    "Replicate doesn't list private models, so I know the names that I saw in deployments, trainings, predictions and "
    "requests, or that somebody added."
)


def matched_by(patterns: Mapping[ModelPattern, Sequence[ModelRef]], known: int, accounts: int = 1) -> list[str]:
    """Return a sentence for each pattern with the models it matched, and one that only known models can match.

    `known` is how many models so many `accounts` have at least.
    """
    said = [
        f"`{pattern}` matches {counted(len(models), 'known model')}: {_named(models)}."
        for pattern, models in patterns.items()
    ]
    have = "your account has" if accounts == 1 else "your accounts have"
    only = f"Only models I know of can match: {have} at least {known:,}."
    return [*said, only] if said else []


def none_matched(patterns: Sequence[ModelPattern], known: int, accounts: int = 1) -> Message:
    """Return the answer to a command with patterns that match nothing."""
    named = joined([f"`{pattern}`" for pattern in patterns], "or")
    whose = "your account" if accounts == 1 else "your accounts"
    return compose(
        [
            f"*No known model matches {named}*, so nothing was requested.",
            f"I know of {counted(known, 'model')} of {whose}. {_HOW_KNOWN}",
            "Check the spelling, write the names out, or open my Home tab and choose *Add models…*.",
        ]
    )


def too_many_matched(count: int, most: int) -> Message:
    """Return the answer to a command that names and matches more models than one command takes."""
    return compose(
        [
            f"*That names or matches {counted(count, 'model')}*, and one command takes at most {most:,}.",
            "Nothing was requested. Write a pattern that matches fewer of them.",
        ]
    )


def did_you_mean(nearest: Mapping[ModelRef, ModelRef]) -> str:
    """Return the question whether known models were meant by names that Replicate does not know."""
    meant = list(nearest.items())[:_ASKED]
    return " ".join(f"There is no `{typed}`. Did you mean `{known}`?" for typed, known in meant)


def _named(models: Sequence[ModelRef]) -> str:
    names = [f"`{ref}`" for ref in models[:_NAMED]]
    more = len(models) - len(names)
    return joined([*names, f"{more:,} more"] if more else names)
