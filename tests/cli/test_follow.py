"""`orgline follow` as people use it: what it makes, prints and refuses, how it is ended."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from service import backoff
from tests.cli.conftest import Orgline, fact, named, write
from tests.serving import ORGLINE, Service, command, environment, free_port, lines, wait_until

MIRROR = {"database_url": "sqlite:///mirror.db"}


@pytest.fixture
def source(folder: Path) -> Iterator[Service]:
    """A register with three facts, served."""
    (folder / "source").mkdir()
    with Service(folder / "source", settings={"title": "The source", "time_zone": "Europe/London"}) as service:
        write(folder / "source" / "facts.jsonl", [named("a"), named("b"), named("c")])
        assert command("import", "facts.jsonl", folder=folder / "source").returncode == 0
        yield service


def follow(folder: Path, *arguments: str, **settings: str) -> subprocess.CompletedProcess[bytes]:
    return command("follow", *arguments, folder=folder, settings={**MIRROR, **settings})


def test_once_makes_a_mirror_that_is_read_as_any_register_and_takes_no_facts(folder: Path, source: Service) -> None:
    done = follow(folder, "--once", f"{source.address}/feeds/all.atom")
    assert (done.returncode, done.stderr) == (0, b"")
    (told,) = lines(done.stdout)
    assert told.startswith("3 events, root hash ")
    assert follow(folder, "--once", source.address).stdout == done.stdout
    as_json = json.loads(follow(folder, "--once", "--json", source.address).stdout)
    assert as_json == httpx.get(f"{source.address}/log", trust_env=False).json()
    shown = command("state", "a", folder=folder, settings=MIRROR)
    assert lines(shown.stdout)[0] == "A (organisation/a)"
    assert lines(command("migrate", folder=folder, settings=MIRROR).stdout)[0].startswith("The source: ")
    file = write(folder / "facts.jsonl", [named("d")])
    (folder / "facts.csv").write_text("id,type,effective,data\n")
    for arguments in (("append", file), ("import", file), ("import", "facts.csv")):
        refused = command(*arguments, folder=folder, settings=MIRROR)
        assert (refused.returncode, refused.stdout) == (2, b"")
        (words,) = lines(refused.stderr)
        assert words.startswith("read-only-mirror: ")
        assert words.endswith(f"append at {source.address}")
    assert lines(command("verify", folder=folder, settings=MIRROR).stdout) == ["no difference"]
    here, there = command("export", folder=folder, settings=MIRROR), command("export", folder=folder / "source")
    assert here.stdout == there.stdout != b""


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
def test_it_goes_on_until_it_is_ended(folder: Path, source: Service, number: signal.Signals, code: int) -> None:
    with (folder / "told.txt").open("w+b") as told:
        process = subprocess.Popen(
            (*ORGLINE, "follow", source.address), cwd=folder, env=environment(**MIRROR), stdout=told, stderr=told
        )
        try:
            wait_until(lambda: b"3 events" in (folder / "told.txt").read_bytes(), "the mirror to catch up")
            second = follow(folder, "--once", source.address)
            assert (second.returncode, second.stderr.partition(b":")[0]) == (2, b"followed-already")
            file = write(folder / "source" / "more.jsonl", [fact()])
            assert command("import", file, folder=folder / "source").returncode == 0
            wait_until(lambda: b"\n4 events" in (folder / "told.txt").read_bytes(), "what was recorded meanwhile")
            source.kill()
            wait_until(lambda: b"next try in" in (folder / "told.txt").read_bytes(), "a failure to be told")
            os.kill(process.pid, number)
            assert process.wait(20) == code
        finally:
            process.kill()
            process.wait()
    assert (folder / "told.txt").read_text("utf-8").splitlines()[-1] == "interrupted: stopped before the end"
    assert lines(command("verify", folder=folder, settings=MIRROR).stdout) == ["no difference"]


def test_a_register_of_its_own_is_no_mirror(folder: Path, source: Service) -> None:
    assert command("migrate", folder=folder, settings=MIRROR).returncode == 0
    done = follow(folder, "--once", source.address)
    assert (done.returncode, done.stdout, done.stderr.partition(b":")[0]) == (2, b"", b"not-a-mirror")


@pytest.mark.parametrize(
    ("address", "code"),
    [
        ("register.example", b"usage"),
        ("ftp://register.example", b"usage"),
        ("http://name:word@register.example", b"usage"),
        ("http://", b"usage"),
    ],
)
def test_addresses_that_are_none(folder: Path, address: str, code: bytes) -> None:
    done = follow(folder, "--once", address)
    assert (done.returncode, done.stdout, done.stderr.partition(b":")[0]) == (2, b"", code)
    assert not (folder / "mirror.db").exists()


def test_where_nobody_answers_once_gives_up(folder: Path, orgline: Orgline, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backoff, "FAILURE_S_MIN", 0.01)
    monkeypatch.setenv("ORGLINE_DATABASE_URL", MIRROR["database_url"])
    done = orgline("follow", "--once", f"http://127.0.0.1:{free_port()}")
    assert done.code == 2
    assert done.err.splitlines()[-1].startswith("remote-failed: ")
    assert not (folder / "mirror.db").exists()


def test_another_register_at_the_address_is_found_out(folder: Path, source: Service) -> None:
    assert follow(folder, "--once", source.address).returncode == 0
    source.kill()
    (folder / "source" / "orgline.db").unlink()
    for ending in ("-wal", "-shm"):
        (folder / "source" / f"orgline.db{ending}").unlink(missing_ok=True)
    with Service(folder / "source", port=source.port) as other:
        done = follow(folder, "--once", other.address)
    assert (done.returncode, done.stderr.partition(b":")[0]) == (2, b"other-register")
