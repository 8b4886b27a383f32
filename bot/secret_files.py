"""Secret settings whose value is in a file that a variable `NAME_FILE` names, as Docker and Kubernetes mount secrets.

pydantic-settings reads a directory of secrets whose files are named as the settings are, and leaves out one that it
cannot read (https://docs.pydantic.dev/latest/concepts/pydantic_settings/#secrets). `NAME_FILE` names one file, which
has to be there.
"""

from __future__ import annotations

import stat
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic.fields import FieldInfo
from pydantic_settings import EnvSettingsSource, InitSettingsSource, PydanticBaseSettingsSource

SECRETS = (
    "slack_bot_token",
    "slack_app_token",
    "slack_signing_secret",
    "replicate_api_token",
    "replicate_api_tokens",
    "database_url",
    "events_url",
    "events_secret",
)
"""The settings that may be given as a file: every one that holds a secret."""

FILE_VARIABLES = tuple(f"{name.upper()}_FILE" for name in SECRETS)
"""The variables that name these files."""

MAX_BYTES = 65_536
"""The longest file that is read; one that is longer holds no secret."""


@dataclass(frozen=True, slots=True)
class SecretFile:
    """The file that a variable names for a secret setting."""

    variable: str
    path: str

    def read(self) -> str:
        """Return what the file holds, without line breaks at its end. Raises SecretFileProblem."""
        try:
            content = self._content()
        except FileNotFoundError:
            raise self._problem(f"the file {self.path} is not there") from None
        except (OSError, ValueError) as exc:
            raise self._problem(
                f"the file {self.path} cannot be read ({getattr(exc, 'strerror', 'no such name')})"
            ) from None
        if content is None:
            raise self._problem(f"the file {self.path} is a directory or a device")
        return self._text(content)

    def _content(self) -> bytes | None:
        """Return the beginning of the file; None if it is no regular file, which may block, or never end."""
        if not stat.S_ISREG(Path(self.path).stat().st_mode):
            return None
        with Path(self.path).open("rb") as file:
            return file.read(MAX_BYTES + 1)

    def _text(self, content: bytes) -> str:
        if len(content) > MAX_BYTES:
            raise self._problem(f"the file {self.path} is longer than {MAX_BYTES:,} bytes, as no secret is")
        try:
            text = content.decode("utf-8-sig").rstrip("\r\n")
        except UnicodeDecodeError:
            raise self._problem(f"the file {self.path} is not UTF-8 text") from None
        if not text.strip():
            raise self._problem(f"the file {self.path} is empty")
        return text

    def _problem(self, text: str) -> SecretFileProblem:
        return SecretFileProblem(self.variable, text)


class SecretFileProblem(ValueError):
    """A file cannot be read, or its setting is given twice. The text has no secret; `variable` names the file."""

    def __init__(self, variable: str, text: str) -> None:
        self.variable = variable
        super().__init__(text)


@dataclass(frozen=True, slots=True)
class UnreadSecret:
    """Stands for the value of a setting that could not be read, until it is reported with all other problems."""

    problem: SecretFileProblem


def secret_files(*given: Mapping[str, Any]) -> dict[str, SecretFile]:
    """Return the file of each setting that has one, by the setting's name; of several mappings the first one counts.

    Names are those of variables in any case. An empty value is none.
    """
    values: dict[str, Any] = {}
    for mapping in reversed(given):
        values |= {name.lower(): value for name, value in mapping.items() if value}
    return {
        name: SecretFile(f"{name.upper()}_FILE", str(values[f"{name}_file"]))
        for name in SECRETS
        if f"{name}_file" in values
    }


class SecretFiles(PydanticBaseSettingsSource):
    """The settings that are given as files; their variables are in the `others`, the most important source first."""

    def __init__(self, settings: type[Any], others: Iterable[PydanticBaseSettingsSource]) -> None:
        super().__init__(settings)
        given = [_variables_of(source) for source in others]
        self._files = secret_files(*given)
        self._given_directly = {name for mapping in given for name, value in mapping.items() if value}

    def __call__(self) -> dict[str, Any]:
        """Return the value of each such setting, read now."""
        return {name: self._value(name, file) for name, file in self._files.items()}

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:
        """Return the value of one setting."""
        del field
        file = self._files.get(field_name)
        return (None if file is None else self._value(field_name, file)), field_name, False

    def _value(self, name: str, file: SecretFile) -> str | UnreadSecret:
        if name in self._given_directly:
            twice = f"names the file {file.path}, and {name.upper()} is set as well. Keep one of them"
            return UnreadSecret(SecretFileProblem(file.variable, twice))
        try:
            return file.read()
        except SecretFileProblem as problem:
            return UnreadSecret(problem)


def _variables_of(source: PydanticBaseSettingsSource) -> Mapping[str, Any]:
    """Return what a source has, by the names of variables in small letters."""
    match source:
        case InitSettingsSource():
            return source.init_kwargs
        case EnvSettingsSource():
            return source.env_vars
        case _:
            return {}
