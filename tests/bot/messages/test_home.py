"""What the Home tab says, in each of its parts, and that Slack takes it whatever there is to say."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from slack_sdk.models.views import View

from bot.durations import spell_duration
from bot.inventory.known_model import KnownModel, Source
from bot.inventory.known_runs import KnownRuns
from bot.messages.buttons import Action
from bot.messages.home import KEPT_ROOM, DueCleanup, HomePolicy, home, home_in_trouble, home_of_stranger
from bot.messages.home_models import GONE_SHOWN, MODELS_SHOWN, ModelsPage
from bot.messages.home_requests import HOME_SIZES
from bot.messages.starting import StartAction
from bot.messages.view_blocks import section
from bot.refs import ModelRef
from bot.requests.decisions import BreakGlass, Choice, Decision
from bot.requests.history import Portion
from bot.requests.overview import Overview, OverviewEntry, OverviewList
from bot.requests.policy import Approvers, Protected
from bot.requests.request import State, Target, TargetState
from bot.requests.terms import Terms
from tests.bot.messages.waiting_request import NOW, WAITING
from tests.sandbox.slack.block_kit import Surface
from tests.sandbox.slack.mrkdwn import Block, buttons_of, mrkdwn_texts, plain, unescaped_in
from tests.sandbox.slack.view_schema import view_of

LEADS = Approvers.parse("SLEADS,UBEN")
RULES = HomePolicy(
    terms=Terms(2, LEADS),
    ttl=86_400,
    remind_after=43_200,
    approval_channel=None,
    request_channels=(),
    reason_required=False,
    protected=Protected(),
)


def entry(number: int = 1, *, versions: int = 1, **changes: object) -> OverviewEntry:
    asked = replace(WAITING, id=f"R-{number:05}", terms=Terms(1, LEADS))
    targets = tuple(Target(n, ModelRef("acme", "flux"), f"{n:02x}" * 32, NOW) for n in range(versions))
    return OverviewEntry(replace(asked, **changes), targets)  # type: ignore[arg-type]  # by their names


def finished() -> OverviewEntry:
    decisions = (Decision("UBEN", "T1", Choice.APPROVE, NOW),)
    counts = {TargetState.DELETED: 1}
    return entry(state=State.FINISHED, decisions=decisions, counts=counts, decided_at=NOW, finished_at=NOW + 3)


def shown(view: View) -> list[Block]:
    """Return the view's blocks, once Slack would take them and nothing in them is unescaped."""
    blocks: list[Block] = view_of(view.to_dict(), Surface.HOME)["blocks"]
    assert [found for text in mrkdwn_texts(blocks) for found in unescaped_in(text)] == []
    return blocks


def words(view: View) -> str:
    return plain(shown(view))


def buttons(view: View) -> list[tuple[str, str]]:
    return [(button["action_id"], button.get("value", "")) for _, button in buttons_of(shown(view))]


def drawn(overview: Overview, models: ModelsPage | None = None, **changes: object) -> View:
    rules = replace(RULES, **changes)  # type: ignore[arg-type]  # by their names
    return home(overview, models or ModelsPage(), rules)


def with_rules(**changes: object) -> str:
    return words(drawn(Overview(NOW), **changes))  # type: ignore[arg-type]  # by their names


def about_requests(view: View) -> list[tuple[str, str]]:
    """Return the buttons that are about requests, with their values."""
    return [found for found in buttons(view) if found[0].startswith("request.")]


def labels(view: View) -> list[str]:
    """Return what a screen reader says for each button."""
    return [button.get("accessibility_label", button["text"]["text"]) for _, button in buttons_of(shown(view))]


