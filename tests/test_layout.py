"""Who may import what, and the code keeps to its own habits."""

from __future__ import annotations

import ast
import functools
import graphlib
import io
import re
import tokenize
from collections.abc import Iterator
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).parents[1]
MAX_MODULE_LINES = 250

FLOORS = (
    ("plurals",),
    (
        "backoff",
        "clock",
        "durations",
        "errors",
        "imports",
        "locks",
        "misspelt",
        "moments",
        "permalinks",
        "postgres_parameters",
        "refs",
        "replicate_tokens",
        "secret_files",
        "served_accounts",
        "shared_run",
        "side_by_side",
        "slowdown",
        "untrusted_text",
        "webhook_signatures",
    ),
    ("event_settings", "inventory", "network", "renewal"),
    ("event_destination", "secret_in_use", "settings_problems"),
    ("commands", "database_url"),
    ("cleanup",),
    ("requests",),
    ("policy_file", "policy_settings"),
    ("own_policy", "policy_source", "settings"),
    ("logs",),
    ("replicate",),
    ("planning",),
    ("messages",),
    ("picker",),
    ("store",),
    ("migrations", "metrics", "change_log"),
    ("slack",),
    (
        "active_handlers",
        "command_limit",
        "poll_loop",
        "processes",
        "shared_rate_limit",
        "startup_wait",
    ),
    ("accounts",),
    ("server", "foundation"),
    ("deletion", "discovery"),
    ("delivery", "events", "proposals"),
    ("loops",),
    ("services", "console"),
    ("delivery", "proposals"),
    ("loops", "services", "console", "watching"),
    ("delivery", "proposals"),
    ("loops", "services", "console", "rotation"),
    ("handlers",),
    ("assembly",),
    ("app",),
    ("run",),
    ("__main__",),
)
"""The packages and modules of bot, and handlers, from the ground up: each imports only what is on a lower floor."""

PURE_PACKAGES = ("bot.cleanup", "bot.commands", "bot.inventory", "bot.messages", "bot.picker", "bot.requests")
"""Packages that take values and return values. So does any other module whose docstring says `Pure.`"""

OUTSIDE = (
    "aiohttp",
    "alembic",
    "asyncio",
    "httpx",
    "logging",
    "os",
    "pathlib",
    "psycopg",
    "slack_bolt",
    "slack_sdk.socket_mode",
    "slack_sdk.web",
    "slack_sdk.webhook",
    "socket",
    "sqlalchemy",
    "subprocess",
    "time",
)
"""What reaches outside the program: the network, the disk, the database, the clock, the event loop."""


@functools.cache
def parsed() -> dict[str, ast.Module]:
    """Return the syntax tree of every module of bot and handlers, by its dotted name."""
    paths = [path for root in ("bot", "handlers") for path in sorted((CHECKOUT / root).rglob("*.py"))]
    return {_dotted(path): ast.parse(path.read_text()) for path in paths}


