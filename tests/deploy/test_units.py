"""The systemd unit, the images and the alerts that come with Orgline say what is so."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import sqlite3
import subprocess
import sys
from configparser import RawConfigParser
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

from service.metrics import TABLE
from service.problems import KINDS
from service.settings import InvalidSettings, load
from tests.serving import ROOT, environment, free_port, wait_until

DEPLOY = ROOT / "deploy"
BIN = Path(sys.executable).parent
PROMTOOL = shutil.which("promtool")


def unit() -> dict[str, list[str]]:
    """The settings of the unit's service, those that stand several times too."""
    found: dict[str, list[str]] = {}
    section = ""
    for line in (DEPLOY / "systemd" / "orgline.service").read_text().splitlines():
        if line.startswith("["):
            section = line
        elif section == "[Service]" and "=" in line and not line.startswith("#"):
            name, _, value = line.partition("=")
            found.setdefault(name, []).append(value)
    return found


def variables() -> dict[str, str]:
    """What the example of the environment file sets, comments taken in."""
    parser = RawConfigParser()
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    lines = (DEPLOY / "systemd" / "orgline.env").read_text().splitlines()
    parser.read_string("\n".join(["[all]", *(line.removeprefix("#") for line in lines if "ORGLINE_" in line)]))
    return dict(parser["all"])


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="systemd-analyze is not installed here")
def test_systemd_understands_the_unit(tmp_path: Path) -> None:
    text = (DEPLOY / "systemd" / "orgline.service").read_text()
    copy = tmp_path / "orgline.service"  # with a program that is there
    copy.write_text(text.replace("/opt/orgline/bin/orgline", str(BIN / "orgline")))
    done = subprocess.run(("systemd-analyze", "verify", str(copy)), capture_output=True, text=True, check=False)
    ours = [line for line in done.stderr.splitlines() if "orgline" in line]
    assert (done.returncode, ours) == (0, []), done.stderr


def test_what_the_unit_starts_serves_and_stops(tmp_path: Path) -> None:
    with pytest.raises(InvalidSettings, match="ORGLINE_BASE_URL"):
        load(variables())
    load({**variables(), "ORGLINE_BASE_URL": "https://register.example"})
    service = unit()
    program, *arguments = shlex.split(service["ExecStart"][0])
    assert program == "/opt/orgline/bin/orgline"
    port = free_port()
    process = subprocess.Popen(
        (str(BIN / "orgline"), *arguments),
        cwd=tmp_path,
        env={**environment(port=str(port)), "ORGLINE_BASE_URL": "https://register.example"},
        start_new_session=True,
    )
    try:

        def ready() -> bool:
            assert process.poll() is None
            try:
                return httpx.get(f"http://127.0.0.1:{port}/health/ready", timeout=5, trust_env=False).is_success
            except httpx.TransportError:
                return False

        wait_until(ready, "the service to be ready")
        assert (tmp_path / "orgline.db").exists()
    finally:
        process.terminate()
        assert process.wait(int(service["TimeoutStopSec"][0])) == 0


def test_installing_puts_each_file_where_it_is_looked_for(tmp_path: Path) -> None:
    """On an empty machine, where only the folders are that are on all."""
    for folder in ("etc/systemd/system", "etc/nginx/conf.d", "usr/local/sbin"):
        (tmp_path / folder).mkdir(parents=True)
    page = (ROOT / "docs" / "operations.md").read_text()
    commands = re.findall(r"^sudo (install .*)$", page, re.MULTILINE)
    assert len(commands) == 6
    for command in commands:
        here = command.replace(" -g orgline", f" -g {os.getgid()}")
        here = re.sub(r" /(etc|usr)/", rf" {tmp_path}/\1/", here)
        subprocess.run(shlex.split(here), check=True, cwd=ROOT)
    (settings,) = unit()["EnvironmentFile"]
    assert (tmp_path / settings[1:]).stat().st_mode & 0o777 == 0o640
    assert (tmp_path / "etc" / "sysusers.d" / "orgline.conf").exists()
    assert os.access(tmp_path / "usr" / "local" / "sbin" / "orgline", os.X_OK)