def test_a_waiting_request_has_its_targets_and_decision_buttons() -> None:
    """A waiting request comes with its targets, the warning, its card, Approve and Reject, and no Withdraw."""
    waiting = replace(entry(versions=2, reason="replaced by v2"), card="https://a.test/archives/COPS/p1")
    view = drawn(Overview(NOW, waiting=OverviewList((waiting,), 1)))
    assert "Delete 2 versions of `acme/flux`?" in words(view)
    assert "<@UANA> asked in <#COPS>" in words(view)
    assert "<https://a.test/archives/COPS/p1|R-00001>" in words(view)
    assert "replaced by v2" in words(view)
    assert "|010101010101> · made <!date" in words(view)
    assert about_requests(view) == [(Action.APPROVE, "R-00001"), (Action.REJECT, "R-00001")]


def test_approve_in_the_home_has_a_confirm_dialog() -> None:
    """Approve in the Home has the same confirm dialog as on the card, with the count and the model."""
    view = drawn(Overview(NOW, waiting=OverviewList((entry(versions=3),), 1)))
    approve = next(button for _, button in buttons_of(shown(view)) if button["action_id"] == Action.APPROVE)
    assert approve["style"] == "danger"
    assert "3 versions of `acme/flux`" in approve["confirm"]["text"]["text"]


def test_own_requests_can_be_withdrawn() -> None:
    """An open request of one's own says how far it is, with Withdraw alone."""
    view = drawn(Overview(NOW, own=OverviewList((entry(),), 1)))
    assert "Needs 1 approval from" in words(view)
    assert about_requests(view) == [(Action.WITHDRAW, "R-00001")]


def test_a_result_is_one_line_with_its_time_and_its_card() -> None:
    """A result names outcome, time, requester and card, and has no button."""
    ended = replace(finished(), card="https://a.test/archives/COPS/p1")
    view = drawn(Overview(NOW, latest=OverviewList((ended,), 1)))
    when = f"<!date^{int(NOW) + 3}^"
    line = next(line for line in words(view).splitlines() if "Deleted 1 of 1" in line)
    assert when in line
    assert "asked for by <@UANA>. <https://a.test/archives/COPS/p1|R-00001>" in line
    assert about_requests(view) == []


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"state": State.APPROVED}, "*Approved: deleting starts now*"),
        ({"state": State.DELETING, "counts": {TargetState.DELETED: 412, TargetState.PLANNED: 588}}, "412 of 1,000"),
        (
            {"state": State.DELETING, "stopping": True, "stopped_by": "UBEN"},
            "*Stopping after the deletions on their way, as",
        ),
    ],
)
def test_what_is_in_progress_says_how_far_it_is(changes: dict[str, object], said: str) -> None:
    """What is being deleted says how far it is, in one line."""
    view = drawn(Overview(NOW, under_way=OverviewList((entry(**changes),), 1)))  # type: ignore[arg-type]  # by their names
    assert said in words(view)


def test_what_can_be_undone_has_a_button_for_that() -> None:
    """What waits until it begins says when, each with Undo, above what is being deleted."""
    waits, deletes = entry(1, state=State.APPROVED, begins_at=NOW + 605), entry(2, state=State.DELETING)
    view = drawn(Overview(NOW, under_way=OverviewList((deletes, waits), 2)))
    assert f"*Approved: deleting <!date^{int(NOW) + 605}^begins " in words(view)
    assert about_requests(view) == [(Action.UNDO, "R-00001")]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"state": State.WITHDRAWN}, "*Withdrawn by <@UANA>*"),
        ({"state": State.EXPIRED}, "*Expired with 0 of 1 approvals*"),
        (
            {"state": State.REJECTED, "decisions": (Decision("UBEN", "T1", Choice.REJECT, NOW, "in <use>"),)},
            "*Rejected by <@UBEN>* (“in &lt;use&gt;”)",
        ),
        (
            {
                "state": State.STOPPED,
                "stopped_by": "UANA",
                "counts": {TargetState.DELETED: 1, TargetState.NOT_REACHED: 2},
            },
            "*Stopped by <@UANA>: 2 not deleted*",
        ),
        (
            {"state": State.FINISHED, "counts": {TargetState.ALREADY_GONE: 1, TargetState.REFUSED: 1}},
            "Replicate refused 1",
        ),
    ],
)
def test_every_end_is_told(changes: dict[str, object], said: str) -> None:
    """However a request ended, its line says so, with the reason of a rejection."""
    assert said in words(drawn(Overview(NOW, latest=OverviewList((entry(**changes),), 1))))  # type: ignore[arg-type]  # by their names


