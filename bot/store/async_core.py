"""SQLAlchemy's connections for asyncio, without its ORM: nothing of that is used here.

The package `sqlalchemy.ext.asyncio` imports the ORM's sessions beside its engine, which takes 6 MiB and a tenth of the
time of a start. Its module `engine` needs nothing of them, so that is imported alone.
"""

from __future__ import annotations

import sys
from importlib import import_module
from importlib.util import find_spec, module_from_spec
from types import ModuleType
from typing import TYPE_CHECKING

_PACKAGE = "sqlalchemy.ext.asyncio"


def _engine_alone() -> ModuleType:
    """Import the module without the `__init__` of its package, which is left to be imported by whoever wants it."""
    spec = find_spec(_PACKAGE)
    if spec is None or _PACKAGE in sys.modules:
        return import_module(f"{_PACKAGE}.engine")
    # The package as it is before its `__init__` runs. See https://docs.python.org/3/library/importlib.html.
    sys.modules[_PACKAGE] = module_from_spec(spec)
    try:
        return import_module(f"{_PACKAGE}.engine")
    finally:
        del sys.modules[_PACKAGE]


if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
else:
    _engine = _engine_alone()
    AsyncConnection = _engine.AsyncConnection
    AsyncEngine = _engine.AsyncEngine
    create_async_engine = _engine.create_async_engine

__all__ = ["AsyncConnection", "AsyncEngine", "create_async_engine"]
