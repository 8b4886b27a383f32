"""The README, the docs, the manifest, `.env.example`, the Makefile and the code say the same."""

from __future__ import annotations

import ast
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

import pytest

from bot.refs import Command
from bot.requests.policy import Protected
from bot.secret_files import FILE_VARIABLES
from bot.server.transport import DEFAULT_PORT
from bot.settings import Settings
from bot.slack.identity import NEEDED_SCOPES, OPTIONAL_SCOPES
from tests.pages import CHECKOUT, first_code, section, table_rows, text_of

FILLED = {
    "SLACK_BOT_TOKEN": "xoxb-sandbox",
    "SLACK_APP_TOKEN": "xapp-sandbox",
    "REPLICATE_API_TOKEN": "r8_sandbox",
    "APPROVERS": "U012AB3CD,S0614TZR7",
}
"""What somebody who copies `.env.example` has to fill in."""

OF_THE_NETWORK = {"http_proxy", "https_proxy", "all_proxy", "no_proxy", "ssl_cert_file", "ssl_cert_dir"}
"""Variables that a machine's network needs of every program."""

NO_SETTING = {"dyno", "k_service", "render", *OF_THE_NETWORK}
"""Fields that nobody sets for the bot: those by which a platform is recognised, and those of the network."""

NOTHING = (None, (), Protected())
"""Defaults that stand for no value, which docs/settings.md calls none and `.env.example` leaves empty."""

_INSTALL = "https://api.slack.com/apps?new_app=1&manifest_json="
_PLACEHOLDER = "fill-this-in"


def settings_named_in_code() -> dict[str, str]:
    """Return every setting's variable name and field name."""
    return {name.upper(): name for name in Settings.model_fields if name not in NO_SETTING}


def settings_of(**values: str) -> dict[str, Any]:
    """Return the settings read from these variables and nothing else, by field name."""
    fields = {name.lower(): value for name, value in (FILLED | values).items()}
    return Settings(_env_file=None, **fields).model_dump()  # type: ignore[arg-type]  # read from text, as variables are


def without_environment() -> dict[str, str]:
    """Return an environment in which a process finds Python and this checkout, and no setting."""
    return {"PATH": os.environ.get("PATH", ""), "PYTHONPATH": str(CHECKOUT)}


def example_lines() -> Iterator[tuple[str, str, bool, str]]:
    """Yield name, value, whether it is in force, and the line above, for each setting in `.env.example`."""
    lines = text_of(".env.example").splitlines()
    for above, line in zip(["", *lines], lines, strict=False):
        if found := re.fullmatch(r"(#?)([A-Z_]+)=(.*)", line):
            yield found[2], found[3], not found[1], above


# The settings


def listed_settings() -> list[list[str]]:
    """Return the rows of the table of settings: name, default, meaning."""
    return table_rows(text_of("docs/settings.md"))


def test_the_page_lists_every_setting() -> None:
    """The table of settings and the code name the same settings, each once."""
    listed = [first_code(cells[0]) for cells in listed_settings()]
    assert sorted(listed) == sorted(settings_named_in_code())


@pytest.mark.parametrize("cells", listed_settings(), ids=lambda cells: first_code(cells[0]))
def test_the_page_tells_each_default(cells: list[str]) -> None:
    """A setting's default in the table is what the code takes when the setting is not given."""
    name, default, meaning = first_code(cells[0]), cells[1], cells[2]
    field = Settings.model_fields[settings_named_in_code()[name]]
    assert meaning
    assert field.is_required() == (default == "required"), f"{name}: {default}"
    if default == "required":
        return
    if default == "none":
        assert field.default in NOTHING, f"{name} has the default {field.default}"
        return
    assert settings_of(**{name: first_code(default)}) == settings_of(), f"{name}: {default} is not the default"


def test_the_page_for_operators_names_the_variables_of_the_network() -> None:
    """Every variable for proxies and certificates is named where operators read about networks."""
    told = section("Network", "docs/operating.md")
    assert [name for name in OF_THE_NETWORK if f"`{name.upper()}`" not in told] == []


