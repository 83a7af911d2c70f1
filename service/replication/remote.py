"""Another register over HTTP, asked with care: little at a time, only for what is new, bounded, never in haste.

Addresses are made from the one that was given, not taken from the documents: a mirror may serve the documents of the
register that it repeats, whose links lead there.
"""

from __future__ import annotations

import re
import time
import zlib
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

import httpx
import msgspec

from events.errors import OrglineError
from feeds.atom import MEDIA_TYPE
from service.backoff import PASSING, retry_after
from service.replication import documents
from service.replication.documents import Document, UnreadableDocument
from service.version import version

HEAD: Final = "/feeds/all.atom"
EVENT_STREAM: Final = "text/event-stream"
DOCUMENT_BYTES_MAX: Final = 67_108_864
"""Of a document: up to 199 entries, and the largest fact is 64 KiB."""
LOG_BYTES_MAX: Final = 65_536
ANSWER_S_MAX: Final = 300
"""The longest that one answer may take to arrive."""
SILENCE_S_MAX: Final = 30
"""The longest wait for the next byte of it."""
LINE_BYTES_MAX: Final = 1_048_576
"""Of a line of a stream: one event, and the largest fact is 64 KiB."""
STREAM_SILENCE_S_MAX: Final = 60
"""A stream that says nothing for so long, not even where it is, is taken for broken."""
REDIRECTS_MAX: Final = 5
NOT_YET: Final = PASSING | {404}
"""The same for what is known to be there: another node may have come less far."""


class RemoteFailed(OrglineError):
    """The other register does not answer as it should, which may pass. `retry_after`: seconds that it asks for."""

    code = "remote-failed"

    def __init__(self, message: str, retry_after: float = 0) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class RemoteRefused(OrglineError):
    """The other register will not answer, however often it is asked."""

    code = "remote-refused"


class LogHead(msgspec.Struct, frozen=True):
    """How many events the log has, and the root hash of its tree."""

    size: int
    root_hash: str


class _Unchanged(Exception):
    """What is asked for is as it was."""


class Remote:
    """A register at an address, asked by a client that `client_for` made."""

    def __init__(self, address: str, client: httpx.Client) -> None:
        self.address = address.rstrip("/").removesuffix(HEAD)
        self._client = client
        self._etag: str | None = None

    def head(self) -> Document | None:
        """The newest events: at first all of the head document, then those that came since; None where none did.

        Raises RemoteFailed, RemoteRefused.
        """
        headers = {"accept": MEDIA_TYPE, "cache-control": "no-cache"}
        if self._etag is not None:
            headers |= {"a-im": "feed", "if-none-match": self._etag}
        try:
            answer, content = self._get(HEAD, headers, DOCUMENT_BYTES_MAX, conditional=True)
        except _Unchanged:
            return None
        document = self._read(HEAD, content)
        self._etag = answer.headers.get("etag")
        return document

    def forget(self) -> None:
        """Ask for all of the head document the next time."""
        self._etag = None

    def archive(self, number: int) -> Document:
        """A hundred older events. Raises RemoteFailed, RemoteRefused."""
        path = f"/feeds/all/archive/{number}.atom"
        return self._read(path, self._get(path, {"accept": MEDIA_TYPE}, DOCUMENT_BYTES_MAX, NOT_YET)[1])

    def log(self) -> LogHead:
        """How far the log has come. Raises RemoteFailed, RemoteRefused."""
        _, content = self._get("/log", {"accept": "application/json", "cache-control": "no-cache"}, LOG_BYTES_MAX)
        try:
            return msgspec.json.decode(content, type=LogHead)
        except (msgspec.MsgspecError, RecursionError) as error:
            raise RemoteRefused(f"{self.address}/log is not what a register says of its log: {error}") from error

    def news(self, after: int) -> Iterator[int]:
        """The positions that the log comes to after one, and at times where it is, by server-sent events, without end.

        Raises RemoteRefused where there is no such stream, RemoteFailed where it breaks.
        """
        address = f"{self.address}/events/stream"
        timeout = httpx.Timeout(SILENCE_S_MAX, read=STREAM_SILENCE_S_MAX)
        headers = {"accept": EVENT_STREAM, "accept-encoding": "identity", "cache-control": "no-store"}
        try:
            with self._client.stream(
                "GET", address, params={"after": after}, headers=headers, timeout=timeout
            ) as answer:
                self._check(address, answer)
                media_type = answer.headers.get("content-type", "")
                if not media_type.startswith(EVENT_STREAM) or _coding(answer) != "identity":
                    raise RemoteRefused(f"{address} is no stream of events")
                yield from _ids(address, answer.iter_raw())
        except httpx.HTTPError as error:
            raise _failed(address, error) from error
        raise RemoteFailed(f"{address} has ended")

    def _read(self, path: str, content: bytes) -> Document:
        try:
            return documents.read(content)
        except UnreadableDocument as error:
            raise RemoteRefused(f"{self.address}{path} cannot be read: {error.message}") from error

    def _get(
        self,
        path: str,
        headers: Mapping[str, str],
        bytes_max: int,
        passing: frozenset[int] = PASSING,
        *,
        conditional: bool = False,
    ) -> tuple[httpx.Response, bytes]:
        address = f"{self.address}{path}"
        until = time.monotonic() + ANSWER_S_MAX
        content = bytearray()
        try:
            with self._client.stream("GET", address, headers=headers) as answer:
                if conditional and answer.status_code == 304:
                    raise _Unchanged
                self._check(address, answer, passing)
                for part in _parts(address, answer, bytes_max):
                    content += part
                    if len(content) > bytes_max:
                        raise RemoteRefused(f"{address} is larger than {bytes_max} bytes, which no such document is")
                    if time.monotonic() > until:
                        raise RemoteFailed(f"{address} takes longer than {ANSWER_S_MAX} s")
        except httpx.HTTPError as error:
            raise _failed(address, error) from error
        return answer, bytes(content)

    def _check(self, address: str, answer: httpx.Response, passing: frozenset[int] = PASSING) -> None:
        """Raises RemoteFailed or RemoteRefused unless the answer is what was asked for."""
        status = answer.status_code
        if status in (200, 226):
            return
        told = f"{address} answers {status} {answer.reason_phrase}".rstrip()
        if status in passing:
            raise RemoteFailed(told, retry_after(answer.headers.get("retry-after")))
        if status in (401, 403):
            raise RemoteRefused(f"{told}: give a token with the scope read (--token-file)")
        raise RemoteRefused(f"{told}: is there a register at {self.address}?")


