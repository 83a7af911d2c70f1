"""After a restore the log goes on otherwise: what clients keep of the lost one is not taken for the new one."""

from __future__ import annotations

import shutil
from pathlib import Path

from tests.http.conftest import Serve, created

PATHS = (
    "/organisations/abc",
    "/organisations/abc?as_of=2021-06-01&known_at=2",
    "/organisations/abc?format=html",
    "/organisations",
    "/organisations?as_of=2021-06-01&known_at=2",
    "/organisations/abc/timeline",
    "/organisations/abc/changes?from=2020&to=2022&known_at=2",
    "/organisations/abc/timeline.svg?as_of=2021-06-01&known_at=2",
    "/statements?subject=abc",
    "/search?q=b",
    "/events",
    "/feeds/organisations/abc.atom",
    "/feeds/effective.atom",
    "/feeds.opml",
    "/log",
    "/",
)


def test_what_was_kept_of_the_lost_log_is_asked_anew(serve: Serve, tmp_path: Path) -> None:
    database, backup = tmp_path / "register.db", tmp_path / "backup.db"
    url = f"sqlite:///{database}"
    with serve(database_url=url) as app:
        assert app.post(created("abc", "Alphabet")).status_code == 201
    shutil.copy(database, backup)
    kept: list[dict[str, str]] = []
    for name in ("Before", "Being"):
        shutil.copy(backup, database)
        for beside in ("-wal", "-shm"):
            database.with_name(database.name + beside).unlink(missing_ok=True)
        with serve(database_url=url) as app:
            data = {"organisation": "abc", "name": name, "kind": "legal"}
            answer = app.post({"type": "name.adopted", "effective": "2021", "data": data})
            assert answer.json()["events"][0]["position"] == 2
            assert not kept or all(
                app.get(path, headers={"if-none-match": etag}).status_code == 200 for path, etag in kept[0].items()
            )
            kept.append({path: app.get(path).headers["etag"] for path in PATHS})
    assert not {path for path in PATHS if kept[0][path] == kept[1][path]}
