"""The settings: every `ORGLINE_…` variable with its default, its unit and its meaning, in one table.

`load` takes a mapping such as `os.environ`. What is not understood is an error that names what was probably meant: a
misspelt variable that is silently ignored is worse than one that stops the start.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from difflib import get_close_matches
from typing import Annotated, Final, Literal, get_args, get_origin, get_type_hints
from urllib.parse import urlsplit
from uuid import UUID

import msgspec
from msgspec import Meta

from events.errors import OrglineError
from events.facts import FACT_BYTES_MAX, FACTS_MAX
from events.log import PAGE_MAX
from events.register import Register
from events.writer import WAITING_MAX
from service.access.proxies import networks

PREFIX: Final = "ORGLINE_"
NOT_SETTINGS: Final = frozenset({"ORGLINE_DEBUG", "ORGLINE_LONG", "ORGLINE_IFG_DATA"})
"""Of the command line (tracebacks) and of the tests (long runs, where data lie): they say nothing to the service."""

Uuid = Annotated[str, Meta(pattern=r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\Z")]
Address = Annotated[str, Meta(pattern=r"^https?://\S+\Z")]

HubAddress = Annotated[str, Meta(pattern=r"^https?://[!$-;=?A-~]+\Z")]
"""Its address is public, so there are no credentials in it; it stands in a header between angle brackets."""


class InvalidSettings(OrglineError):
    """A setting is not known, or its value is not understood."""

    code = "invalid-settings"


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """Field `base_url` is the variable `ORGLINE_BASE_URL`, and so on; units are last in the names."""

    database_url: Annotated[
        str, Meta(min_length=1, description="Where the register is: sqlite:///FILE or postgresql+psycopg://…")
    ] = "sqlite:///orgline.db"
    migrate: Annotated[bool, Meta(description="Bring the database to the newest schema when the service starts.")] = (
        True
    )

    register_id: Annotated[
        Uuid | None,
        Meta(
            description="The id (a UUID in lower case) of the register if it is made now; by default a random one.",
        ),
    ] = None
    title: Annotated[str, Meta(min_length=1, description="The title of the register if it is made now.")] = "Orgline"
    base_url: Annotated[
        Address | None,
        Meta(
            description="The public address of the register if it is made now; by default that of host and port.",
        ),
    ] = None
    time_zone: Annotated[
        str,
        Meta(min_length=1, description="The time zone whose days count (an IANA name), if the register is made now."),
    ] = "UTC"

    host: Annotated[str, Meta(min_length=1, description="The address to listen on.")] = "127.0.0.1"
    port: Annotated[int, Meta(ge=0, le=65_535, description="The port to listen on; 0 takes a free one.")] = 8000

    trusted_proxies: Annotated[
        str,
        Meta(
            description="Addresses and networks (10.0.0.0/8), separated by commas, of proxies that are believed when "
            "they say in X-Forwarded-For whom a request comes from; this machine always is."
        ),
    ] = ""

    public_reads: Annotated[
        bool, Meta(description="Whether everybody may read; else a token of scope read is needed.")
    ] = True
    token_cache_s: Annotated[
        int,
        Meta(
            ge=0,
            le=3_600,
            description="For how long a token that was looked up is trusted, and so still works once revoked.",
        ),
    ] = 3
    session_h: Annotated[
        int, Meta(ge=1, le=720, description="For how long a browser stays signed in, at most; then one signs in anew.")
    ] = 12

    websub_hub: Annotated[
        HubAddress | None,
        Meta(
            description="The address of a hub of WebSub, which heads of feeds link to and which is told of their news; "
            "it must be able to read them."
        ),
    ] = None

    body_bytes_max: Annotated[int, Meta(ge=1, description="The largest body of a request.")] = 1_048_576
    fact_bytes_max: Annotated[
        int, Meta(ge=1, le=FACT_BYTES_MAX, description="The largest fact, in its canonical form; can only be lowered.")
    ] = FACT_BYTES_MAX
    facts_max: Annotated[
        int, Meta(ge=1, le=FACTS_MAX, description="The most facts in one request; can only be lowered.")
    ] = FACTS_MAX
    waiting_appends_max: Annotated[
        int, Meta(ge=1, description="The most appends that wait to be written; more are answered with 503.")
    ] = WAITING_MAX
    page_max: Annotated[
        int, Meta(ge=1, le=PAGE_MAX, description="The largest page of a list; can only be lowered.")
    ] = PAGE_MAX
    position_wait_ms_max: Annotated[
        int, Meta(ge=0, le=60_000, description="How long a read with min_position waits for that position.")
    ] = 5_000
    listeners_max: Annotated[
        int,
        Meta(
            ge=0,
            le=100_000,
            description="The most clients that listen or wait for events; more are answered with 503.",
        ),
    ] = 2_000
    listener_stall_s_max: Annotated[
        int,
        Meta(ge=1, le=3_600, description="How long a listener may take nothing of what is sent; then its stream ends."),
    ] = 30
    heartbeat_s: Annotated[
        int, Meta(ge=1, le=300, description="How often a stream of events tells the position it has come to.")
    ] = 10
    read_threads: Annotated[
        int, Meta(ge=1, le=256, description="Threads, and connections, that read from PostgreSQL at once.")
    ] = 16

    feed_cache_bytes_max: Annotated[
        int, Meta(ge=0, description="How much of what feeds were answered lately is kept in memory.")
    ] = 33_554_432

    log_level: Annotated[
        Literal["debug", "info", "warning", "error"], Meta(description="The least that is logged.")
    ] = "info"
    log_requests: Annotated[bool, Meta(description="Whether each request is logged, at level info.")] = False
    traces: Annotated[
        bool,
        Meta(
            description="Whether traces are sent, as OpenTelemetry's variables OTEL_… say; needs the extra telemetry."
        ),
    ] = False

    @property
    def address(self) -> str:
        """The base URL of a register that is made now, without a slash at its end."""
        if self.base_url is not None:
            return self.base_url.rstrip("/")
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"http://{host}:{self.port}"


def made_register(settings: Settings, now: int, entropy: Callable[[int], bytes]) -> Register:
    """The register that is made of the settings where there is none; `now` in microseconds since 1970 UTC."""
    return Register(
        id=settings.register_id or str(UUID(bytes=entropy(16), version=4)),
        title=settings.title,
        base_url=settings.address,
        time_zone=settings.time_zone,
        created_at=now,
    )


def variable(field: str) -> str:
    """The environment variable of a field: `base_url` is `ORGLINE_BASE_URL`."""
    return PREFIX + field.upper()


def load(environment: Mapping[str, str]) -> Settings:
    """The settings of an environment; empty values count as absent. Raises InvalidSettings."""
    known = {variable(field): field for field in Settings.__struct_fields__}
    values: dict[str, object] = {}
    for name, text in environment.items():
        if not name.startswith(PREFIX) or name in NOT_SETTINGS:
            continue
        field = known.get(name)
        if field is None:
            near = get_close_matches(name, known, 1, 0)
            raise InvalidSettings(f"there is no setting {name}; did you mean {near[0]}?")
        if text:
            values[field] = _read(name, field, text)
    _check_networks(str(values.get("trusted_proxies", "")))
    hub = values.get("websub_hub")
    if hub is not None and not _has_host(str(hub)):
        raise InvalidSettings(f"{variable('websub_hub')}={hub!r} names no host and port that there can be")
    if hub is not None and values.get("public_reads") is False:
        raise InvalidSettings(
            f"{variable('websub_hub')} needs {variable('public_reads')}=true: a hub has no token to read the feeds with"
        )
    return Settings(**values)  # type: ignore[arg-type]  # each value was converted to its field's type


def _check_networks(text: str) -> None:
    try:
        networks(text)
    except ValueError as error:
        raise InvalidSettings(f"{variable('trusted_proxies')}={text!r} is not understood: {error}") from error


def _has_host(address: str) -> bool:
    try:
        parts = urlsplit(address)
        return bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


def _read(name: str, field: str, text: str) -> object:
    try:
        return msgspec.convert(text, _TYPES[field], strict=False)
    except msgspec.ValidationError as error:
        address = "it must begin with http:// or https://, and hold nothing that cannot stand in an address"
        if "matching regex '^http" in str(error):
            words = address
        elif takes(field):
            words = f"it takes {takes(field)}"
        else:
            words = str(error).replace("`", "")
        raise InvalidSettings(f"{name}={text!r} is not understood: {words}") from error


class Described(msgspec.Struct, frozen=True):
    """A setting: its field, its default as one writes it, what it means, and what values it takes where not any."""

    field: str
    default: str
    meaning: str
    takes: str


def described() -> Iterator[Described]:
    """All settings, in the order in which they are documented."""
    for field in msgspec.structs.fields(Settings):
        meaning = next((each.description or "" for each in _notes(field.name)), "")
        yield Described(field.name, written(field.default), meaning, takes(field.name))


def written(value: object) -> str:
    """A value as it is written in the environment; empty where there is none."""
    if isinstance(value, bool):
        return str(value).lower()
    return "" if value is None else str(value)


def takes(field: str) -> str:
    """What values there can be, in words: the choices, the bounds of a number; empty where any text will do."""
    hint = _TYPES[field]
    base = get_args(hint)[0] if hasattr(hint, "__metadata__") else hint
    if base is bool:
        return "true or false"
    if get_origin(base) is Literal:
        *others, last = get_args(base)
        return f"{', '.join(others)} or {last}"
    for note in _notes(field):
        if note.ge is not None and note.le is not None:
            return f"a number from {note.ge} to {note.le}"
        if note.ge is not None:
            return f"a number, at least {note.ge}"
    return ""


def _notes(field: str) -> Iterator[Meta]:
    return (each for each in getattr(_TYPES[field], "__metadata__", ()) if isinstance(each, Meta))


_TYPES: Final = get_type_hints(Settings, include_extras=True)
