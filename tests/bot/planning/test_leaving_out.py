"""Lines that ask for a plan without some of its models."""

from __future__ import annotations

from datetime import UTC, datetime

from bot.commands.own_names import OwnNames
from bot.commands.parse import parse_delete_model, parse_delete_version, split_command
from bot.commands.wanted import DeleteModels, DeleteVersions, SelectVersions
from bot.planning.leaving_out import MAX_LINE_CHARS, lines_without
from bot.planning.plan import Plan, WillDelete
from bot.refs import ModelRef
from bot.replicate.types import Account, AccountType, Version

FLUX, SDXL, PROD = (ModelRef("acme", name) for name in ("flux", "sdxl", "prod"))
NOW = datetime(2026, 5, 1, tzinfo=UTC)


def version(number: int, ref: ModelRef = FLUX) -> WillDelete:
    return WillDelete(ref, Version(f"{number:064x}", NOW, None))


OWN = OwnNames(("acme",))


def plan(*deletions: WillDelete, rules: str = "") -> Plan:
    return Plan(Account(AccountType.ORGANIZATION, "acme"), deletions, rules)


def test_a_rule_selects_of_the_other_models() -> None:
    """What rules selected is asked for again by these rules, for the models that stay in it, with the reason."""
    found = plan(version(1), version(2, SDXL), version(3, PROD), rules="--keep 5 --older-than 30d")
    [line] = lines_without(found, {PROD}, "cleaning up")
    assert line == "/delete-version acme/flux acme/sdxl --keep 5 --older-than 30d --reason cleaning up"
    assert isinstance(parse_delete_version(split_command(line)[1], OWN), SelectVersions)


def test_the_line_without_some_models_has_the_reference() -> None:
    """The line that asks for the rest says the team's own reference too."""
    [line] = lines_without(plan(version(1), version(3, PROD)), {PROD}, "cleaning up", "OPS-17")
    assert line == f"/delete-version acme/flux:{1:064x} --ref OPS-17 --reason cleaning up"


def test_whole_models_and_versions_take_a_line_each() -> None:
    """One line deletes the models with their versions, and another the versions of models that stay."""
    found = plan(version(1), WillDelete(FLUX), version(2, SDXL), version(3, PROD), WillDelete(PROD))
    models, versions = lines_without(found, {PROD})
    assert models == "/delete-model acme/flux --with-versions"
    assert versions == f"/delete-version acme/sdxl:{2:064x}"
    assert isinstance(parse_delete_model(split_command(models)[1], OWN), DeleteModels)
    assert isinstance(parse_delete_version(split_command(versions)[1], OWN), DeleteVersions)


def test_a_model_without_versions_is_asked_for_alone() -> None:
    """A model that has no versions is asked for without them."""
    assert lines_without(plan(WillDelete(FLUX), WillDelete(PROD)), {PROD}) == ("/delete-model acme/flux",)


def test_a_line_that_would_be_too_long_has_beginnings_of_ids() -> None:
    """Where whole ids make the line too long, it has their beginnings; an id of another kind stays whole."""
    other = WillDelete(FLUX, Version("v1.2-experimental", NOW, None))
    [line] = lines_without(plan(*(version(n << 240) for n in range(1, 30)), other, version(3, PROD)), {PROD})
    assert len(line) <= MAX_LINE_CHARS
    assert f"acme/flux:{1 << 240:064x}"[:22] in line.split()
    assert line.endswith(" acme/flux:v1.2-experimental")


def test_nothing_is_left_of_a_plan_for_those_models_alone() -> None:
    """Where nothing is left there is no line."""
    assert lines_without(plan(version(1, PROD)), {PROD}) == ()


def test_long_lists_have_short_ids_or_none() -> None:
    """Where whole ids would make the line too long they are shortened, and where that is not enough there is none."""
    [line] = lines_without(plan(*map(version, range(1, 40))), ())
    assert len(line) <= MAX_LINE_CHARS
    assert f"acme/flux:{1:064x}"[:22] in line
    assert lines_without(plan(*map(version, range(400))), ()) == ()