def test_a_card_in_direct_messages_is_not_linked() -> None:
    """A card that moved to the requester's direct messages is no link for others."""
    moved = replace(entry(card_channel="DANA"), card="https://a.test/archives/DANA/p1")
    assert "https://a.test" not in words(drawn(Overview(NOW, own=OverviewList((moved,), 1))))


def test_an_empty_home_says_what_to_do() -> None:
    """Without requests and models there are the buttons to begin, and a sentence on how models become known."""
    view = drawn(Overview(NOW))
    said = words(view)
    assert "Nothing needs your decision." in said
    assert "No request has ended yet." in said
    assert "No model is known yet." in said
    assert [action for action, _ in buttons(view)] == [StartAction.DELETE, StartAction.ADD_MODELS, StartAction.REFRESH]


def test_a_home_says_when_it_was_drawn() -> None:
    """The page says when it was drawn, in each reader's time zone."""
    assert f"<!date^{int(NOW)}^Updated {{time}}|Updated 00:00 UTC>" in words(drawn(Overview(NOW)))


def test_requests_that_do_not_fit_are_counted() -> None:
    """A longer list says how many more there are and where their cards are."""
    entries = tuple(entry(n) for n in range(HOME_SIZES.requests))
    view = drawn(Overview(NOW, waiting=OverviewList(entries, 1_234)))
    assert "And 1,224 more. Each has its card." in words(view)


def test_buttons_whose_words_repeat_are_told_apart_by_screen_readers() -> None:
    """With several requests and models, no two buttons are read out alike."""
    waiting = tuple(entry(n, versions=2) for n in range(3))
    page = ModelsPage(tuple(model(n) for n in range(3)), 30, 30, 10)
    view = drawn(Overview(NOW, OverviewList(waiting, 3), OverviewList(waiting, 3)), page)
    assert "Approve R-00001: 2 versions of acme/flux" in labels(view)
    assert len(labels(view)) == len(set(labels(view)))


# Models


def model(number: int = 1, **changes: object) -> KnownModel:
    known = KnownModel(
        ModelRef("acme", f"model-{number}"),
        frozenset({Source.PREDICTION}),
        visibility="private",
        versions=12,
        unused_versions=9,
        newest_at=NOW - 86_400,
        last_run_at=NOW - 3_600,
    )
    return replace(known, **changes)  # type: ignore[arg-type]  # by their names


def with_model(runs: KnownRuns, **changes: object) -> View:
    return drawn(Overview(NOW), ModelsPage((model(**changes),), 31, 1, 0, runs={"acme": runs}))  # type: ignore[arg-type]  # by their names


def test_models_of_several_accounts_are_told_with_their_accounts() -> None:
    """Where there are several accounts, each is named, with how far its own runs are known."""
    never = replace(model(), ref=ModelRef("globex", "flux"), last_run_at=None)
    runs = {"acme": SINCE, "globex": WHOLE, "initech": KnownRuns()}
    view = drawn(Overview(NOW), ModelsPage((model(), never), 31, 2, 0, runs=runs))
    for words in (
        "At least 31 models of the accounts `acme`, `globex` and `initech` known.",
        "Runs by `acme` are known since",
        "All runs by `globex` are known.",
        "The runs of `initech` have not been read yet.",
        "Never run by `globex`",
    ):
        assert words in str(view.to_dict())


SINCE = KnownRuns(since=NOW - 86_400)
WHOLE = KnownRuns(since=NOW - 86_400, is_complete=True)