def test_the_command_for_root_runs_as_the_service_does(tmp_path: Path) -> None:
    service = unit()
    (folder,) = service["WorkingDirectory"]
    (settings,) = service["EnvironmentFile"]
    (program, _) = service["ExecStart"][0].split()
    state = tmp_path / "state"
    state.mkdir()
    file = tmp_path / "orgline.env"
    file.write_text(
        "# a comment\nORGLINE_TITLE=Our register; $(exit 1)\n\nORGLINE_TIME_ZONE='Europe/London'\nORGLINE_PORT=\"1\""
    )
    tools = tmp_path / "tools"
    tools.mkdir()
    runuser = tools / "runuser"
    runuser.write_text('#!/bin/sh\ntest "$1 $2 $3" = "-u orgline --" && shift 3 && exec "$@"\n')
    runuser.chmod(0o755)
    script = (DEPLOY / "systemd" / "orgline.sh").read_text()
    for there, here in ((folder, state), (settings, file), (program, BIN / "orgline")):
        assert there in script
        script = script.replace(there, str(here))
    given = {**environment(), "PATH": f"{tools}:{os.environ['PATH']}"}
    done = subprocess.run(
        ("sh", "-c", script, "orgline", "migrate"), capture_output=True, text=True, check=False, env=given, cwd=tmp_path
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("Our register; $(exit 1): ")
    made = (state / "orgline.db").stat()
    assert made.st_mode & 0o777 == 0o777 & ~int(service["UMask"][0], 8) & 0o666
    with closing(sqlite3.connect(state / "orgline.db")) as database:
        register = database.execute("SELECT base_url, time_zone FROM register").fetchone()
    assert register == ("http://127.0.0.1:1", "Europe/London")


def test_the_dockerfile_and_the_yaml_are_as_their_linters_want_them() -> None:
    hadolint = (str(BIN / "hadolint"), str(DEPLOY / "Dockerfile"))
    yamllint = (str(BIN / "yamllint"), "-s", "-c", str(DEPLOY / ".yamllint"), str(DEPLOY))
    for tool in (hadolint, yamllint):
        done = subprocess.run(tool, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr


def test_the_image_has_what_the_package_has() -> None:
    dockerfile = (DEPLOY / "Dockerfile").read_text()
    for source in re.findall(r"^COPY (?!--from)(.+) \S+$", dockerfile, re.MULTILINE):
        for path in source.split():
            assert (ROOT / path).exists(), path
            assert f"!{path.partition('/')[0]}" in (ROOT / ".dockerignore").read_text().splitlines()
    libraries = re.search(r"apt-get install -y --no-install-recommends (.+) \\$", dockerfile, re.MULTILINE)
    page = (ROOT / "docs" / "operations.md").read_text()
    assert libraries is not None
    assert f"{libraries[1]}\n" in page
    for each in ("run", "build"):
        assert f"-r requirements/{each}.txt" in dockerfile
        assert f"-r requirements/{each}.txt" in page
    assert "--require-hashes -r requirements/run.txt" in dockerfile
    assert re.search(r"^USER \d+$", dockerfile, re.MULTILINE)
    packages = re.search(r"packages = (\[.*\])", (ROOT / "pyproject.toml").read_text())
    assert packages is not None
    assert all(f"COPY {each} {each}" in dockerfile for each in yaml.safe_load(packages[1]))


def test_compose_sets_what_there_is() -> None:
    compose = yaml.safe_load((DEPLOY / "compose.yaml").read_text())
    services = compose["services"]
    given = services["orgline"]["environment"]
    load({name: "https://register.example" if "BASE" in name else value for name, value in given.items()})
    (network,) = compose["networks"]["default"]["ipam"]["config"]
    assert given["ORGLINE_TRUSTED_PROXIES"] == network["subnet"]
    configuration = (DEPLOY / "nginx" / "orgline.conf").read_text()
    assert f"proxy_cache_path {services['nginx']['volumes'][-1].partition(':')[2]} " in configuration
    for mount in services["nginx"]["volumes"][:-1]:
        assert (DEPLOY / mount.partition(":")[0]).is_file()


def rules() -> list[dict[str, Any]]:
    (group,) = yaml.safe_load((DEPLOY / "prometheus" / "alerts.yml").read_text())["groups"]
    return list(group["rules"])


@pytest.mark.parametrize("rule", rules(), ids=lambda rule: rule["alert"])
def test_alerts_go_by_metrics_and_labels_that_there_are(rule: dict[str, Any]) -> None:
    known = {
        each.name + suffix: {*each.labels, *(("le",) if suffix == "_bucket" else ())}
        for each in TABLE
        for suffix in (("_bucket", "_count", "_sum") if each.kind == "histogram" else ("",))
    }
    known |= {name: set() for name in ("up", "process_open_fds", "process_max_fds")}
    from_prometheus = {"instance", "job"}
    expression = rule["expr"]
    used = re.findall(r"\b(up|orgline_\w+|process_\w+)\b(?:\{([^}]*)\})?", expression)
    assert used
    labels: set[str] = set(from_prometheus)
    for name, selectors in used:
        assert name in known, name
        labels |= known[name]
        asked = set(re.findall(r"(\w+)\s*[=!]~?", selectors))
        assert asked <= known[name] | from_prometheus, name
    for grouped in re.findall(r"\b(?:by|on) \(([^)]*)\)", expression):
        assert {each.strip() for each in grouped.split(",")} <= labels
    for each in re.findall(r"\$labels\.(\w+)", rule["annotations"]["summary"]):
        assert each in labels
    for code in re.findall(r'outcome=~"([^"]*)"', expression):
        assert set(code.split("|")) <= KINDS.keys()


def test_every_alert_has_its_lines_in_the_handbook() -> None:
    page = (ROOT / "docs" / "operations.md").read_text()
    for rule in rules():
        path, _, anchor = rule["annotations"]["runbook"].partition("#")
        assert (path, anchor) == ("docs/operations.md", rule["alert"].lower())
        lines = page.partition(f"\n### {rule['alert']}\n")[2].partition("\n#")[0]
        assert len(lines.strip()) > 60, rule["alert"]
        assert rule["labels"]["severity"] in ("critical", "warning")
    assert {rule["alert"] for rule in rules()} == set(re.findall(r"^### (Orgline\w+)$", page, re.MULTILINE))


@pytest.mark.skipif(PROMTOOL is None, reason="promtool is not installed here")
def test_prometheus_understands_the_alerts() -> None:
    done = subprocess.run(
        (str(PROMTOOL), "check", "rules", str(DEPLOY / "prometheus" / "alerts.yml")), capture_output=True, check=False
    )
    assert done.returncode == 0, done.stdout