def test_the_page_tells_the_port_of_http_mode() -> None:
    """The port on which HTTP mode listens without PORT is in the table of settings."""
    (meaning,) = [cells[2] for cells in listed_settings() if first_code(cells[0]) == "PORT"]
    assert str(DEFAULT_PORT) in meaning


def test_the_pages_name_every_variable_of_a_file() -> None:
    """docs/settings.md names the variable of each file that a secret may be in, and `.env.example` shows how."""
    assert [name for name in FILE_VARIABLES if f"`{name}`" not in text_of("docs/settings.md")] == []
    assert "SLACK_BOT_TOKEN_FILE=/run/secrets/" in text_of(".env.example")


def test_the_env_example_explains_every_setting() -> None:
    """`.env.example` and the code name the same settings, each once and under a comment of its own."""
    found = list(example_lines())
    assert sorted(name for name, *_ in found) == sorted(settings_named_in_code())
    assert [name for name, _, _, above in found if not re.match(r"# \S", above)] == []


def test_the_env_example_has_placeholders_for_required_settings() -> None:
    """In `.env.example` exactly the settings that need a value are in force, each with the placeholder."""
    in_force = {name: value for name, value, is_in_force, _ in example_lines() if is_in_force}
    assert in_force == dict.fromkeys(FILLED, _PLACEHOLDER)


def test_the_example_shows_the_defaults() -> None:
    """Putting every commented line of `.env.example` into force changes nothing; an empty value is no value."""
    commented = {name: value for name, value, is_in_force, _ in example_lines() if not is_in_force}
    assert settings_of(**{name: value for name, value in commented.items() if value}) == settings_of()
    empty = [name for name, value in commented.items() if not value]
    assert [name for name in empty if Settings.model_fields[name.lower()].default not in NOTHING] == []


