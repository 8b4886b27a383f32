"""The dashboard, the alert rules, docs/watching.md, the version and the code say the same."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tomllib
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml
from prometheus_client import CollectorRegistry

import bot
from bot.metrics.changes import ChangeMetrics
from bot.metrics.gauges import OpenWorkGauges, ProcessGauges
from bot.network.calls import Calls
from bot.requests.request import Event, TargetState
from bot.store.open_work import OpenWork
from tests.pages import first_code, section, table_rows, text_of

CHECKOUT = Path(__file__).parents[1]
WATCHING = "docs/watching.md"
_METRIC = re.compile(r"\bdelete_bot_[a-z_]+")
_PARTS = re.compile(r"_(bucket|sum|count)$")


@cache
def metrics() -> dict[str, set[str]]:
    """Return the name of every metric in the code, with its labels."""
    registry = CollectorRegistry()
    ChangeMetrics(registry)
    open_work = OpenWorkGauges()
    open_work.work = OpenWork()
    for collector in (open_work, ProcessGauges("1", Calls(), lambda: {"acme": 1.0}, lambda: 1)):
        registry.register(collector)
    found: dict[str, set[str]] = {}
    for family in registry.collect():
        name = f"{family.name}_total" if family.type == "counter" else family.name
        found[name] = {label for sample in family.samples for label in sample.labels} - {"le"}
    return found


def named_in(expression: str) -> set[str]:
    """Return the metrics that an expression names; the parts of a histogram are the histogram."""
    return {_PARTS.sub("", name) for name in _METRIC.findall(expression)}


def expressions_of_panels() -> list[str]:
    dashboard = json.loads(text_of("docs/dashboard.json"))
    return [target["expr"] for panel in dashboard["panels"] for target in panel["targets"]]


def rules() -> list[dict[str, Any]]:
    (group,) = yaml.safe_load(text_of("docs/alerts.yml"))["groups"]
    found: list[dict[str, Any]] = group["rules"]
    return found


def labels_in(expression: str) -> set[str]:
    """Return the labels by which an expression selects and groups."""
    grouped = re.findall(r"\bby \(([^)]*)\)", expression)
    selected = re.findall(r"\{([^}]*)\}", expression)
    names = {name.strip() for group in grouped for name in group.split(",")}
    return names | {name for chosen in selected for name in re.findall(r"(\w+)\s*[=!]", chosen)} - {"le"}


def test_the_dashboard_shows_every_metric() -> None:
    """Each metric of the code is in a panel of the dashboard, and no panel asks for another one."""
    shown = {name for expression in expressions_of_panels() for name in named_in(expression)}
    assert shown == set(metrics())


def test_each_panel_says_what_it_shows() -> None:
    """Each panel has a title, a description and a place of its own, and its source is the one that is chosen."""
    panels = json.loads(text_of("docs/dashboard.json"))["panels"]
    assert [panel["title"] for panel in panels if not panel["description"]] == []
    places = {(panel["gridPos"]["x"], panel["gridPos"]["y"]) for panel in panels}
    assert len(places) == len({panel["id"] for panel in panels}) == len({panel["title"] for panel in panels})
    assert {panel["datasource"]["uid"] for panel in panels} == {"${datasource}"}


def test_the_alert_rules_ask_for_metrics_that_exist() -> None:
    """There are three rules; each has an expression about metrics of the code, and what to do in docs/watching.md."""
    names = [rule["alert"] for rule in rules()]
    assert names == ["DeleteBotNothingMoves", "DeleteBotDeletionsFail", "DeleteBotCardsBehind"]
    for rule in rules():
        assert named_in(rule["expr"])
        assert named_in(rule["expr"]) <= set(metrics())
        assert rule["labels"]["severity"]
        assert rule["annotations"]["summary"]
        page, title = re.fullmatch(r'(\S+), "(.+)"', rule["annotations"]["description"]).groups()  # type: ignore[union-attr]
        assert rule["alert"] in section(title, page)


@pytest.mark.parametrize("expression", [*expressions_of_panels(), *(rule["expr"] for rule in rules())])
def test_expressions_name_labels_that_exist(expression: str) -> None:
    """What an expression selects and groups by are labels of the metrics that it names, and its brackets are closed."""
    known = {label for name in named_in(expression) for label in metrics()[name]}
    assert labels_in(expression) - {"le"} <= known
    for opening, closing in ("()", "{}", "[]"):
        assert expression.count(opening) == expression.count(closing)


def test_values_that_rules_select_exist() -> None:
    """The outcomes and events that the alert rules select are those of the code."""
    text = " ".join(rule["expr"] for rule in rules())
    outcomes = {name for chosen in re.findall(r'outcome=~"([^"]*)"', text) for name in chosen.split("|")}
    assert outcomes
    assert outcomes <= set(TargetState)
    events = set(re.findall(r'event="([^"]*)"', text))
    assert events == {Event.NOT_AS_APPROVED}


def test_the_page_tells_every_metric() -> None:
    """The table of metrics in docs/watching.md has each of the code, with its labels."""
    rows = table_rows(section("Metrics", WATCHING))
    assert {first_code(cells[0]): set(re.findall(r"`([^`]+)`", cells[1])) for cells in rows} == metrics()


def test_the_page_tells_every_event() -> None:
    """The table of changes in docs/watching.md has each event of the audit trail, in the code's order or another."""
    rows = table_rows(section("Changes", WATCHING).partition("| field |")[0])
    assert sorted(first_code(cells[0]) for cells in rows) == sorted(Event)


def test_the_dashboard_and_the_rules_are_linked() -> None:
    """docs/watching.md links the dashboard and the rules, and another page of docs links docs/watching.md."""
    assert all(f"]({name})" in text_of(WATCHING) for name in ("dashboard.json", "alerts.yml"))
    assert "](watching.md)" in text_of("docs/settings.md")


# The version


def test_the_changelog_begins_with_the_version() -> None:
    """The newest heading of the changelog is the date of the version."""
    newest = re.search(r"^## (\S+)$", text_of("CHANGELOG.md"), re.MULTILINE)
    assert newest
    assert newest[1].replace("-", ".") == bot.__version__


def test_the_version_is_written_once() -> None:
    """The project's metadata takes the version from the code."""
    project = tomllib.loads(text_of("pyproject.toml"))
    assert "version" not in project["project"]
    assert project["tool"]["setuptools"]["dynamic"]["version"] == {"attr": "bot.__version__"}


def test_the_command_line_says_the_version(tmp_path: Path) -> None:
    """`python -m bot --version` prints the version alone, also where no setting is given."""
    ran = subprocess.run(
        [sys.executable, "-m", "bot", "--version"],
        cwd=tmp_path,
        env={"PYTHONPATH": str(CHECKOUT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (ran.stdout, ran.stderr, ran.returncode) == (f"{bot.__version__}\n", "", 0)