@pytest.mark.parametrize(
    ("runs", "changes", "said"),
    [
        (SINCE, {}, "Last run <!date^"),
        (SINCE, {"last_run_at": None}, "Not run since <!date^"),
        (WHOLE, {"last_run_at": None}, "Never run by this account"),
        (KnownRuns(), {"last_run_at": None}, "Last run not known yet"),
        (SINCE, {}, "; 9 not in use"),
        (SINCE, {"unused_versions": 12}, ", none in use"),
        (SINCE, {"versions": None}, "its versions have not been read yet"),
        (SINCE, {"versions": 0}, "no versions, only the model"),
        (SINCE, {"used_by": "deployment <acme/prod>"}, "Used by deployment &lt;acme/prod&gt;"),
        (SINCE, {"visibility": "public"}, "public, and Replicate deletes only private models"),
    ],
)
def test_a_model_says_what_could_go(runs: KnownRuns, changes: dict[str, object], said: str) -> None:
    """A model tells its last run as far as it is known, its versions and what uses them."""
    assert said in words(with_model(runs, **changes))


@pytest.mark.parametrize(
    ("runs", "said"),
    [
        (SINCE, "Runs by this account are known since <!date^"),
        (WHOLE, "All runs by this account are known."),
        (KnownRuns(), "Their runs have not been read yet."),
    ],
)
def test_the_list_says_how_much_is_known(runs: KnownRuns, said: str) -> None:
    """The list says that there are at least so many models, and since when runs are known."""
    told = words(with_model(runs))
    assert "At least 31 models known." in told
    assert said in told


def test_a_model_that_can_be_cleaned_up_has_a_button() -> None:
    """A private model has Clean up…, named for screen readers; a protected or public one has no button."""
    view = with_model(SINCE)
    assert (StartAction.CLEAN_UP, "acme/model-1") in buttons(view)
    assert "Clean up acme/model-1" in labels(view)
    page = ModelsPage((model(),), 1, 1)
    protected = drawn(Overview(NOW), page, protected=Protected(("acme/MODEL-*",)))
    assert "protected by the settings" in words(protected)
    for without in (protected, with_model(SINCE, visibility="public")):
        assert StartAction.CLEAN_UP not in [action for action, _ in buttons(without)]


def test_models_that_vanished_are_marked() -> None:
    """Models that are no longer at Replicate are named apart, without a button."""
    view = drawn(Overview(NOW), ModelsPage(gone=(model(7, gone_at=NOW),)))
    assert "No longer at Replicate: ~acme/model-7~ (<!date^" in words(view)
    assert StartAction.CLEAN_UP not in [action for action, _ in buttons(view)]


@pytest.mark.parametrize(
    ("offset", "stale", "turns"),
    [
        (0, 10, []),
        (0, 11, [("home.models.later", "10")]),
        (10, 31, [("home.models.earlier", "0"), ("home.models.later", "20")]),
        (30, 31, [("home.models.earlier", "20")]),
    ],
)
def test_pages_of_models_can_be_turned(offset: int, stale: int, turns: list[tuple[str, str]]) -> None:
    """Where there are more models than a page has, buttons lead to the pages before and after."""
    count = min(MODELS_SHOWN, stale - offset)
    page = ModelsPage(tuple(model(n) for n in range(count)), 40, stale, offset)
    view = drawn(Overview(NOW), page)
    assert [found for found in buttons(view) if found[0].startswith(StartAction.MODELS_PAGE)] == turns
    assert f"Listed: {offset + 1} to {offset + count} of {stale}" in words(view)


def test_the_menu_of_models_is_new_with_each_drawing() -> None:
    """The menu's block has another id each time, as Slack would keep the choice made under the same one."""
    page = ModelsPage((model(),), 1, 1)
    first, second = (shown(drawn(Overview(at), page)) for at in (NOW, NOW + 0.5))
    ids = [
        next(b["block_id"] for b in blocks if str(b.get("block_id")).startswith("models."))
        for blocks in (first, second)
    ]
    assert ids[0] != ids[1]


# All of it


REASON = "<&>" * 1_000
NO = (Decision("UBEN", "T1", Choice.REJECT, NOW, REASON),)
LONG = ModelRef("o" * 100, "n" * 100)


