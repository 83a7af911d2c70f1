"""Errors from service/problems.py, and warnings from events/anomalies.py."""

from __future__ import annotations

from events.anomalies import DETAILS
from orgline_docs.writing import code, linked, table
from service.problems import KINDS


def markdown() -> str:
    """The table of errors."""
    head = ("type: `urn:orgline:problem:` …", "status", "what is wrong", "what to do")
    return table(
        head, ([code(each), str(kind.status), kind.title, linked(kind.advice)] for each, kind in KINDS.items())
    )


def warnings() -> str:
    """The table of warnings."""
    return table(("code", "the fact …"), ([code(each), words] for each, words in DETAILS.items()))
