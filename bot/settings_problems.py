"""What is wrong with a setting, as one line for whoever runs the bot. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from bot.secret_files import SecretFile, SecretFileProblem


def settings_problem(error: ErrorDetails, fields: Mapping[str, FieldInfo], files: Mapping[str, SecretFile]) -> str:
    """Return one line for a problem, without the value, which may be a secret.

    `files` are those that secret settings are read from: such a problem names the file's variable and its path.
    """
    message = error["msg"].removeprefix("Value error, ")
    field = str(error["loc"][0])
    said = "is required" if error["type"] == "missing" else message[0].lower() + message[1:]
    if field in files:
        variable = files[field].variable
        is_about_the_file = isinstance(error.get("ctx", {}).get("error"), SecretFileProblem)
        where = "" if is_about_the_file else f"in the file {files[field].path}: "
        return f"{variable}: {where}{said}. Example: {variable}=/run/secrets/{field}"
    name, (example,) = field.upper(), fields[field].examples or [""]
    return f"{name}: {said}. Example: {name}={example}"
