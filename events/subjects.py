"""What facts are about: the kinds of subjects, their slugs, and how a subject is written as a tag.

A subject is named by a slug that is unique within its kind. Where the kind is not known from the place, it is written
`kind/slug`, which is also the subject's tag in the log.
"""

from __future__ import annotations

import re
import unicodedata
from difflib import get_close_matches
from typing import Final

from events.errors import OrglineError

KINDS: Final = ("organisation", "person", "post", "plan", "initiative", "target", "responsibility")
SLUG_LENGTH_MAX: Final = 128
# `$` alone lets a final line feed pass in Python, though not in ECMA-262, which JSON Schema goes by.
SLUG_PATTERN: Final = r"^[a-z0-9][a-z0-9-]*$(?!\n)"


class SubjectFault(OrglineError):
    """A text names no subject; the message shows how one is written."""

    code = "invalid-subject"


def tag(kind: str, slug: str) -> str:
    """The tag of a subject: `organisation/nhsx`. Both parts are trusted to be well formed."""
    return f"{kind}/{slug}"


def split(tag: str) -> tuple[str, str]:
    """Kind and slug of a tag. Raises SubjectFault for what is not `kind/slug`."""
    kind, slash, slug = tag.partition("/")
    if not slash:
        raise SubjectFault(f"{shown(tag)} names no kind: write kind/slug, such as organisation/nhsx")
    if kind not in KINDS:
        near = get_close_matches(kind, KINDS, 1)
        advice = f"did you mean {near[0]}?" if near else f"the kinds are {', '.join(KINDS)}"
        raise SubjectFault(f"{shown(tag)}: there is no kind {shown(kind)}; {advice}")
    if fault := slug_fault(slug):
        raise SubjectFault(fault)
    return kind, slug


def reference(text: str) -> str:
    """The tag that is meant by `kind/slug`, or by the bare slug of an organisation. Raises SubjectFault."""
    tagged = text if "/" in text else f"organisation/{text}"
    split(tagged)
    return tagged


def slug_fault(text: str) -> str | None:
    """What is wrong with a slug, in words that show a correct one where one can be guessed; None if it is one."""
    if len(text) > SLUG_LENGTH_MAX:
        return f"{shown(text)} is too long for a slug: at most {SLUG_LENGTH_MAX} characters"
    if _is_slug(text):
        return None
    guess = slug_like(text)
    advice = f": write {guess}" if guess else ", such as nhs-england"
    return f"{shown(text)} is no slug (lower-case letters a to z, digits and hyphens){advice}"


def slug_like(text: str) -> str:
    """A slug that could stand for a text, empty where it has no letter or digit of ASCII."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:SLUG_LENGTH_MAX].rstrip("-")


def shown(text: str) -> str:
    """A text as a message quotes it: cut to 40 characters."""
    return repr(text if len(text) <= 40 else text[:40] + "…")


_is_slug = re.compile(SLUG_PATTERN).search
