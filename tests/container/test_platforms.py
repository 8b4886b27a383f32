"""compose.yaml, app.json and the examples in docs/operating.md agree with the bot's settings and the image."""

from __future__ import annotations

import configparser
import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
import yaml

from bot.durations import parse_duration
from bot.settings import Settings
from tests.container.dockerfile import CHECKOUT, stages

OPERATING = "docs/operating.md"
STOPS_WITHIN = 10
"""Seconds that a bot may take to stop."""

_OF_PYTHON = {"PYTHONPATH", "PYTHONSAFEPATH", "PYTHONDONTWRITEBYTECODE"}


def text_of(name: str) -> str:
    """Return the text of a file of this checkout."""
    return (CHECKOUT / name).read_text()


def example_lines() -> list[tuple[str, bool, str]]:
    """Return the name, whether it has to be filled in, and the explanation of each setting in `.env.example`."""
    found = re.findall(r"^# (.+)\n(#?)([A-Z_]+)=", text_of(".env.example"), re.MULTILINE)
    return [(name, not commented, above) for above, commented, name in found]


def blocks(language: str) -> list[str]:
    """Return the blocks of code in one language in docs/operating.md."""
    return re.findall(rf"^```{language}\n(.*?)^```$", text_of(OPERATING), re.MULTILINE | re.DOTALL)


def kinds() -> dict[str, Any]:
    """Return the objects of the YAML blocks, by what kind of which API they are."""
    objects = [one for block in blocks("yaml") for one in yaml.safe_load_all(block)]
    return {f"{one['apiVersion']} {one['kind']}": one for one in objects}


def container_of(kind: str) -> Any:  # noqa: ANN401 - YAML
    """Return the only container of an object that starts one."""
    [container] = kinds()[kind]["spec"]["template"]["spec"]["containers"]
    return container


def is_setting(name: str) -> bool:
    """Whether a variable is a setting, or names the file of one."""
    return any(one.lower() in Settings.model_fields for one in (name, name.removesuffix("_FILE")))


def image_user() -> int:
    """Return the number of the image's user."""
    return int(stages(text_of("Dockerfile"))[-1].last("USER").value.split(":")[0])


def variables(language: str, text: str) -> Iterator[str]:
    """Yield the variables that an example sets."""
    if language == "ini":
        for line in re.findall(r"^Environment=(.*)$", text, re.MULTILINE):
            yield from re.findall(r"(\w+)=", line)
        return
    for one in yaml.safe_load_all(text):
        yield from one.get("stringData", {})
        for container in one["spec"]["template"]["spec"]["containers"] if "spec" in one else ():
            yield from (variable["name"] for variable in container["env"])


@pytest.mark.parametrize("language", ["ini", "yaml"])
def test_the_examples_set_settings_that_exist(language: str) -> None:
    """Every variable that an example for a platform sets is a setting of the bot, or one of Python's."""
    named = {name for block in blocks(language) for name in variables(language, block)}
    assert {name for name in named if not is_setting(name)} <= _OF_PYTHON
    assert named - _OF_PYTHON


def test_the_page_names_variables_that_exist() -> None:
    """Every variable of the bot's that the page for operators names is one."""
    named = re.findall(r"`((?:SLACK|REPLICATE|APPROV|DATABASE|POLICY)[A-Z_]*)\b", text_of(OPERATING))
    assert [name for name in named if not is_setting(name)] == []


@pytest.mark.parametrize("block", blocks("sh"))
def test_the_pages_commands_are_sound(block: str) -> None:
    """A shell reads every block of commands without a mistake, and the bot has each command in it."""
    subprocess.run(["bash", "-n"], input=block, text=True, check=True)  # noqa: S607 - any of them
    commands = set(re.findall(r"python -m bot ([a-z]+)", block))
    for command in commands:
        asked = [sys.executable, "-m", "bot", command, "--help"]
        subprocess.run(asked, cwd=CHECKOUT, check=True, capture_output=True)  # noqa: S603 - our own words


def test_the_unit_is_hardened_and_stops_in_time() -> None:
    """The systemd unit can be read, gives the bot time to stop, and lets it write in one folder alone."""
    [block] = blocks("ini")
    unit = configparser.RawConfigParser(strict=False)
    unit.optionxform = str  # type: ignore[assignment,method-assign]  # as the documentation of configparser does
    unit.read_string(block)
    service = unit["Service"]
    assert service["ExecStart"].endswith("python -m bot")
    assert int(service["TimeoutStopSec"]) > STOPS_WITHIN
    assert service["ProtectSystem"] == "strict"
    assert service["DynamicUser"] == service["NoNewPrivileges"] == "yes"
    assert service["WorkingDirectory"] == f"%S/{service['StateDirectory']}"


def test_systemd_knows_every_line_of_the_unit(tmp_path: Any) -> None:  # noqa: ANN401 - pytest's
    """Where systemd is, it finds no mistake in the unit but that the bot is not installed here."""
    analyze = shutil.which("systemd-analyze")
    if analyze is None:
        pytest.skip("systemd is not here")
    unit = tmp_path / "replicate-delete-bot.service"
    unit.write_text(blocks("ini")[0].replace("/opt/replicate-delete-bot/.venv/bin/python", shutil.which("true") or ""))
    ran = subprocess.run([analyze, "verify", unit], capture_output=True, text=True, check=False)  # noqa: S603 - ours
    assert [line for line in ran.stderr.splitlines() if unit.name in line] == []