def long_entry(number: int, **changes: object) -> OverviewEntry:
    targets = tuple(Target(n, LONG, f"{n:02x}" * 32, NOW) for n in range(HOME_SIZES.targets))
    others = (Portion(LONG, 4_988), Portion(LONG, 0))
    asked = entry(number, reason=REASON, **changes).request  # type: ignore[arg-type]  # by their names
    return OverviewEntry(asked, targets, others, f"https://{'w' * 60}.slack.com/archives/C0123456789/p1767225600123456")


def listing(count: int, total: int, **changes: object) -> OverviewList:
    return OverviewList(tuple(long_entry(n, **changes) for n in range(count)), total)


BROKEN = BreakGlass("U" * 11, REASON, is_posted=True)
UP_TO_TEN = st.integers(0, HOME_SIZES.requests)
UNDER_WAY_CHANGES: list[dict[str, object]] = [
    {"state": State.DELETING, "stopping": True, "stopped_by": "U" * 11},
    {"state": State.APPROVED, "begins_at": NOW + 600},
]


@settings(max_examples=40, deadline=None)
@given(
    waiting=UP_TO_TEN,
    own=UP_TO_TEN,
    under_way=UP_TO_TEN,
    how=st.sampled_from(UNDER_WAY_CHANGES),
    latest=UP_TO_TEN,
    models=st.integers(0, MODELS_SHOWN),
    gone=st.integers(0, GONE_SHOWN),
    kept=st.integers(0, KEPT_ROOM + 5),
    globs=st.sampled_from([0, 500]),
)
def test_whatever_there_is_fits_into_what_slack_takes(  # noqa: PLR0917 - the parts of a Home
    waiting: int,
    own: int,
    under_way: int,
    how: dict[str, object],
    latest: int,
    models: int,
    gone: int,
    kept: int,
    globs: int,
) -> None:
    """Any number of requests, models and keeps, with the longest names and reasons, is a view that Slack takes."""
    overview = Overview(
        NOW,
        listing(waiting, 10_000),
        listing(own, 10_000),
        listing(under_way, 10_000, **how),
        listing(latest, latest, state=State.REJECTED, decisions=NO, finished_at=NOW),
        to_review=listing(latest, 10_000, state=State.FINISHED, finished_at=NOW, break_glass=BROKEN),
    )
    longest = replace(model(), ref=LONG, used_by="u" * 5_000, description="d" * 5_000)
    page = ModelsPage((longest,) * models, 1_000, 1_000, 10, (replace(longest, gone_at=NOW),) * gone, {"acme": SINCE})
    protected = Protected(tuple(f"acme/<{n}>-*" for n in range(globs)))
    due = tuple(DueCleanup("<r>" * 500, NOW + n) for n in range(globs))
    rules = replace(RULES, approval_channel="CALL", request_channels=("C1", "C2"), protected=protected, cleanups=due)
    view = home(overview, page, rules, kept=[section("k" * 3_000)] * kept)
    assert len(shown(view)) <= 100


def test_the_policy_says_that_a_file_makes_it_stricter() -> None:
    """The last line counts the rules of a policy file, and says how long there is to undo; without them, neither."""
    said = with_rules(rule_count=3, undo_for=600)
    assert "deleting begins 10 minutes after the last approval, and can be undone until then" in said
    assert said.endswith("a policy file with 3 rules makes this stricter for some requests.")
    assert "policy file" not in with_rules()
    assert "undone" not in with_rules()


def test_a_name_too_long_for_a_buttons_value_is_shown_whole() -> None:
    """The longest names that Replicate could have are on the buttons, whole."""
    view = drawn(Overview(NOW), ModelsPage((replace(model(), ref=LONG),), 1, 1))
    assert (StartAction.CLEAN_UP, str(LONG)) in buttons(view)