def client_for(token: str | None, transport: httpx.BaseTransport | None = None) -> httpx.Client:
    """A client that says who it is. Documents are asked for in gzip, in which archives are kept.

    transport: what carries its requests, if not the network.
    """
    headers = {"user-agent": f"Orgline/{version()} (orgline follow)", "accept-encoding": "gzip"}
    if token is not None:
        headers["authorization"] = f"Bearer {token}"
    client = httpx.Client(headers=headers, timeout=SILENCE_S_MAX, follow_redirects=True, transport=transport)
    client.max_redirects = REDIRECTS_MAX
    return client


def _failed(address: str, error: httpx.HTTPError) -> RemoteFailed:
    told = str(error).strip()
    return RemoteFailed(f"{address} does not answer: {type(error).__name__}{': ' if told else ''}{told}")


def _coding(answer: httpx.Response) -> str:
    return str(answer.headers.get("content-encoding", "identity")).strip().lower()


def _parts(address: str, answer: httpx.Response, bytes_max: int) -> Iterator[bytes]:
    """The content as it arrives, of gzip no more at once than is wanted in all: a few bytes may stand for gigabytes."""
    coding = _coding(answer)
    if coding == "identity":
        yield from answer.iter_raw()
        return
    if coding not in ("gzip", "x-gzip"):
        raise RemoteRefused(f"{address} comes in the coding {coding[:40]}, which was not asked for")
    inflating = zlib.decompressobj(zlib.MAX_WBITS | 16)
    try:
        for part in answer.iter_raw():
            yield inflating.decompress(part, bytes_max + 1)
    except zlib.error as error:
        raise RemoteFailed(f"{address} is no gzip: {error}") from error
    if not inflating.eof:
        raise RemoteFailed(f"{address} ends too early")


def _ids(address: str, parts: Iterable[bytes]) -> Iterator[int]:
    """The ids of server-sent events; their data is looked up elsewhere, so it is not kept."""
    rest, id_ = b"", b""
    for part in parts:
        *lines, rest = (rest + part).split(b"\n")
        if len(rest) > LINE_BYTES_MAX:
            raise RemoteRefused(f"{address} has a line of more than {LINE_BYTES_MAX} bytes, which no event has")
        for line in map(bytes.strip, lines):
            if line.startswith(b"id:"):
                id_ = line[3:].strip()
            elif not line and _NUMBER(id_):
                yield int(id_)
                id_ = b""


_NUMBER: Final = re.compile(rb"[0-9]{1,16}").fullmatch