def test_the_deployment_updates_without_a_gap() -> None:
    """In Kubernetes the new pod is ready before the old one stops, and each has both probes and time to stop."""
    spec = kinds()["apps/v1 Deployment"]["spec"]
    assert spec["strategy"]["rollingUpdate"] == {"maxUnavailable": 0, "maxSurge": 1}
    assert spec["template"]["spec"]["terminationGracePeriodSeconds"] > STOPS_WITHIN
    container = container_of("apps/v1 Deployment")
    paths = {name: container[f"{name}Probe"]["httpGet"]["path"] for name in ("liveness", "readiness")}
    assert paths == {"liveness": "/healthz", "readiness": "/readyz"}
    [port] = container["ports"]
    assert {container[f"{name}Probe"]["httpGet"]["port"] for name in ("liveness", "readiness")} == {port["name"]}


def test_the_deployment_has_no_more_rights_than_it_needs() -> None:
    """In Kubernetes the bot is the image's user, with a root that cannot be written and one folder that can."""
    pod = kinds()["apps/v1 Deployment"]["spec"]["template"]["spec"]
    assert pod["securityContext"]["runAsNonRoot"] is True
    assert {pod["securityContext"][name] for name in ("runAsUser", "runAsGroup", "fsGroup")} == {image_user()}
    container = container_of("apps/v1 Deployment")
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    assert [mount["mountPath"] for mount in container["volumeMounts"]] == ["/data", "/tmp"]  # noqa: S108 - in a pod
    assert container["args"] == ["run"]


def test_cloud_run_keeps_one_instance_with_its_cpu() -> None:
    """On Cloud Run the CPU is always there, and so is one instance."""
    annotations = kinds()["serving.knative.dev/v1 Service"]["spec"]["template"]["metadata"]["annotations"]
    assert annotations["run.googleapis.com/cpu-throttling"] == "false"
    assert annotations["autoscaling.knative.dev/minScale"] == "1"
    container = container_of("serving.knative.dev/v1 Service")
    assert container["startupProbe"]["httpGet"]["path"] == container["livenessProbe"]["httpGet"]["path"] == "/healthz"


def test_compose_starts_the_bot_once_the_database_is_there() -> None:
    """Under Compose the bot waits for a healthy PostgreSQL, writes to its volume alone, and has time to stop."""
    composed = yaml.safe_load(text_of("compose.yaml"))
    bot, database = composed["services"]["bot"], composed["services"]["database"]
    assert bot["depends_on"] == {"database": {"condition": "service_healthy"}}
    assert "pg_isready" in database["healthcheck"]["test"]
    assert [name for name in bot["environment"] if not is_setting(name)] == []
    assert "@database/" in bot["environment"]["DATABASE_URL"]
    for service in (bot, database):
        assert service["read_only"] is True
        assert "no-new-privileges:true" in service["security_opt"]
        assert service["restart"] == "unless-stopped"
        assert parse_duration(service["stop_grace_period"]) > STOPS_WITHIN
    assert bot["cap_drop"] == ["ALL"]
    [volume] = bot["volumes"]
    assert volume == f"bot:{stages(text_of('Dockerfile'))[-1].last('WORKDIR').value}"
    mounted = {one.split(":")[0] for service in (bot, database) for one in service["volumes"]}
    assert mounted == set(composed["volumes"])
    assert "ports" not in database


def app_variables() -> Mapping[str, Mapping[str, Any]]:
    """Return the variables of app.json, by their names."""
    found: Mapping[str, Mapping[str, Any]] = json.loads(text_of("app.json"))["env"]
    return found


def test_the_heroku_app_asks_for_what_has_to_be_filled_in() -> None:
    """Heroku's form requires exactly the settings that `.env.example` has to have filled in."""
    required = {name for name, one in app_variables().items() if one.get("required", True)}
    assert required == {name for name, is_required, _ in example_lines() if is_required}


def test_the_heroku_app_explains_settings_as_the_example_does() -> None:
    """Heroku's form says of each setting what `.env.example` says, and its values are the defaults."""
    explained = {name: above for name, _, above in example_lines()}
    assert {name: one["description"] for name, one in app_variables().items()} == {
        name: explained[name] for name in app_variables()
    }
    values = {name.lower(): one["value"] for name, one in app_variables().items() if "value" in one}
    needed = {"slack_bot_token": "xoxb-1", "slack_app_token": "xapp-1", "replicate_api_token": "r8_1", "approvers": "*"}
    given = Settings(_env_file=None, **needed, **values)  # type: ignore[arg-type]  # read from text, as variables are
    assert given == Settings(_env_file=None, **needed)  # type: ignore[arg-type]  # likewise


def test_the_heroku_app_has_a_database_and_never_sleeps() -> None:
    """Heroku's app has PostgreSQL, and one dyno of a kind that does not sleep runs what the Procfile names."""
    app = json.loads(text_of("app.json"))
    assert [one["plan"].split(":")[0] for one in app["addons"]] == ["heroku-postgresql"]
    assert app["formation"] == {"web": {"quantity": 1, "size": "basic"}}
    assert text_of("Procfile").startswith("web:")
