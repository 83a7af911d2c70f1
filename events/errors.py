"""The one root of everything that Orgline raises on purpose.

Each class has a stable `code`; over HTTP it becomes the last part of the problem's `type`, on the command line the
first word of the line that is printed. The message says what is wrong and what to do about it.
"""

from __future__ import annotations

from typing import ClassVar

import msgspec


class Fault(msgspec.Struct, frozen=True):
    """One thing that is wrong with a body: where (an RFC 6901 JSON pointer) and what, in words that tell what to do."""

    pointer: str
    detail: str


class OrglineError(Exception):
    """Root of all errors that Orgline raises on purpose."""

    code: ClassVar[str] = "error"

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message