def _dotted(path: Path) -> str:
    parts = path.relative_to(CHECKOUT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imports_of(tree: ast.Module) -> set[str]:
    """Return everything a module imports: `a.b` for `import a.b`, `a` and `a.b` for `from a import b`."""
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"a relative import in line {node.lineno}: write the whole name"
            names.update({str(node.module), *(f"{node.module}.{alias.name}" for alias in node.names)})
    return names


def importers(*packages: str) -> set[str]:
    """Return the modules that import one of these packages or anything below it."""
    return {name for name, tree in parsed().items() if any(_is_below(found, packages) for found in imports_of(tree))}


def _is_below(name: str, packages: tuple[str, ...]) -> bool:
    return any(name == package or name.startswith(f"{package}.") for package in packages)


# Who may import what


def test_only_the_composition_root_knows_the_handlers() -> None:
    """In bot, only bot/assembly.py imports handlers."""
    assert {name for name in importers("handlers") if _is_below(name, ("bot",))} == {"bot.assembly"}


def test_the_program_does_not_know_its_tests() -> None:
    """Neither bot nor handlers imports tests."""
    assert importers("tests") == set()


def test_only_the_client_speaks_to_replicate() -> None:
    """Only the Replicate client, and what posts events to a receiver of the team's own, imports an HTTP client."""
    others = importers("httpx", "requests", "urllib.request", "http.client")
    assert {name for name in others if not name.startswith("bot.replicate")} == {"bot.events.receiver"}


def test_only_the_store_speaks_sql() -> None:
    """Only the store and the migrations import SQL packages."""
    speaks = importers("sqlalchemy", "alembic", "psycopg", "aiosqlite", "sqlite3")
    assert {name for name in speaks if not _is_below(name, ("bot.store", "bot.migrations"))} == set()


def test_only_the_settings_read_the_environment() -> None:
    """Only bot/settings.py reads environment variables or .env."""
    readers = {name for name, tree in parsed().items() if _reads_environment(tree)}
    assert readers | importers("dotenv", "pydantic_settings.BaseSettings") == {"bot.settings"}


def _reads_environment(tree: ast.Module) -> bool:
    forbidden = ("environ", "environb", "getenv", "getenvb")
    if any(name in imports_of(tree) for name in (f"os.{word}" for word in forbidden)):
        return True
    attributes = (node for node in ast.walk(tree) if isinstance(node, ast.Attribute))
    return any(isinstance(a.value, ast.Name) and a.value.id == "os" and a.attr in forbidden for a in attributes)


def _floor(name: str) -> int:
    """Return the floor of a module, by its package in bot."""
    inside = name.removeprefix("bot.").partition(".")[0]
    return next(number for number, floor in enumerate(FLOORS) if inside in floor)


@pytest.mark.parametrize("name", sorted(parsed().keys() - {"bot"}))
def test_modules_import_only_from_lower_layers(name: str) -> None:
    """A module imports only modules of its own package and of lower floors."""
    package = name.removeprefix("bot.").partition(".")[0]
    others = {found for found in imports_of(parsed()[name]) & parsed().keys() if found != "bot"}
    outside = {found for found in others if found.removeprefix("bot.").partition(".")[0] != package}
    assert {found for found in outside if _floor(found) >= _floor(name)} == set()


def reached_from(name: str) -> set[str]:
    """Return every module of the program that a module needs, directly or by others."""
    reached: set[str] = set()
    left = [name]
    while left:
        new = (imports_of(parsed()[left.pop()]) & parsed().keys()) - reached
        reached |= new
        left.extend(new)
    return reached


@pytest.mark.parametrize("name", sorted(name for name in parsed() if name.startswith("bot.store")))
def test_the_store_does_not_know_what_people_read(name: str) -> None:
    """No module of the store needs a message, a view or their sizes."""
    told = ("bot.messages", *(f"bot.picker.{name}" for name in ("controls", "notices", "rows", "summary", "view")))
    assert {found for found in reached_from(name) if _is_below(found, told)} == set()


def test_there_are_no_import_cycles() -> None:
    """The imports within bot and handlers have a direction: no module is reached again from itself."""
    known = parsed()
    graph = {name: (imports_of(tree) & known.keys()) - {name} for name, tree in known.items()}
    try:
        graphlib.TopologicalSorter(graph).prepare()
    except graphlib.CycleError as exc:
        pytest.fail(f"modules that import each other: {' -> '.join(exc.args[1])}")


# What pure means


def said_to_be_pure() -> set[str]:
    """Return the modules whose docstring says so."""
    return {name for name, tree in parsed().items() if re.search(r"\bPure[.:]", ast.get_docstring(tree) or "")}


def test_every_pure_module_exists_and_says_so() -> None:
    """Every module that has to be pure exists, and says in its docstring that it is."""
    pure = {name for name in parsed() if _is_below(name, PURE_PACKAGES)}
    assert sorted(name for name in pure - said_to_be_pure() if parsed()[name].body[1:]) == []


@pytest.mark.parametrize("name", sorted(said_to_be_pure()))
def test_pure_modules_do_no_io(name: str) -> None:
    """A pure module imports nothing that does I/O and has no coroutine."""
    tree = parsed()[name]
    assert sorted(found for found in imports_of(tree) if _is_below(found, OUTSIDE)) == []
    assert [node.name for node in ast.walk(tree) if isinstance(node, ast.AsyncFunctionDef)] == []


# Habits


@pytest.mark.parametrize("name", sorted(parsed()))
def test_no_module_is_longer_than_allowed(name: str) -> None:
    """No module is so long that it holds more than one idea."""
    end = max((node.end_lineno or 0 for node in parsed()[name].body), default=0)
    assert end <= MAX_MODULE_LINES, f"{name} has {end} lines; split it by idea"


def undocumented(name: str, tree: ast.Module) -> Iterator[str]:
    """Yield what is public and has no docstring: the module, its classes, functions and methods."""
    if ast.get_docstring(tree) is None and tree.body:
        yield name
    holders: list[tuple[str, ast.Module | ast.ClassDef]] = [(name, tree)]
    while holders:
        holder, body = holders.pop()
        for node in body.body:
            if not isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) or node.name.startswith("_"):
                continue
            if ast.get_docstring(node) is None and not any(ast.unparse(d) == "overload" for d in node.decorator_list):
                yield f"{holder}.{node.name}"
            if isinstance(node, ast.ClassDef):
                holders.append((f"{holder}.{node.name}", node))