def test_a_copied_and_filled_example_works(tmp_path: Path) -> None:
    """`.env.example`, copied to `.env` with its placeholders filled in, has everything the bot needs."""
    text = text_of(".env.example")
    for name, value in FILLED.items():
        text = text.replace(f"{name}={_PLACEHOLDER}", f"{name}={value}")
    (tmp_path / ".env").write_text(text)
    ran = subprocess.run(
        [sys.executable, "-c", "from bot.settings import load_settings; print(load_settings().approvers)"],
        cwd=tmp_path,
        env=without_environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert (ran.stdout.strip(), ran.stderr) == (FILLED["APPROVERS"], "")


def test_an_unfilled_env_example_names_every_placeholder(tmp_path: Path) -> None:
    """With `.env.example` as it is the bot does not start, and names every placeholder at once."""
    (tmp_path / ".env").write_text(text_of(".env.example"))
    ran = subprocess.run(
        [sys.executable, "-m", "bot"],
        cwd=tmp_path,
        env=without_environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 1
    assert [name for name in FILLED if f"{name}:" not in ran.stderr] == []


# The Slack app


def manifest() -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads(text_of("manifest.json"))
    return loaded


def test_the_manifest_has_the_bots_commands() -> None:
    """The manifest's commands are those the bot listens to, unescaped and with a hint."""
    commands = manifest()["features"]["slash_commands"]
    assert sorted(c["command"] for c in commands) == sorted(Command)
    assert [c for c in commands if c["should_escape"] or not c["usage_hint"] or not c["description"]] == []


def test_the_manifest_has_one_shortcut_of_each_type() -> None:
    """The manifest has a shortcut for anywhere, and one for messages."""
    shortcuts = manifest()["features"]["shortcuts"]
    assert {s["callback_id"]: s["type"] for s in shortcuts} == {"delete": "global", "delete_linked": "message"}


def test_the_manifest_asks_for_the_scopes_in_use() -> None:
    """The manifest asks for exactly the scopes that the bot uses, and the README says why for each, needed or not."""
    assert sorted(manifest()["oauth_config"]["scopes"]["bot"]) == sorted(NEEDED_SCOPES | OPTIONAL_SCOPES)
    optional = {scope: f"optional: {purpose}" for scope, purpose in OPTIONAL_SCOPES.items()}
    rows = table_rows(section("Install into Slack"))
    assert {first_code(cells[0]): cells[1].replace("`", "") for cells in rows} == NEEDED_SCOPES | optional


def test_the_manifest_keeps_to_slacks_rules() -> None:
    """The manifest's names and texts fit Slack's limits (https://docs.slack.dev/reference/app-manifest)."""
    asked = manifest()
    assert set(asked) == {"display_information", "features", "oauth_config", "settings"}
    assert len(asked["display_information"]["name"]) <= 35
    assert len(asked["display_information"]["description"]) <= 140
    assert re.fullmatch(r"[a-z0-9._-]{1,80}", asked["features"]["bot_user"]["display_name"])
    for command in asked["features"]["slash_commands"]:
        assert re.fullmatch(r"/[a-z0-9_-]{1,31}", command["command"])
        assert len(command["description"]) <= 2000
        assert len(command["usage_hint"]) <= 1000
    for shortcut in asked["features"]["shortcuts"]:
        assert set(shortcut) == {"name", "type", "callback_id", "description"}
        assert 0 < len(shortcut["name"]) <= 24  # the form in Slack's app settings; the reference names no limit
        assert 0 < len(shortcut["callback_id"]) <= 255
        assert 0 < len(shortcut["description"]) <= 150
    assert asked["settings"] == {
        "event_subscriptions": {"bot_events": ["app_home_opened"]},
        "interactivity": {"is_enabled": True},
        "org_deploy_enabled": False,
        "socket_mode_enabled": True,
        "token_rotation_enabled": False,
    }


def test_the_manifest_lets_people_open_the_home() -> None:
    """The manifest turns the Home tab on, and lets people read what the bot tells them directly."""
    assert manifest()["features"]["app_home"] == {
        "home_tab_enabled": True,
        "messages_tab_enabled": True,
        "messages_tab_read_only_enabled": True,
    }


def test_the_install_link_is_the_manifest() -> None:
    """The README's install link carries manifest.json, no more and no less."""
    found = re.search(rf"\(({re.escape(_INSTALL)}[^)\s]*)\)", section("Install into Slack"))
    wanted = _INSTALL + quote(json.dumps(manifest(), separators=(",", ":")), safe="")
    assert found, f"the README has no install link; it would be {wanted}"
    carried = json.loads(parse_qs(urlsplit(found[1]).query)["manifest_json"][0])
    assert carried == manifest(), f"the install link is out of date; it should be {wanted}"


# Commands, packages, files


def test_the_pages_and_the_makefile_have_the_same_targets() -> None:
    """Every `make` command in the README exists, and every target but help is in the list for contributors."""
    makefile = text_of("Makefile")
    targets = set(re.findall(r"^([a-z]+):", makefile, re.MULTILINE)) - {"help"}
    assert set(re.findall(r"(?:`|^)make ([a-z]+)", text_of("README.md"), re.MULTILINE)) <= targets
    listed = [first_code(cells[0]) for cells in table_rows(section("Commands", "CONTRIBUTING.md"))]
    assert sorted(listed) == sorted(f"make {target}" for target in targets)


def test_every_phony_target_has_a_rule() -> None:
    """The Makefile declares no target that it has no rule for, which would do nothing and say nothing."""
    makefile = text_of("Makefile")
    declared = [name for line in re.findall(r"^\.PHONY:(.*)$", makefile, re.MULTILINE) for name in line.split()]
    assert [name for name in declared if not re.search(rf"^{name}:", makefile, re.MULTILINE)] == []


def test_the_procfile_runs_the_bot() -> None:
    """The Procfile has one process, the bot's, and the README names its command."""
    assert text_of("Procfile").splitlines() == ["web: python -m bot"]
    assert "python -m bot" in section("Deploy")


def requirements(name: str) -> list[str]:
    """Return the names of the packages in a file. Each has to be pinned to one release."""
    lines = [line for line in text_of(name).splitlines() if line and not line.startswith(("#", "-r "))]
    unpinned = [line for line in lines if not re.fullmatch(r"[A-Za-z0-9._-]+(\[[a-z,]+\])?==[0-9][A-Za-z0-9.]*", line)]
    assert unpinned == [], f"{name} has to pin each package with =="
    return [re.split(r"[\[=]", line)[0] for line in lines]


def test_the_readme_says_what_each_package_is_for() -> None:
    """The tables of both pages and the requirements files name the same packages, each once, with a purpose."""
    rows = table_rows(section("What each dependency is for"))
    of_tests = table_rows(section("What each package of the tests is for", "CONTRIBUTING.md"))
    assert [cells for cells in (*rows, *of_tests) if not cells[1]] == []
    assert sorted(first_code(cells[0]) for cells in rows) == sorted(requirements("requirements.txt"))
    assert sorted(first_code(cells[0]) for cells in of_tests) == sorted(requirements("requirements-dev.txt"))


def test_the_lock_file_pins_what_is_required() -> None:
    """Every package of requirements.txt is in the lock file at the same version, and all there have hashes."""
    locked = dict(re.findall(r"^([a-z0-9._-]+)==(\S+)", text_of("requirements.lock"), re.MULTILINE | re.IGNORECASE))
    wanted = re.findall(r"^([A-Za-z0-9._-]+)(?:\[\w+\])?==(\S+)$", text_of("requirements.txt"), re.MULTILINE)
    assert {name.lower(): version for name, version in wanted}.items() <= locked.items()
    entries = re.split(r"^(?=[a-z])", text_of("requirements.lock"), flags=re.MULTILINE)
    assert [entry for entry in entries if entry and "--hash=sha256:" not in entry] == []


PAGES = ("README.md", "CONTRIBUTING.md", *(f"docs/{path.name}" for path in sorted((CHECKOUT / "docs").glob("*.md"))))


@pytest.mark.parametrize("page", PAGES)
def test_pages_link_to_files_that_exist(page: str) -> None:
    """Every file that a page links to or shows is there."""
    linked = re.findall(r"\]\((?!https?:|#)([^)#]+)", text_of(page))
    assert [name for name in linked if not ((CHECKOUT / page).parent / name).is_file()] == []


@pytest.mark.parametrize("page", PAGES)
def test_pages_name_paths_that_exist(page: str) -> None:
    """Every path in a page that begins with bot, handlers or tests is there."""
    named = re.findall(r"`((?:bot|handlers|tests)/[\w./]*)`", text_of(page))
    assert [name for name in named if not (CHECKOUT / name).exists()] == []


def test_the_readme_is_short_and_has_a_table_of_contents() -> None:
    """The README has fewer than 150 lines, and a link to each of its sections in their order."""
    readme = text_of("README.md")
    assert len(readme.splitlines()) < 150
    titles = re.findall(r"^## (.+)$", readme, re.MULTILINE)
    assert re.findall(r"^- \[(.+)\]\(#(.+)\)$", readme, re.MULTILINE) == [
        (title, title.lower().replace(" ", "-")) for title in titles
    ]


PACKAGES = (
    "bot",
    *(f"bot/{path.parent.name}" for path in sorted((CHECKOUT / "bot").glob("*/__init__.py"))),
    "handlers",
)


def listed_in(package: str) -> list[tuple[str, str]]:
    """Return the modules that a package's docstring lists, each with the words about it."""
    text = ast.get_docstring(ast.parse(text_of(f"{package}/__init__.py"))) or ""
    return re.findall(r"^(\w+\.py) +(\S.*)$", text, re.MULTILINE)


@pytest.mark.parametrize("package", PACKAGES)
def test_a_package_lists_its_modules(package: str) -> None:
    """The docstring of a package lists each of its modules once, with a few words, and none that is not there."""
    modules = {path.name for path in (CHECKOUT / package).glob("*.py")} - {"__init__.py"}
    assert sorted(name for name, _ in listed_in(package)) == sorted(modules)


def test_the_module_map_is_that_of_the_packages() -> None:
    """The map in docs/architecture.md says what the packages' docstrings say."""
    block = re.search(r"```\n(.*?)```", section("Modules", "docs/architecture.md"), re.DOTALL)
    assert block, "docs/architecture.md has no module map"
    mapped = [tuple(line.split(maxsplit=1)) for line in block[1].splitlines() if line]
    wanted = [(f"{package}/{name}", words) for package in PACKAGES for name, words in listed_in(package)]
    assert sorted(mapped) == sorted(wanted)
