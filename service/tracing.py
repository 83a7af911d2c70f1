"""Whether requests are traced, without loading what does it where they are not."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING, Final

from service.settings import InvalidSettings, Settings, variable

if TYPE_CHECKING:
    from service.telemetry import Traces

NEEDED: Final = ("opentelemetry.sdk", "opentelemetry.exporter.otlp.proto.http")
"""What the extra `telemetry` brings."""


def check(settings: Settings) -> None:
    """Raises InvalidSettings where traces are asked for, and what makes them is not installed."""
    if settings.traces and not all(map(_is_there, NEEDED)):
        raise InvalidSettings(
            f"{variable('traces')}=true needs OpenTelemetry: install Orgline with its extra, as in "
            "pip install 'orgline[telemetry]', or leave the setting out"
        )


def start(settings: Settings, database: str) -> Traces | None:
    """What makes traces, if they are asked for. Raises InvalidSettings."""
    check(settings)
    if not settings.traces:
        return None
    made: Traces = import_module("service.telemetry").Traces(database)
    return made


def _is_there(module: str) -> bool:
    try:
        return find_spec(module) is not None
    except ModuleNotFoundError:  # of what it is in
        return False
