"""`orgline doctor`: each fault is found, is told with what to do about it, and nothing is changed."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from uuid import uuid4

import httpx
import pytest
import sqlalchemy as sa

from events import register
from events.database import Database
from events.dcb import Record
from events.log import Log, microseconds
from service import checks, doctor, files
from service.checks import Check
from service.settings import Settings, made_register
from tests.cli.conftest import named
from tests.serving import Service, command, lines

BASE = "https://register.example"


def served(text: str = "", status: int = 200, live: str = '{"status":"alive"}') -> doctor.Ask:
    """What an address answers: to whether it is alive, and as the feed of all that is recorded."""

    def ask(url: str) -> httpx.Response:
        return httpx.Response(200, text=live) if url.endswith("/health/live") else httpx.Response(status, text=text)

    return ask


def unreachable(_: str) -> httpx.Response:
    raise httpx.ConnectError("Connection refused")


def found(
    settings: Mapping[str, str], ask: doctor.Ask = unreachable, now: int | None = None, files_needed: int = 10
) -> dict[str, Check]:
    """The checks by name."""
    environment = {f"ORGLINE_{name.upper()}": value for name, value in settings.items()}
    time = microseconds() if now is None else now
    all_ = list(doctor.examine(environment, now=time, files_needed=lambda _: files_needed, ask=ask))
    assert all(each.hint for each in all_ if each.status != "ok")
    return {each.name: each for each in all_}


@pytest.fixture
def made(database_url: str) -> tuple[dict[str, str], str]:
    """The settings of a register that was made, and its id."""
    database = Database(database_url)
    asked = made_register(Settings(base_url=BASE), microseconds(), os.urandom)
    its = register.make(database, asked)
    database.close()
    return {"database_url": database_url}, its.id


def test_all_is_well(made: tuple[dict[str, str], str]) -> None:
    settings, id_ = made
    healthy = found(settings, served(id_))
    assert {name: each.detail for name, each in healthy.items() if each.status != "ok"} == {}
    assert {
        "settings",
        "open files",
        "database",
        "schema",
        "projection",
        "rights",
        "clock",
        "register",
        "base URL",
    } <= (healthy.keys())


def test_addresses_that_lead_elsewhere(made: tuple[dict[str, str], str]) -> None:
    settings, id_ = made
    cases = {
        "cannot be reached": (unreachable, settings, "warning"),
        "answers 200, and not as Orgline": (served(live="<h1>Welcome to nginx!</h1>"), settings, "failed"),
        "leads to another register": (served("urn:uuid:another"), settings, "failed"),
        "ORGLINE_BASE_URL says": (served(id_), {**settings, "base_url": "https://moved.example"}, "warning"),
    }
    for words, (ask, given, status) in cases.items():
        check = found(given, ask)["base URL"]
        assert (check.status, words in check.detail) == (status, True), check
    closed = found({**settings, "public_reads": "false"}, served(status=401))["base URL"]
    assert closed.status == "ok"


def test_a_clock_that_goes_wrong(made: tuple[dict[str, str], str]) -> None:
    settings, _ = made
    if settings["database_url"].startswith("postgresql"):
        check = found(settings, now=microseconds() - 60_000_000)["clock"]
        assert (check.status, "the database's" in check.detail) == ("failed", True)
    database = Database(settings["database_url"])
    ahead = microseconds() + 3_600_000_000
    Log(database, clock=lambda: ahead).append([Record("made", ("a/b",), b"{}", str(uuid4()))])
    database.close()
    check = found(settings)["clock"]
    assert (check.status, "behind the last append" in check.detail) == ("failed", True)


def test_rights_that_are_missing(made: tuple[dict[str, str], str], monkeypatch: pytest.MonkeyPatch) -> None:
    settings, _ = made
    url = sa.make_url(settings["database_url"])
    if url.get_backend_name() == "sqlite":
        monkeypatch.setattr(os, "access", lambda path, _: not str(path).endswith(".db"))
        check = found(settings)["rights"]
        assert (check.status, "chown" in check.hint) == ("failed", True)
        return
    role = f"reader_{os.getpid()}"
    engine = sa.create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.exec_driver_sql(f"CREATE ROLE {role} LOGIN")
        connection.exec_driver_sql(f"GRANT SELECT ON ALL TABLES IN SCHEMA public TO {role}")
    try:
        own = url.set(username=role).render_as_string(hide_password=False)
        check = found({"database_url": own})["rights"]
        assert check.status == "failed"
        assert f"{role} lacks INSERT on" in check.detail
        assert "GRANT" in check.hint
    finally:
        with engine.connect() as connection:
            connection.exec_driver_sql(f"DROP OWNED BY {role}")
            connection.exec_driver_sql(f"DROP ROLE {role}")
        engine.dispose()


def test_where_there_is_nothing_yet(tmp_path: Path, sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    nothing = found({"database_url": f"sqlite:///{tmp_path / 'none.db'}"})
    assert (nothing["database"].status, nothing["database"].hint) == ("failed", "run orgline migrate to make it")
    assert not (tmp_path / "none.db").exists()
    assert found({"database_url": sqlite_url})["register"].status == "failed"
    assert found({"database_url": "mysql://here/orgline"})["database"].status == "failed"
    away = found({"database_url": "postgresql+psycopg://nobody@127.0.0.1:9/orgline"})["database"]
    assert (away.status, away.detail.startswith("does not answer")) == ("failed", True)
    assert found({"port": "http"})["settings"].status == "failed"
    monkeypatch.setattr(files, "free", lambda _: checks.DISK_BYTES_MIN - 1)
    assert found({"database_url": sqlite_url}, files_needed=2**40)["disk"].status == "failed"
    assert found({"database_url": sqlite_url}, files_needed=2**40)["open files"].status in ("warning", "ok")


def test_the_command_tells_all_and_ends_with_its_code(folder: Path) -> None:
    refused = command("doctor", "--json", folder=folder)
    assert refused.returncode == 1
    told = json.loads(refused.stdout)
    assert told["ok"] is False
    assert {each["name"]: each["status"] for each in told["checks"]}["database"] == "failed"
    assert list(folder.iterdir()) == []
    misspelt = command("doctor", folder=folder, settings={"prot": "1"})
    assert misspelt.returncode == 1
    assert b"did you mean ORGLINE_PORT" in misspelt.stdout
    assert command("append", "-", folder=folder, stdin=json.dumps(named("abc")).encode()).returncode != 0
    with Service(folder) as service:
        well = command(
            "--database", "sqlite:///orgline.db", "doctor", folder=folder, settings={"port": str(service.port)}
        )
        assert well.returncode == 0, well.stdout
        assert any(line.startswith("warning  base URL") and "this machine only" in line for line in lines(well.stdout))


def test_libraries_that_pictures_need(made: tuple[dict[str, str], str], monkeypatch: pytest.MonkeyPatch) -> None:
    settings, _ = made
    assert found(settings)["pictures"].status == "ok"
    monkeypatch.setitem(sys.modules, "pygraphviz", None)
    missing = found(settings)["pictures"]
    assert (missing.status, "pygraphviz" in missing.detail, "libx11" in missing.hint) == ("warning", True, True)
