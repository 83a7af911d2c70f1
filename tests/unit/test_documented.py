"""Every error has its problem, every warning can be asked for, and settings say what they do not understand."""

from __future__ import annotations

import importlib
import pkgutil
import re
from collections.abc import Iterator
from types import ModuleType, NoneType
from typing import get_args

import pytest

import events
import feeds
import service
from events import anomalies
from events.errors import OrglineError
from service.api.anomalies import Code
from service.problems import KINDS
from service.settings import InvalidSettings, load


def modules(package: ModuleType) -> Iterator[str]:
    for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
        if not found.name.startswith(("service.cli", "service.importing", "service.replication", "service.demo")):
            yield found.name


def errors(of: type[OrglineError]) -> Iterator[type[OrglineError]]:
    yield of
    for each in of.__subclasses__():
        yield from errors(each)


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


def test_every_warning_can_be_asked_for() -> None:
    codes, none = get_args(get_args(Code)[0])
    assert none is NoneType
    assert set(get_args(codes)) == set(anomalies.DETAILS)
