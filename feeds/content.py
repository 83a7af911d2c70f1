"""The content of an entry as HTML that any reader shows: what happened, when, before and after, on what it rests."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

from events import words
from feeds.changed import Change
from feeds.entry import Entry


def html(entry: Entry) -> str:
    """A fragment of HTML; all that comes from the log is escaped."""
    return "".join(_parts(entry))


def _parts(entry: Entry) -> Iterator[str]:
    yield f"<p>{escape(entry.summary)}</p>"
    rows = list(_rows(entry))
    if rows:
        yield "<dl>"
        for term, told in rows:
            yield f"<dt>{escape(term)}</dt><dd>{told}</dd>"
        yield "</dl>"
    if entry.sources or entry.unlinked:
        yield "<p>Sources:</p><ul>"
        for source in entry.sources:
            yield f'<li><a href="{escape(source.href)}">{escape(source.title or source.href)}</a></li>'
        for title in entry.unlinked:
            yield f"<li>{escape(title)}</li>"
        yield "</ul>"


def _rows(entry: Entry) -> Iterator[tuple[str, str]]:
    if entry.effective is not None:
        yield "When", escape(words.date_in_words(entry.effective))
    for change in entry.changes:
        yield from _change(change)
    if entry.corrects is not None:
        yield "Concerns", f'<a href="{escape(entry.corrects)}">an earlier fact</a>'


def _change(change: Change) -> Iterator[tuple[str, str]]:
    about = f"{change.what} b" if change.what else "B"
    yield f"{about}efore", escape(change.before)
    if change.after is not None:
        yield f"{change.what} now" if change.what else "Now", escape(change.after)
    elif change.what is None:
        yield "Now", "withdrawn"
    else:
        yield f"{change.what} now", "none"