def test_everything_public_says_what_it_promises() -> None:
    """Every public module, class, function and method of bot and handlers has a docstring."""
    assert [found for name, tree in parsed().items() for found in undocumented(name, tree)] == []


def test_no_comment_puts_work_off() -> None:
    """No comment in the code or its tests puts work off."""
    roots = ("bot", "handlers", "tests")
    paths = [path for root in roots for path in sorted((CHECKOUT / root).rglob("*.py"))]
    left = [
        f"{path.relative_to(CHECKOUT)}:{token.start[0]}"
        for path in paths
        for token in tokenize.generate_tokens(io.StringIO(path.read_text()).readline)
        if token.type == tokenize.COMMENT and re.search(r"\b(TODO|FIXME|XXX|HACK)\b", token.string)
    ]
    assert left == []


# Tests


SHOWN_BY = {
    "bot/messages/state_words.py": "tests/bot/messages/test_headline.py",
    "bot/assembly.py": "tests/scenarios/test_start.py",
    "bot/foundation.py": "tests/scenarios/test_start.py",
    "bot/imports.py": "tests/scenarios/test_lean_start.py",
    "bot/requests/target_entries.py": "tests/bot/requests/test_recorded.py",
    "bot/replicate/pool.py": "tests/bot/replicate/test_client.py",
    "bot/store/all_tables.py": "tests/scenarios/test_lean_start.py",
    "bot/store/async_core.py": "tests/scenarios/test_lean_start.py",
    "bot/store/backup_mark.py": "tests/scenarios/test_restore.py",
    "bot/server/dispatch.py": "tests/bot/server/test_socket_mode.py",
    "bot/event_destination.py": "tests/scenarios/test_rotation.py",
    "bot/events/setup.py": "tests/scenarios/test_events.py",
    "bot/store/event_feed.py": "tests/bot/store/test_event_outbox.py",
    "bot/store/event_rows.py": "tests/bot/store/test_event_outbox.py",
    "bot/store/event_tables.py": "tests/bot/store/test_event_outbox.py",
    "bot/store/event_trigger.py": "tests/bot/store/test_event_outbox.py",
    "bot/__main__.py": "tests/scenarios/test_audit_console.py",
    "bot/accounts/account_services.py": "tests/bot/accounts/test_accounts.py",
    "bot/accounts/held_token.py": "tests/bot/accounts/test_accounts.py",
    "bot/accounts/whose_token.py": "tests/scenarios/test_start.py",
    "bot/active_handlers.py": "tests/scenarios/test_process_shutdown.py",
    "bot/app.py": "tests/scenarios/test_start.py",
    "bot/clock.py": "tests/scenarios/test_reminder.py",
    "bot/command_limit.py": "tests/scenarios/test_many_commands_at_once.py",
    "bot/commands/addresses.py": "tests/bot/commands/test_references.py",
    "bot/commands/grounds.py": "tests/scenarios/test_reference.py",
    "bot/commands/line.py": "tests/bot/commands/test_mistakes.py",
    "bot/commands/meaning.py": "tests/bot/commands/test_options.py",
    "bot/commands/names.py": "tests/bot/commands/test_mistakes.py",
    "bot/commands/option_words.py": "tests/bot/commands/test_options.py",
    "bot/commands/parse.py": "tests/bot/commands/test_references.py",
    "bot/commands/reasons.py": "tests/bot/commands/test_options.py",
    "bot/commands/rules.py": "tests/bot/commands/test_options.py",
    "bot/commands/selectors.py": "tests/bot/commands/test_references.py",
    "bot/commands/swallowed.py": "tests/bot/commands/test_options.py",
    "bot/commands/tokens.py": "tests/bot/commands/test_references_properties.py",
    "bot/commands/wanted.py": "tests/bot/commands/test_mistakes.py",
    "bot/console/receipt_text.py": "tests/bot/console/test_receipt_formats.py",
    "bot/console/receipt_words.py": "tests/bot/console/test_receipt_formats.py",
    "bot/requests/gone_from.py": "tests/bot/deletion/test_confirmer.py",
    "bot/store/confirmations.py": "tests/bot/deletion/test_confirmer.py",
    "bot/store/receipts.py": "tests/bot/deletion/test_confirmer.py",
    "bot/console/account_client.py": "tests/scenarios/test_cleanup_console.py",
    "bot/cleanup/notices.py": "tests/bot/delivery/test_cleanup_notices.py",
    "bot/cleanup/selecting.py": "tests/bot/deletion/test_rule_recheck.py",
    "bot/cleanup/turn.py": "tests/bot/store/test_rule_turns.py",
    "bot/messages/rule_problems.py": "tests/bot/messages/test_proposals.py",
    "bot/planning/evaluation.py": "tests/bot/proposals/test_proposals.py",
    "bot/planning/selecting.py": "tests/bot/proposals/test_proposals.py",
    "bot/proposals/evaluator.py": "tests/bot/proposals/test_proposals.py",
    "bot/proposals/permission.py": "tests/bot/proposals/test_proposals.py",
    "bot/proposals/place.py": "tests/bot/proposals/test_proposals.py",
    "bot/proposals/rule_reader.py": "tests/bot/proposals/test_proposals.py",
    "bot/proposals/setup.py": "tests/bot/proposals/test_proposals.py",
    "bot/proposals/turns.py": "tests/bot/proposals/test_ninety_days.py",
    "bot/requests/proposal.py": "tests/bot/messages/test_news.py",
    "bot/store/draft_rows.py": "tests/scenarios/test_races.py",
    "bot/store/proposal_tables.py": "tests/bot/store/test_rule_turns.py",
    "bot/delivery/records.py": "tests/scenarios/test_main_path.py",
    "bot/messages/missing_approvals.py": "tests/bot/messages/test_last_approval.py",
    "bot/console/audit_entry_words.py": "tests/bot/console/test_audit_entry_formats.py",
    "bot/console/audit_snapshots.py": "tests/bot/console/test_audit_formats.py",
    "bot/console/arguments.py": "tests/test_docs.py",
    "bot/console/audit_follow.py": "tests/scenarios/test_audit_lists.py",
    "bot/console/pager.py": "tests/scenarios/test_audit_lists.py",
    "bot/requests/audit_filter.py": "tests/bot/store/test_audit_requests.py",
    "bot/store/audit_conditions.py": "tests/bot/store/test_audit_requests.py",
    "bot/store/audit_narrowing.py": "tests/bot/store/test_audit_requests.py",
    "bot/store/audit_indexes.py": "tests/bot/store/test_tables.py",
    "bot/store/audit_pages.py": "tests/bot/store/test_audit_requests.py",
    "bot/console/database_as_it_is.py": "tests/scenarios/test_cleanup_console.py",
    "bot/store/cleanup_notices.py": "tests/bot/delivery/test_cleanup_notices.py",
    "bot/requests/asker.py": "tests/bot/messages/test_asker.py",
    "bot/requests/news.py": "tests/bot/messages/test_news.py",
    "bot/console/chain_head.py": "tests/bot/console/test_audit_verify.py",
    "bot/console/chain_sentences.py": "tests/bot/console/test_audit_verify.py",
    "bot/console/backup.py": "tests/scenarios/test_restore.py",
    "bot/store/restored_copy.py": "tests/scenarios/test_restore.py",
    "bot/console/check.py": "tests/scenarios/test_check.py",
    "bot/console/check_accounts.py": "tests/scenarios/test_several_accounts.py",
    "bot/console/check_notifications.py": "tests/scenarios/test_check.py",
    "bot/console/check_slack.py": "tests/scenarios/test_check.py",
    "bot/console/check_connections.py": "tests/scenarios/test_check.py",
    "bot/console/prune.py": "tests/scenarios/test_prune.py",
    "bot/console/finding.py": "tests/scenarios/test_check.py",
    "bot/plurals.py": "tests/bot/messages/test_previews.py",
    "bot/deletion/account_deletion.py": "tests/scenarios/test_several_accounts.py",
    "bot/deletion/absence_judge.py": "tests/bot/deletion/test_verify.py",
    "bot/deletion/outcome_writer.py": "tests/bot/store/test_worker_claims.py",
    "bot/deletion/objections.py": "tests/bot/deletion/test_policy_recheck.py",
    "bot/deletion/recheck.py": "tests/scenarios/test_recheck.py",
    "bot/deletion/send_control.py": "tests/scenarios/test_stop_at_once.py",
    "bot/deletion/changes_since_plan.py": "tests/scenarios/test_between_plan_and_act.py",
    "bot/deletion/snapshot_reader.py": "tests/scenarios/test_audit.py",
    "bot/deletion/verify_schedule.py": "tests/bot/deletion/test_verify.py",
    "bot/discovery/model_reader.py": "tests/bot/discovery/test_discovery.py",
    "bot/discovery/setup.py": "tests/scenarios/test_known_models.py",
    "bot/discovery/late_facts.py": "tests/bot/discovery/test_run_facts.py",
    "bot/discovery/source_pages.py": "tests/bot/discovery/test_discovery.py",
    "bot/delivery/break_glass_notices.py": "tests/scenarios/test_break_glass.py",
    "bot/delivery/closed_places.py": "tests/scenarios/test_cards_without_a_channel.py",
    "bot/delivery/cards_and_notices.py": "tests/scenarios/test_deleted_cards.py",
    "bot/delivery/setup.py": "tests/scenarios/test_main_path.py",
    "bot/delivery/full_lists.py": "tests/scenarios/test_full_list.py",
    "bot/delivery/posting.py": "tests/scenarios/test_duplicate_posts.py",
    "bot/errors.py": "tests/handlers/test_error_replies.py",
    "bot/startup_wait.py": "tests/scenarios/test_start_without_services.py",
    "bot/misspelt.py": "tests/bot/network/test_network_settings.py",
    "bot/network/connections.py": "tests/bot/network/test_network_settings.py",
    "bot/network/calls.py": "tests/bot/network/test_retry_log.py",
    "bot/change_log.py": "tests/bot/store/test_journal.py",
    "bot/watching.py": "tests/scenarios/test_watching.py",
    "bot/metrics/changes.py": "tests/bot/metrics/test_exposition.py",
    "bot/metrics/gauges.py": "tests/bot/metrics/test_exposition.py",
    "bot/server/metrics_route.py": "tests/scenarios/test_watching.py",
    "bot/network/failures.py": "tests/bot/slack/test_session.py",
    "bot/locks.py": "tests/scenarios/test_clicks_at_once.py",
    "bot/loops.py": "tests/scenarios/test_start.py",
    "bot/messages/buttons.py": "tests/scenarios/test_accurate_wording.py",
    "bot/messages/card_place.py": "tests/scenarios/test_deleted_cards.py",
    "bot/messages/csv_escaping.py": "tests/bot/console/test_audit_formats.py",
    "bot/messages/full_list_window.py": "tests/scenarios/test_full_list.py",
    "bot/messages/waiting.py": "tests/bot/messages/test_progress.py",
    "bot/messages/modals.py": "tests/scenarios/test_reasons.py",
    "bot/messages/outsiders.py": "tests/scenarios/test_outsiders.py",
    "bot/messages/quotes.py": "tests/scenarios/test_foreign_words.py",
    "bot/messages/refusals.py": "tests/scenarios/test_late_clicks.py",
    "bot/messages/truncation.py": "tests/bot/messages/test_every_target_is_named.py",
    "bot/messages/patterns.py": "tests/scenarios/test_patterns.py",
    "bot/messages/undo_time.py": "tests/bot/messages/test_undo.py",
    "bot/messages/typed_lines.py": "tests/bot/commands/test_mistakes.py",
    "bot/messages/usage.py": "tests/scenarios/test_what_is_typed.py",
    "bot/messages/wording.py": "tests/bot/messages/test_every_target_is_named.py",
    "bot/picker/controls.py": "tests/bot/picker/test_view.py",
    "bot/picker/notices.py": "tests/bot/picker/test_changes.py",
    "bot/picker/rows.py": "tests/bot/picker/test_view.py",
    "bot/picker/state.py": "tests/bot/picker/test_changes.py",
    "bot/planning/drafts.py": "tests/scenarios/test_previews.py",
    "bot/planning/facts.py": "tests/scenarios/test_misleading_404s.py",
    "bot/planning/plan.py": "tests/bot/planning/test_model_plans.py",
    "bot/planning/prior_requests.py": "tests/scenarios/test_between_plan_and_act.py",
    "bot/planning/several_models.py": "tests/scenarios/test_patterns.py",
    "bot/planning/unselected.py": "tests/bot/planning/test_selection.py",
    "bot/planning/uses.py": "tests/bot/planning/test_verdicts.py",
    "bot/policy_file/problems.py": "tests/bot/policy_file/test_content.py",
    "bot/policy_file/tables.py": "tests/bot/policy_file/test_content.py",
    "bot/policy_file/values.py": "tests/bot/policy_file/test_content.py",
    "bot/rotation.py": "tests/scenarios/test_rotation.py",
    "bot/secret_in_use.py": "tests/scenarios/test_rotation.py",
    "bot/shared_run.py": "tests/bot/server/test_health.py",
    "bot/renewal.py": "tests/scenarios/test_rotation.py",
    "bot/settings_problems.py": "tests/bot/test_secret_files.py",
    "bot/policy_settings.py": "tests/bot/test_settings.py",
    "bot/poll_loop.py": "tests/scenarios/test_outages.py",
    "bot/refs.py": "tests/bot/commands/test_references.py",
    "bot/replicate/account_lists.py": "tests/bot/replicate/test_last_use.py",
    "bot/replicate/addresses.py": "tests/bot/replicate/test_pages.py",
    "bot/replicate/exchange.py": "tests/bot/replicate/test_retries.py",
    "bot/replicate/fields.py": "tests/bot/replicate/test_shapes.py",
    "bot/replicate/types.py": "tests/bot/replicate/test_client.py",
    "bot/inventory/known_model.py": "tests/bot/store/test_known_models.py",
    "bot/inventory/known_runs.py": "tests/bot/store/test_source_readings.py",
    "bot/requests/channel_kind.py": "tests/bot/slack/test_channels.py",
    "bot/requests/left_out.py": "tests/bot/store/test_outbox_lists.py",
    "bot/requests/overview.py": "tests/scenarios/test_overview.py",
    "bot/requests/approvals_by_trail.py": "tests/bot/store/test_approved_as_shown.py",
    "bot/requests/policy_in_force.py": "tests/scenarios/test_looser_process.py",
    "bot/requests/request.py": "tests/bot/requests/test_history.py",
    "bot/server/outage_log.py": "tests/bot/server/test_socket_mode.py",
    "bot/server/socket_connection.py": "tests/bot/server/test_socket_mode.py",
    "bot/server/transport.py": "tests/scenarios/test_unsigned_requests.py",
    "bot/services.py": "tests/scenarios/test_main_path.py",
    "bot/slack/bolt.py": "tests/scenarios/test_main_path.py",
    "bot/slack/client.py": "tests/scenarios/test_slack_trouble.py",
    "bot/slack/identity.py": "tests/scenarios/test_enterprise_grid.py",
    "bot/store/due_deliveries.py": "tests/bot/store/test_glass_rows.py",
    "bot/store/audit_reader.py": "tests/bot/requests/test_history.py",
    "bot/store/audit_writer.py": "tests/bot/store/test_tables.py",
    "bot/store/chain_reader.py": "tests/bot/console/test_audit_verify.py",
    "bot/store/chain_tables.py": "tests/bot/store/test_tables.py",
    "bot/store/removed_entries.py": "tests/bot/store/test_chain_upkeep.py",
    "bot/store/claim_first.py": "tests/bot/store/test_worker_claims.py",
    "bot/store/claims.py": "tests/bot/store/test_worker_claims.py",
    "bot/requests/outcomes.py": "tests/bot/requests/test_keeps.py",
    "bot/store/advisory_locks.py": "tests/scenarios/test_frozen_database.py",
    "bot/store/process_tables.py": "tests/bot/store/test_tables.py",
    "bot/store/append_only.py": "tests/bot/store/test_migration.py",
    "bot/store/schema.py": "tests/bot/store/test_migration.py",
    "bot/store/schema_check.py": "tests/bot/store/test_migration.py",
    "bot/store/sqlite_inspection.py": "tests/bot/store/test_sqlite_requirements.py",
    "bot/store/delivery.py": "tests/bot/store/test_outbox.py",
    "bot/store/database.py": "tests/bot/store/test_cancelled_statements.py",
    "bot/store/connection_deadlines.py": "tests/scenarios/test_frozen_database.py",
    "bot/store/unavailable.py": "tests/bot/store/test_engines.py",
    "bot/store/notify.py": "tests/bot/store/test_change_listener.py",
    "bot/store/overview.py": "tests/scenarios/test_overview.py",
    "bot/store/picker_rows.py": "tests/scenarios/test_picker_ticks.py",
    "bot/store/pickers.py": "tests/scenarios/test_picker_restart.py",
    "bot/store/sqlite_permissions.py": "tests/scenarios/test_start.py",
    "bot/store/known_model_rows.py": "tests/bot/store/test_known_models.py",
    "bot/store/known_run_rows.py": "tests/bot/store/test_source_readings.py",
    "bot/store/known_runs.py": "tests/bot/store/test_source_readings.py",
    "bot/store/known_use_rows.py": "tests/bot/store/test_source_readings.py",
    "bot/store/fact_tables.py": "tests/bot/store/test_run_facts.py",
    "bot/store/picker_tables.py": "tests/scenarios/test_picker_restart.py",
    "bot/store/draft.py": "tests/scenarios/test_races.py",
    "bot/requests/decisions.py": "tests/scenarios/test_races.py",
    "bot/store/known_tables.py": "tests/bot/store/test_known_models.py",
    "bot/store/model_readings.py": "tests/bot/store/test_known_models.py",
    "bot/store/processes.py": "tests/scenarios/test_looser_process.py",
    "bot/store/requests.py": "tests/scenarios/test_races.py",
    "bot/store/rows.py": "tests/bot/store/test_outbox_lists.py",
    "bot/store/schedule.py": "tests/bot/store/test_outbox_upgrade.py",
    "bot/store/snapshots.py": "tests/bot/requests/test_snapshots.py",
    "bot/requests/keep_note.py": "tests/bot/requests/test_keeps.py",
    "bot/store/driver_errors.py": "tests/scenarios/test_lean_start.py",
    "bot/store/open_rows.py": "tests/scenarios/test_long_history.py",
    "bot/store/partial_indexes.py": "tests/bot/store/test_tables.py",
    "bot/store/postgres_engine.py": "tests/bot/store/test_engines.py",
    "bot/store/keeps_in_force.py": "tests/bot/store/test_keeps.py",
    "bot/store/keep_lifts.py": "tests/bot/store/test_keeps.py",
    "bot/deletion/setup.py": "tests/scenarios/test_main_path.py",
    "bot/delivery/lift_messages.py": "tests/scenarios/test_lift_keep.py",
    "bot/messages/lifts.py": "tests/bot/messages/test_keeps.py",
    "handlers/keep_some.py": "tests/scenarios/test_keep_some.py",
    "handlers/lift_keep.py": "tests/scenarios/test_lift_keep.py",
    "handlers/kept_section.py": "tests/scenarios/test_lift_keep.py",
    "handlers/windows.py": "tests/scenarios/test_refused_windows.py",
    "handlers/break_glass.py": "tests/scenarios/test_break_glass.py",
    "handlers/sign_off.py": "tests/scenarios/test_break_glass.py",
    "handlers/policy_checks.py": "tests/scenarios/test_requesters_and_limits.py",
    "handlers/admission.py": "tests/scenarios/test_who_may_ask.py",
    "handlers/refused_clicks.py": "tests/scenarios/test_refused_clicks.py",
    "handlers/answers.py": "tests/scenarios/test_late_clicks.py",
    "handlers/approving.py": "tests/scenarios/test_policy_groups.py",
    "handlers/buttons.py": "tests/scenarios/test_late_clicks.py",
    "handlers/stop_buttons.py": "tests/scenarios/test_undo.py",
    "handlers/decision_windows.py": "tests/scenarios/test_run_facts.py",
    "handlers/card_copies.py": "tests/scenarios/test_duplicate_posts.py",
    "handlers/commands.py": "tests/scenarios/test_what_is_typed.py",
    "handlers/home.py": "tests/scenarios/test_home.py",
    "handlers/known_names.py": "tests/scenarios/test_patterns.py",
    "handlers/answering.py": "tests/scenarios/test_main_path.py",
    "handlers/listener.py": "tests/scenarios/test_main_path.py",
    "handlers/model_reader.py": "tests/scenarios/test_selection.py",
    "handlers/payload_fields.py": "tests/scenarios/test_foreign_payloads.py",
    "handlers/picker.py": "tests/scenarios/test_picker.py",
    "handlers/picker_lease.py": "tests/scenarios/test_picker_restart.py",
    "handlers/picker_previews.py": "tests/scenarios/test_picker_answers.py",
    "handlers/picker_clicks.py": "tests/scenarios/test_picker_rules.py",
    "handlers/picker_payloads.py": "tests/handlers/test_payloads.py",
    "handlers/previews.py": "tests/scenarios/test_previews.py",
    "handlers/replies.py": "tests/scenarios/test_outages.py",
    "handlers/retry_button.py": "tests/scenarios/test_stop_and_retry.py",
    "handlers/show_all_button.py": "tests/scenarios/test_full_list.py",
    "handlers/terms_now.py": "tests/scenarios/test_policy_changes.py",
    "handlers/unknown_actions.py": "tests/scenarios/test_foreign_payloads.py",
    "bot/messages/view_blocks.py": "tests/bot/messages/test_home.py",
    "bot/messages/home_models.py": "tests/bot/messages/test_home.py",
    "bot/messages/home_requests.py": "tests/bot/messages/test_home.py",
    "bot/messages/starting.py": "tests/scenarios/test_start_from_home.py",
    "bot/messages/start_window.py": "tests/scenarios/test_start_from_home.py",
    "bot/messages/add_models_window.py": "tests/scenarios/test_add_models.py",
    "bot/messages/linked_message.py": "tests/scenarios/test_linked_message.py",
    "handlers/add_models.py": "tests/scenarios/test_add_models.py",
    "handlers/linked_message.py": "tests/scenarios/test_linked_message.py",
    "handlers/picker_opening.py": "tests/scenarios/test_picker.py",
    "handlers/picker_windows.py": "tests/scenarios/test_picker.py",
    "handlers/reference_previews.py": "tests/scenarios/test_linked_message.py",
    "handlers/start_listener.py": "tests/scenarios/test_start_from_home.py",
    "handlers/suggestions.py": "tests/scenarios/test_start_from_home.py",
    "handlers/waiting_by_account.py": "tests/scenarios/test_several_accounts.py",
    "handlers/window_answers.py": "tests/scenarios/test_start_from_home.py",
}
"""Modules without a test of their own name, and where what they do is shown: most need a Slack or a Replicate."""


