"""The Home tab's list of known models, the stalest first. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from slack_sdk.models.blocks import ActionsBlock, Block, ButtonElement, HeaderBlock

from bot.inventory.known_model import KnownModel
from bot.inventory.known_runs import KnownRuns
from bot.messages.message import day, sentence
from bot.messages.quotes import shown
from bot.messages.starting import StartAction, clean_up_button, model_menu
from bot.messages.view_blocks import context, section
from bot.messages.wording import page_of_model
from bot.plurals import counted, joined
from bot.refs import ModelRef
from bot.requests.policy import Protected

MODELS_SHOWN = 10
GONE_SHOWN = 5
"""How many models the Home tab has room for, and how many of those that vanished lately."""

_MAX_USE = 120
_ACCOUNTS_NAMED = 8


@dataclass(frozen=True, slots=True)
class ModelsPage:
    """A page of the models that could be cleaned up, the longest unused first.

    `total` is how many models are known in all, public ones too, and `stale` how many all pages have. `offset` models
    come before this page. `gone` are those that vanished lately, the latest first. `runs` says of each account how far
    back its runs are known; none while no account is known.
    """

    models: tuple[KnownModel, ...] = ()
    total: int = 0
    stale: int = 0
    offset: int = 0
    gone: tuple[KnownModel, ...] = ()
    runs: Mapping[str, KnownRuns] = field(default_factory=dict)

    def runs_by(self, owner: str) -> KnownRuns:
        """Return how far back the runs of one account are known."""
        return next((runs for name, runs in self.runs.items() if name.lower() == owner.lower()), KnownRuns())


def known_models(page: ModelsPage, protected: Protected, at: float) -> list[Block]:
    """Return the models with what could go, a menu to find one, and the buttons that turn the page.

    The menu has another `block_id` each time the page is drawn, `at` seconds since 1970: under the same one Slack keeps
    what was chosen (https://docs.slack.dev/reference/methods/views.update, "Preserving input entry").
    """
    if not (page.total or page.gone):
        return [HeaderBlock(text="Models"), section(_NONE_KNOWN)]
    return [
        HeaderBlock(text="Models"),
        context(_how_much_is_known(page)),
        ActionsBlock(block_id=f"models.{at:.3f}", elements=[model_menu(StartAction.FIND), *_turning(page)]),
        *(_model(model, page, protected) for model in page.models),
        *([context(_gone(page.gone))] if page.gone else []),
    ]


_NONE_KNOWN = (
    "No model is known yet. Replicate has no list of private models, so this one grows by itself from the account's "
    "deployments, trainings and predictions, and from commands. *Add models…* adds those you know."
)


def _how_much_is_known(page: ModelsPage) -> str:
    accounts = [f"`{name}`" for name in page.runs]
    whose = ""
    if len(accounts) > 1:
        more = len(accounts) - _ACCOUNTS_NAMED
        named = [*accounts[:_ACCOUNTS_NAMED], *([f"{more} more"] if more > 0 else [])]
        whose = f" of the accounts {joined(named)}"
    known = f"At least {counted(page.total, 'model')}{whose} known. {_all_runs_known(page.runs)}"
    if not page.models:
        return f"{known} None of them can be cleaned up."
    place = f"{page.offset + 1:,} to {page.offset + len(page.models):,} of {page.stale:,}"
    return f"{known} Listed: {place}, the longest unused first."


def _all_runs_known(by_account: Mapping[str, KnownRuns]) -> str:
    if len(by_account) > _ACCOUNTS_NAMED:
        return "Their runs are read in the background, those of each account by itself."
    if len(by_account) <= 1:
        return _runs_known(next(iter(by_account.values()), KnownRuns()), "this account")
    return " ".join(_runs_known(runs, f"`{name}`", of=f" of `{name}`") for name, runs in by_account.items())


def _runs_known(runs: KnownRuns, by: str, of: str = "") -> str:
    if runs.since is None:
        return f"The runs{of} have not been read yet." if of else "Their runs have not been read yet."
    if runs.is_complete:
        return f"All runs by {by} are known."
    return f"Runs by {by} are known since {day(runs.since)}."


def _turning(page: ModelsPage) -> Iterator[ButtonElement]:
    if page.offset:
        yield _page_button("Previous", "earlier", max(0, page.offset - MODELS_SHOWN))
    if page.offset + len(page.models) < page.stale:
        yield _page_button("Next", "later", page.offset + MODELS_SHOWN)


def _page_button(text: str, name: str, offset: int) -> ButtonElement:
    return ButtonElement(
        text=text,
        action_id=f"{StartAction.MODELS_PAGE}.{name}",
        value=str(offset),
        accessibility_label=f"{text} {MODELS_SHOWN} models",
    )


def _model(model: KnownModel, page: ModelsPage, protected: Protected) -> Block:
    """Return a model's line; where nothing of it can be deleted it has no button."""
    name = f"*<{page_of_model(model.ref)}|{model.ref}>*"
    if why_not := _why_not(model.ref, model.visibility, protected):
        return section(f"{name}: {why_not}.\n{sentence(_last_run(model, page))}.")
    told = "; ".join([_last_run(model, page), _what_could_go(model)])
    return section(f"{name}\n{sentence(told)}{_used_by(model)}", clean_up_button(model.ref))


def _gone(models: tuple[KnownModel, ...]) -> str:
    named = [f"~{model.ref}~ ({day(model.gone_at)})" for model in models if model.gone_at is not None]
    return f"No longer at Replicate: {', '.join(named)}."


def _why_not(ref: ModelRef, visibility: str | None, protected: Protected) -> str:
    if protected.glob_for(ref):
        return "protected by the settings"
    if visibility == "public":
        return "public, and Replicate deletes only private models"
    return ""


def _last_run(model: KnownModel, page: ModelsPage) -> str:
    runs = page.runs_by(model.ref.owner)
    by = "this account" if len(page.runs) <= 1 else f"`{model.ref.owner}`"
    if model.last_run_at is not None:
        return f"last run {day(model.last_run_at)}"
    if runs.since is None:
        return "last run not known yet"
    return f"never run by {by}" if runs.is_complete else f"not run since {day(runs.since)}"


def _what_could_go(model: KnownModel) -> str:
    """Return how many versions there are and how many nothing needs; Replicate may refuse some of those."""
    if model.versions is None:
        return "its versions have not been read yet"
    if not model.versions:
        return "no versions, only the model"
    made = f", the newest from {day(model.newest_at)}" if model.newest_at is not None else ""
    versions = f"{counted(model.versions, 'version')}{made}"
    if model.unused_versions is None:
        return versions
    if model.unused_versions == model.versions:
        return f"{versions}, none in use"
    return f"{versions}; {model.unused_versions:,} not in use"


def _used_by(model: KnownModel) -> str:
    return f"\nUsed by {shown(model.used_by, _MAX_USE)}" if model.used_by else ""
