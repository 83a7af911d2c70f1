"""The documents name every setting and every problem, with what the code says of them."""

from __future__ import annotations

import importlib
import pkgutil
import re
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType, NoneType
from typing import get_args, get_type_hints

import msgspec
import pytest

import events
import feeds
import service
from events import anomalies
from events.errors import OrglineError
from service.api.anomalies import Code
from service.problems import KINDS
from service.settings import InvalidSettings, Settings, load, variable

DOCS = Path(__file__).parents[2] / "docs"


def rows(name: str) -> Iterator[list[str]]:
    """The cells of the tables of a document."""
    for line in (DOCS / name).read_text().splitlines():
        if line.startswith("| `"):
            yield [cell.strip() for cell in line.strip("|").split("|")]


def shown(default: object) -> str:
    return str(default).lower() if isinstance(default, bool | None) else str(default)


def modules(package: ModuleType) -> Iterator[str]:
    for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
        if not found.name.startswith(("service.cli", "service.importing", "service.replication", "service.demo")):
            yield found.name


def errors(of: type[OrglineError]) -> Iterator[type[OrglineError]]:
    yield of
    for each in of.__subclasses__():
        yield from errors(each)


def test_every_setting_is_documented_as_it_is() -> None:
    hints = get_type_hints(Settings, include_extras=True)
    expected = [
        [f"`{variable(field.name)}`", f"`{shown(field.default)}`", hints[field.name].__metadata__[0].description]
        for field in msgspec.structs.fields(Settings)
    ]
    assert list(rows("settings.md")) == expected


def test_every_problem_is_documented_as_it_is() -> None:
    documented = [(code.strip("`"), int(status), title) for code, status, title, _ in rows("errors.md")]
    assert documented == [(code, kind.status, kind.title) for code, kind in KINDS.items()]
    assert all(len(what) > 10 for *_, what in rows("errors.md"))


def test_every_error_has_its_problem() -> None:
    for package in (events, feeds, service):
        for name in modules(package):
            importlib.import_module(name)
    found = {
        each.code: each.__name__
        for each in errors(OrglineError)
        if not each.__module__.startswith(("service.cli", "service.importing", "service.replication", "tests"))
    }
    assert not found.keys() - KINDS.keys()


def test_codes_are_stable_words() -> None:
    assert all(re.fullmatch(r"[a-z]+(-[a-z0-9]+)*", code) for code in KINDS)
    assert all(400 <= kind.status < 600 for kind in KINDS.values())


def test_settings_from_an_environment() -> None:
    settings = load({"ORGLINE_PORT": "9000", "ORGLINE_PUBLIC_READS": "false", "HOME": "/", "ORGLINE_TITLE": ""})
    assert (settings.port, settings.public_reads, settings.title) == (9000, False, "Orgline")
    assert settings.address == "http://127.0.0.1:9000"
    assert load({"ORGLINE_BASE_URL": "https://register.example/a/"}).address == "https://register.example/a"
    assert load({"ORGLINE_HOST": "::1"}).address == "http://[::1]:8000"


@pytest.mark.parametrize(
    ("environment", "words"),
    [
        ({"ORGLINE_DATABASE": "x"}, "did you mean ORGLINE_DATABASE_URL"),
        ({"ORGLINE_BODY_BYTES": "1"}, "did you mean ORGLINE_BODY_BYTES_MAX"),
        ({"ORGLINE_PORT": "http"}, "ORGLINE_PORT='http'"),
        ({"ORGLINE_PORT": "70000"}, "65535"),
        ({"ORGLINE_PUBLIC_READS": "perhaps"}, "ORGLINE_PUBLIC_READS"),
        ({"ORGLINE_BASE_URL": "register.example"}, "ORGLINE_BASE_URL"),
        ({"ORGLINE_LOG_LEVEL": "loud"}, "ORGLINE_LOG_LEVEL"),
        ({"ORGLINE_REGISTER_ID": "1"}, "ORGLINE_REGISTER_ID"),
        ({"ORGLINE_PAGE_MAX": "5000"}, "1000"),
    ],
)
def test_settings_that_are_not_understood(environment: dict[str, str], words: str) -> None:
    with pytest.raises(InvalidSettings, match=re.escape(words)):
        load(environment)


def test_every_warning_is_documented() -> None:
    text = (DOCS / "facts.md").read_text("utf-8")
    documented = set(re.findall(r"^\| `([a-z-]+)` \|", text.partition("## Warnings")[2], re.MULTILINE))
    assert documented == set(anomalies.DETAILS)


def test_every_warning_can_be_asked_for() -> None:
    codes, none = get_args(get_args(Code)[0])
    assert none is NoneType
    assert set(get_args(codes)) == set(anomalies.DETAILS)
