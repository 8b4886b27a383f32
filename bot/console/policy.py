"""`python -m bot policy`: prints what the policy says about a request, and why, without Slack and the database."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from bot.clock import Clock
from bot.commands.mistakes import ParseError
from bot.commands.names import NameReader
from bot.commands.own_names import NO_ACCOUNT
from bot.commands.selectors import parse_selector, split_selector
from bot.console.policy_answer import AskedRequest, answer
from bot.errors import NotUnderstood
from bot.own_policy import OwnPolicy
from bot.refs import ModelRef
from bot.settings import load_policy_settings
from bot.untrusted_text import on_one_line


@dataclass(frozen=True, slots=True)
class PolicyQuestion:
    """What is asked: references of one request, its number of targets, and the policy file.

    `targets` is None for as many as there are references, `file` for the one that the bot would read.
    """

    references: tuple[str, ...] = ()
    targets: int | None = None
    file: Path | None = None


def print_policy(question: PolicyQuestion) -> None:
    """Print the answer. Raises SettingsError for a bad setting or file, and NotUnderstood for a bad reference."""
    refs = tuple(map(_model, question.references))
    settings = load_policy_settings()
    own = OwnPolicy(settings.policy, question.file or settings.policy_file)
    own.read()
    asked = AskedRequest(own.policy, tuple(dict.fromkeys(refs)), max(question.targets or 0, len(refs)))
    print(f"{'policy file':<14}{own.summary}")  # noqa: T201 - this is the command line
    for line in answer(asked, own.cleanups, Clock().now()):
        print(line)  # noqa: T201


def _model(text: str) -> ModelRef:
    """Return the model of `owner/name`, or of `owner/name:id`. Raises NotUnderstood."""
    reference, selector = split_selector(text)
    owner, _, name = reference.partition("/")
    try:
        if selector:
            parse_selector(selector)
        return NameReader(NO_ACCOUNT).model(owner, name, typed=text)
    except ParseError as exc:
        wrong = f'"{on_one_line(text[:100])}" is no reference.'
        raise NotUnderstood(f"{wrong} Write owner/name for a model, or owner/name:id for a version.") from exc
