"""`orgline append`: one fact, or several that are recorded together."""

from __future__ import annotations

from typing import Any, BinaryIO, Final

import click
import msgspec

from events import event, facts
from events.dcb import Append, AppendConditionFailed, Appended, AssumptionFailed
from events.errors import OrglineError
from events.log import Log
from events.projection import StrictlyRefused
from events.recording import VersionConflict
from events.vocabulary import TYPES
from service.cli import opening, structured
from service.cli.explaining import ExplainedCommand
from service.settings import Settings

RECORDED_BY: Final = "orgline append"
PREPARATIONS_MAX: Final = 5

_BY_OPTIONS: Final = (
    "orgline append --type name.adopted --effective 2021-11-22 "
    """--data '{"organisation": "nhsx", "name": "NHS X", "kind": "short"}'"""
)


@click.command(
    cls=ExplainedCommand,
    examples=[
        _BY_OPTIONS,
        "orgline append fact.json --strict",
        "orgline append - --json < facts.json",
    ],
)
@click.argument("file", type=click.File("rb"), required=False, metavar="[FILE]")
@click.option(
    "--type",
    "type_",
    metavar="TYPE",
    shell_complete=lambda _context, _option, begun: [each for each in TYPES if each.startswith(begun)],
    help="The type of the fact, such as name.adopted.",
)
@click.option("--effective", metavar="DATE", help="When the fact holds, in EDTF: 2021-11-22, 2021-11, 2021-23, …")
@click.option("--data", metavar="JSON", help="The data of the fact as a JSON object.")
@click.option("--strict", is_flag=True, help="Refuse facts that do not fit what is recorded.")
@structured.json_option
@click.pass_obj
def append(
    settings: Settings,
    file: BinaryIO | None,
    type_: str | None,
    effective: str | None,
    data: str | None,
    strict: bool,
    as_json: bool,
) -> None:
    """Record a fact and print its event.

    FILE holds one fact as JSON, or {"facts": […]} that are recorded together or not at all; - is standard input.
    Without FILE the fact is given by --type, --effective and --data. Each event is printed as JSON on a line of its
    own; with --json they are printed together, with what is odd about them, as the service answers.
    """
    body = _body(file, type_, effective, data)
    with opening.database(settings) as database:
        opening.its_register(database)
        opening.takes_facts(database)
        log, recorder = opening.log_of(database)
        with database.snapshot() as connection:
            request = facts.decode(body, recorder.definitions.refresh(connection))
        if strict:
            request = msgspec.structs.replace(request, strict=True)
        for _ in range(PREPARATIONS_MAX):
            with database.snapshot() as connection:
                prepared = recorder.prepare(request, RECORDED_BY, connection)
            outcome = _commit(log, prepared)
            if not isinstance(outcome, AssumptionFailed):
                break
        if isinstance(outcome, AppendConditionFailed):
            with database.snapshot() as connection:
                raise VersionConflict(recorder.versions(connection, request.expect))
    if isinstance(outcome, OrglineError):
        raise outcome
    if as_json:
        warned = {"warnings": outcome.answer} if outcome.answer else {}
        structured.show({"events": [msgspec.Raw(event.json(each)) for each in outcome.events], **warned})
        return
    for each in outcome.events:
        click.echo(event.json(each))
    for warning in outcome.answer or ():
        click.echo(f"warning: {warning.detail}", err=True)


def _commit(log: Log, prepared: Append) -> Appended | OrglineError:
    try:
        (outcome,) = log.commit([prepared])
    except StrictlyRefused as refused:
        for warning in refused.warnings:
            click.echo(f"warning: {warning.detail}", err=True)
        raise
    return outcome


def _body(file: BinaryIO | None, type_: str | None, effective: str | None, data: str | None) -> bytes:
    stated = {"type": type_, "effective": effective, "data": data}
    if file is not None:
        if any(value is not None for value in stated.values()):
            raise click.UsageError("give either FILE, or --type, --effective and --data")
        return file.read()
    if type_ is None or data is None:
        raise click.UsageError("give FILE (- is standard input), or --type, --effective and --data")
    fact: dict[str, Any] = {"type": type_, "data": _object(data)}
    if effective is not None:
        fact["effective"] = effective
    return msgspec.json.encode(fact)


def _object(text: str) -> msgspec.Raw:
    try:
        msgspec.json.decode(text)
        return msgspec.Raw(text.encode())
    except (msgspec.DecodeError, UnicodeEncodeError) as error:
        raise click.BadParameter(f"no JSON: {error}", param_hint="--data") from error