def own_tests_of(module: Path) -> list[Path]:
    """Return the tests that have a module's name: `test_name.py`, and `test_name_...py`."""
    folder = CHECKOUT / "tests" / module.parent
    return [*folder.glob(f"test_{module.stem}.py"), *folder.glob(f"test_{module.stem}_*.py")]


def test_every_module_has_a_test_or_is_shown_elsewhere() -> None:
    """Each module has a test of its own name, or is in the table with a test that is there; never both."""
    paths = [path.relative_to(CHECKOUT) for root in ("bot", "handlers") for path in (CHECKOUT / root).rglob("*.py")]
    modules = {path for path in paths if path.name != "__init__.py" and "migrations" not in path.parts}
    without = {path.as_posix() for path in modules if not own_tests_of(path)}
    assert sorted(without) == sorted(SHOWN_BY)
    assert [test for test in SHOWN_BY.values() if not (CHECKOUT / test).is_file()] == []


def test_tests_need_no_other_tests() -> None:
    """What several tests use is in a module of its own, and not in one of them."""
    paths = sorted((CHECKOUT / "tests").rglob("*.py"))
    needing = [p.name for p in paths if re.search(r"^from tests\.(\w+\.)*test_\w+ import", p.read_text(), re.MULTILINE)]
    assert needing == []