def test_markup_in_a_reason_has_no_effect() -> None:
    """A reason with Slack's own signs in it mentions nobody and links nowhere."""
    view = drawn(Overview(NOW, own=OverviewList((entry(reason="<!channel> & co"),), 1)))
    assert "&lt;!channel&gt; &amp; co" in words(view)


@pytest.mark.parametrize(
    ("terms", "said"),
    [
        (Terms(2, LEADS), "2 approvals from <!subteam^SLEADS> or <@UBEN>, not for their own requests;"),
        (Terms(1, LEADS, self_approval=True), "1 approval from <!subteam^SLEADS> or <@UBEN>, also for their own"),
        (Terms(0, LEADS), "<!subteam^SLEADS> or <@UBEN> can delete without another approval"),
        (Terms(1, Approvers.parse("*")), "1 approval from any full member of this workspace"),
    ],
)
def test_the_policy_says_what_an_approval_takes(terms: Terms, said: str) -> None:
    """How many approvals, from whom, and whether one's own counts."""
    assert said in with_rules(terms=terms)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"ttl": 900}, f"requests expire after {spell_duration(900)}"),
        ({"remind_after": 3600}, f"with a reminder after {spell_duration(3600)}"),
        ({"remind_after": 0}, "without a reminder"),
        ({"approval_channel": "CALL"}, "cards go to <#CALL>"),
        ({"request_channels": ("C1", "C2")}, "`/delete-model` and `/delete-version` work in <#C1> or <#C2>"),
        ({"reason_required": True}, "reasons are required"),
        ({"reason_required": False}, "reasons are optional"),
        ({"protected": Protected(("acme/prod-*", "a&b/c"))}, "protected: `acme/prod-*` and `a&amp;b/c`."),
        ({"protected": Protected(tuple(f"a/{n}" for n in range(7)))}, "`a/4` and 2 more."),
        ({"protected": Protected()}, "no protected models."),
    ],
)
def test_the_policy_says_what_the_settings_mean(changes: dict[str, object], said: str) -> None:
    """Time, places, reasons and protected models, in one line."""
    assert said in with_rules(**changes)


def test_cleanup_rules_are_told_with_their_next_times() -> None:
    """The soonest rules are named with the next time of each, the others are counted; without rules nothing is said."""
    rules = tuple(DueCleanup(f"rule {n}", NOW + 60 * n) for n in range(7))
    said = next(line for line in with_rules(cleanups=rules[::-1]).splitlines() if line.startswith("Cleanups: "))
    assert said.startswith(
        f"Cleanups: *rule 0*, <!date^{int(NOW)}^next {{date_short_pretty}} at {{time}}|next 2026-01-01"
    )
    assert "*rule 4*" in said
    assert "*rule 5*" not in said
    assert said.endswith("; and 2 more")
    assert "Cleanups" not in with_rules()


def test_a_proposal_waits_among_what_needs_a_decision() -> None:
    """A rule's proposal is headed by the rule, says where it was proposed, and has the buttons of a decision alone."""
    proposal = entry(versions=2, requester="", proposed_by="old experiments")
    view = drawn(Overview(NOW, waiting=OverviewList((proposal,), 1)))
    assert "*old experiments* proposes to delete 2 versions of `acme/flux`\nProposed in <#COPS>. " in words(view)
    assert "nothing is deleted unless it is approved" in words(view)
    assert about_requests(view) == [(Action.APPROVE, "R-00001"), (Action.REJECT, "R-00001")]


def test_people_without_access_see_only_who_has_access() -> None:
    """Whoever may not use the bot sees who can, and nothing else."""
    view = home_of_stranger()
    assert "Only full members of this workspace can use it." in words(view)
    assert len(shown(view)) == 1
    assert buttons(view) == []


def test_a_home_that_reports_trouble_has_only_refresh() -> None:
    """While something cannot be asked, the Home says what it is, with nothing to press but Refresh."""
    view = home_in_trouble("The database did not answer.")
    assert "The database did not answer." in words(view)
    assert [action for action, _ in buttons(view)] == [StartAction.REFRESH]
