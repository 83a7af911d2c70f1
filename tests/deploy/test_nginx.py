"""The nginx configuration that comes with Orgline, in a real nginx before the real service."""

from __future__ import annotations

import gzip
import json
import os
import re
import shlex
import shutil
import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import httpx
import pytest
from httpx_sse import connect_sse

from service.access.tries import TRIES_MAX
from tests.cli.conftest import named
from tests.serving import ROOT, Service, command, free_port, lines, listened, wait_until

NGINX = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
CONFIGURATION = ROOT / "deploy" / "nginx"
CACHE = "/var/cache/nginx-orgline"
EVENTS = 120
"""Enough for one archive."""

pytestmark = pytest.mark.skipif(NGINX is None, reason="nginx is not installed here")


@contextmanager
def nginx(folder: Path, *services: int) -> Iterator[str]:
    """nginx with our configuration before ports; its address. Only paths and ports are other ones."""
    port = free_port()
    node = "    server 127.0.0.1:8000 max_fails=0;\n"
    replaced = {
        "listen 80;": f"listen 127.0.0.1:{port};",
        "    listen [::]:80;\n": "",
        node: "".join(node.replace("8000", str(each)) for each in services),
        CACHE: str(folder / "cache"),
    }
    texts = "\n".join((CONFIGURATION / name).read_text() for name in ("upstream.conf", "orgline.conf"))
    for ours, here in replaced.items():
        assert texts.count(ours) == 1, ours
        texts = texts.replace(ours, here)
    paths = "".join(
        f"{name}_temp_path {folder}/{name};" for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    user = "user root;" if os.getuid() == 0 else ""
    main = folder / "nginx.conf"
    main.write_text(
        f"{user} daemon off; pid {folder}/nginx.pid; error_log {folder}/error.log; worker_processes 1;\n"
        f"events {{}}\nhttp {{ access_log off; {paths}\n{texts}\n}}\n"
    )
    arguments = (str(NGINX), "-e", f"{folder}/error.log", "-p", str(folder), "-c", str(main))
    checked = subprocess.run((*arguments, "-t"), capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stderr
    process = subprocess.Popen(arguments)
    try:
        wait_until(lambda: listened(port), "nginx to listen")
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(20)


def test_nginx_before_the_service(tmp_path: Path) -> None:
    folder = tmp_path / "register"
    folder.mkdir()
    assert command("migrate", folder=folder).returncode == 0
    token = lines(command("token", "create", "tester", "--scope", "append", folder=folder).stdout)[-1]
    authorized = {"authorization": f"Bearer {token}"}
    front = tmp_path / "nginx"
    front.mkdir()
    with Service(folder) as service, nginx(front, service.port) as address:
        client = httpx.Client(base_url=address, timeout=60, trust_env=False)
        facts = {"facts": [named(f"body-{n}") for n in range(EVENTS)]}
        assert client.post("/events", json=facts, headers=authorized).status_code == 201

        # An archive: passed on once, then from nginx, in each coding as the service made it.
        archive = "/feeds/all/archive/1.atom"
        plain, coded = {"accept-encoding": "identity"}, {"accept-encoding": "gzip"}
        first = client.get(archive, headers=plain)
        assert (first.status_code, first.headers["x-cache-status"]) == (200, "MISS")
        again = client.get(archive, headers=plain)
        assert (again.content, again.headers["x-cache-status"]) == (first.content, "HIT")
        assert again.headers["etag"] == first.headers["etag"]
        assert first.headers["etag"].startswith('"')  # strong
        with client.stream("GET", archive, headers=coded) as answer:
            raw = b"".join(answer.iter_raw())
            assert answer.headers["content-encoding"] == "gzip"
            assert answer.headers["etag"] == first.headers["etag"][:-1] + '-gzip"'
        assert gzip.decompress(raw) == first.content

        # What may change is asked for each time, with its conditions, and a token's answers are nobody else's.
        head = client.get("/feeds/all.atom", headers=plain)
        assert "x-cache-status" not in head.headers
        unchanged = {"if-none-match": head.headers["etag"]}
        assert client.get("/feeds/all.atom", headers={**plain, **unchanged}).status_code == 304
        assert client.post("/events", json=named("later"), headers=authorized).status_code == 201
        newer = client.get("/feeds/all.atom", headers={**plain, **unchanged, "a-im": "feed"})
        assert newer.status_code == 226
        state = f"/organisations/body-1?as_of=2020&known_at={EVENTS}"
        assert "immutable" in client.get(state).headers["cache-control"]
        assert client.get(state).headers["x-cache-status"] == "HIT"
        assert "x-cache-status" not in client.get(state, headers=authorized).headers
        unpinned = client.get("/organisations/body-1?as_of=2020&known_at=9999-01-01")
        assert unpinned.status_code != 200 or "immutable" not in unpinned.headers["cache-control"]
        assert client.get("/organisations/body-1").headers["content-type"] == "application/json"

        # How the service fares is for this machine, and for no other one, however it is asked for.
        elsewhere = httpx.HTTPTransport(local_address="127.0.0.2")  # an address that the configuration does not allow
        with httpx.Client(base_url=address, timeout=60, trust_env=False, transport=elsewhere) as stranger:
            for path in ("/metrics", "/health/ready"):
                assert client.get(path).status_code == 200
                for asked in (path, f"{path}/", f"/{path}", f"{path}?x=1", f"{path}//", path.replace("e", "%65")):
                    assert stranger.get(f"{address}{asked}").status_code == 403, asked
            assert stranger.get("/health/live").status_code == 200

        # Who asks is told by nginx, not by the client.
        tries = [
            client.post(
                "/sign-in",
                data={"token": "orgl_wrong"},
                headers={"x-forwarded-for": f"192.0.2.{n}", "origin": address},
            ).status_code
            for n in range(TRIES_MAX + 1)
        ]
        assert tries[-1] == 429
        assert 429 not in tries[:-1]

        with ThreadPoolExecutor() as pool, connect_sse(client, "GET", "/events/stream") as stream:
            heard = stream.iter_sse()
            assert next(heard).event == "position"
            posting = pool.submit(httpx.post, f"{address}/events", json=named("heard"), headers=authorized, timeout=60)
            event = next(each for each in heard if each.event == "message")
            assert json.loads(event.data)["data"]["organisation"] == "heard"  # not held back until there is more
            assert posting.result().status_code == 201

        # With the service stopped, what never changes is there all the same.
        assert service.stop() == 0
        assert client.get(archive, headers=plain).content == first.content
        assert client.get(archive, headers={**plain, "if-none-match": first.headers["etag"]}).status_code == 304
        with client.stream("GET", archive, headers=coded) as answer:
            assert b"".join(answer.iter_raw()) == raw
        assert client.get(state).headers["x-cache-status"] == "HIT"
        assert client.get("/feeds/all.atom").status_code == 502

        # Until its cache is emptied, as the handbook says.
        page = (ROOT / "docs" / "operations.md").read_text("utf-8")
        (emptying,) = re.findall(rf"^sudo (find {CACHE} .*)$", page, re.MULTILINE)
        subprocess.run(shlex.split(emptying.replace(CACHE, str(front / "cache"))), check=True)
        assert client.get(archive, headers=plain).status_code == 502
        assert client.get(state).status_code == 502
        client.close()


@contextmanager
def node(port: int) -> Iterator[None]:
    """Something in the place of a node, which is up and gone at once."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()

        def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002 - as the library calls it
            pass

    with ThreadingHTTPServer(("127.0.0.1", port), Handler) as server:
        thread = Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield
        finally:
            server.shutdown()
            thread.join()


def test_nodes_may_be_restarted_one_after_the_other(tmp_path: Path) -> None:
    one, other = free_port(), free_port()
    with nginx(tmp_path, one, other) as address:

        def asked() -> set[int]:
            return {httpx.get(f"{address}/log", timeout=60, trust_env=False).status_code for _ in range(4)}

        with node(other):
            with node(one):
                assert asked() == {200}
            assert asked() == {200}
        with node(one):
            assert asked() == {200}  # from the one that did not answer a moment ago
        assert asked() == {502}
