"""`orgline import` and `orgline export`: facts as JSON Lines, as CSV, and from tables of one's own by a mapping."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import IO, BinaryIO, Final

import click
import msgspec

from events import queries
from events.anomalies import Anomaly
from events.database import Database
from events.errors import Fault
from events.event import RecordedFact, read_body
from events.log import Log, microseconds
from events.queries.identifiers import Bearers
from events.vocabulary.defined import Types
from service.cli import BAD_INPUT, opening, structured
from service.cli.explaining import ExplainedCommand
from service.cli.progress import counting
from service.importing import export as exporting
from service.importing import flat, jsonl
from service.importing.intake import RECORDED_BY, Found, Intake
from service.importing.jsonl import Line
from service.importing.mapped import Lookup, Mapped, Recall
from service.importing.mapping import Mapping
from service.importing.resume import Import
from service.importing.templates import TemplateFault
from service.settings import Settings

SHOWN: Final = 10
"""How many of the first facts `--dry-run` shows."""


@click.command(
    "import",
    cls=ExplainedCommand,
    short_help="Record the facts of files, or of tables by a mapping.",
    examples=[
        "orgline import facts.jsonl",
        "orgline export | orgline --database sqlite:///other.db import -",
        "orgline import --mapping mapping.toml --dry-run bodies.csv directors.csv",
    ],
)
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="FILE…")
@click.option(
    "--mapping",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A TOML file that says what the rows of CSV files mean.",
)
@click.option("--encoding", help="The encoding of the CSV files, such as windows-1252, if it is not UTF-8.")
@click.option("--dry-run", is_flag=True, help="Show the first facts and all faults; record nothing.")
@click.option(
    "--on-error",
    type=click.Choice(["stop", "skip"]),
    help="With a mapping: record nothing if any row is faulty (stop), or all others (skip). [default: stop]",
)
@click.option("--update", is_flag=True, help="Correct what was imported from rows that have changed since.")
@click.option(
    "--complete",
    is_flag=True,
    help="With --update: the files are all there is, so retract what came from rows that are gone.",
)
@click.option(
    "--allow-many", is_flag=True, help="With --complete: retract even more than half of what stands from this source."
)
@structured.json_option
@click.pass_obj
@click.pass_context
def import_(
    context: click.Context,
    settings: Settings,
    files: tuple[Path, ...],
    mapping: Path | None,
    encoding: str | None,
    dry_run: bool,
    on_error: str | None,
    update: bool,
    complete: bool,
    allow_many: bool,
    as_json: bool,
) -> None:
    """Record the facts of files: JSON Lines or CSV as `export` writes them, or any CSV by a mapping.

    Facts that are known already are passed over, so an import that broke off is simply run again. Without a mapping, a
    bad line is reported as FILE:LINE: pointer: what, all others are recorded, and the exit code is 2. With a mapping,
    all rows are checked first, and nothing is recorded if one of them is faulty (see --on-error). What is odd about a
    fact that was recorded is told as FILE:LINE: warning: what. Mappings are explained in docs/importing.md.
    """
    if mapping is None:
        mapped_only = {
            "--dry-run": dry_run,
            "--on-error": on_error,
            "--update": update,
            "--complete": complete,
            "--allow-many": allow_many,
        }
        for option, given in mapped_only.items():
            if given:
                raise click.UsageError(f"{option} needs --mapping")
        if len(files) > 1:
            raise click.UsageError("several files need --mapping; import them one by one")
        outcome = _import_file(settings, files[0], encoding, as_json)
        context.exit(outcome)
    if complete and not update:
        raise click.UsageError("--complete goes with --update")
    if complete and on_error == "skip":
        raise click.UsageError("--complete cannot go with --on-error skip: a faulty row would count as gone")
    if allow_many and not complete:
        raise click.UsageError("--allow-many goes with --complete")
    skip = on_error == "skip"
    outcome = _import_mapped(settings, mapping, files, encoding, dry_run, skip, update, complete, allow_many, as_json)
    context.exit(outcome)


def _import_file(settings: Settings, path: Path, encoding: str | None, as_json: bool) -> int:
    name = "<stdin>" if str(path) == "-" else str(path)

    def refuse(line: Line, fault: Fault) -> None:
        click.echo(f"{name}:{line.number}: {fault.pointer or '/'}: {fault.detail}", err=True)

    def warn(line: Line, anomaly: Anomaly) -> None:
        click.echo(f"{name}:{line.number}: warning: {anomaly.detail}", err=True)

    with (
        click.open_file(str(path), "rb") as file,
        opening.database(settings) as database,
        counting("Importing", _size(file)) as progress,
    ):
        opening.its_register(database)
        opening.takes_facts(database)
        log, recorder = opening.log_of(database)
        with database.snapshot() as connection:
            recorder.definitions.refresh(connection)

        def types() -> Types:
            return recorder.definitions.types

        run = Import(log, recorder, recorded_by=RECORDED_BY, refuse=refuse, warn=warn)
        flat_file = path.suffix.lower() == ".csv"
        lines = flat.read(file, encoding, types) if flat_file else jsonl.read(file, types)
        outcome = run.run(lines, lambda line: progress(line.end))
    if as_json:
        structured.show(outcome)
    else:
        click.echo(f"{outcome.recorded} recorded, {outcome.known} known already, {outcome.refused} refused")
    return BAD_INPUT if outcome.refused else 0


def _import_mapped(
    settings: Settings,
    mapping: Path,
    files: Sequence[Path],
    encoding: str | None,
    dry_run: bool,
    skip: bool,
    update: bool,
    complete: bool,
    allow_many: bool,
    as_json: bool,
) -> int:
    faults: dict[str, None] = {}

    def tell(fault: str) -> None:
        if fault not in faults:
            faults[fault] = None
            click.echo(fault, err=True)

    def warn(line: Line, anomaly: Anomaly) -> None:
        click.echo(f"{line.place}: warning: {anomaly.detail}", err=True)

    def refuse(line: Line, fault: Fault) -> None:
        tell(f"{line.place}: {fault.pointer or '/'}: {fault.detail}")

    with opening.database(settings) as database:
        opening.takes_facts(database)
        log, recorder = opening.log_of(database)
        mapped = Mapped(Mapping(mapping), files, _lookup(database), _recall(log), encoding=encoding, tell=tell)
        options = {"update": update, "complete": complete, "allow_many": allow_many}
        with closing(Intake(log, mapped, **options, tell=tell)) as intake:
            with counting("Checking", mapped.size) as progress:
                found = intake.check(progress)
            if dry_run:
                first = intake.first(SHOWN)
                if as_json:
                    structured.show(_Summary.of(found, len(faults), first=[msgspec.Raw(text) for text in first]))
                    return BAD_INPUT if faults else 0
                for text in first:
                    click.echo(text)
                click.echo(_summary(found, len(faults), "to record"), err=True)
                return BAD_INPUT if faults else 0
            if faults and not skip:
                if as_json:
                    structured.show(_Summary.of(found, len(faults)))
                click.echo(
                    f"{len(faults)} faults: nothing was recorded (--on-error skip leaves out what is faulty)", err=True
                )
                return BAD_INPUT
            with counting("Recording", found.lines) as progress:
                run = Import(log, recorder, recorded_by=intake.recorded_by, refuse=refuse, warn=warn)
                run.run(intake.lines(), lambda line: progress(line.end))
    if as_json:
        structured.show(_Summary.of(found, len(faults), recorded=run.outcome.recorded))
    else:
        click.echo(_summary(found, len(faults), "recorded"))
    return BAD_INPUT if faults else 0


class _Summary(msgspec.Struct, kw_only=True, omit_defaults=True):
    """What a mapped import came to. `recorded` counts rows; the others facts, which a row may have several of.

    `first` are the first facts, where that was asked.
    """

    recorded: int
    new: int
    known: int
    corrected: int
    restored: int
    retracted: int
    faults: int
    first: list[msgspec.Raw] | None = None

    @classmethod
    def of(cls, found: Found, faults: int, recorded: int = 0, first: list[msgspec.Raw] | None = None) -> _Summary:
        """By what the check has found, and what was done then."""
        return cls(
            recorded=recorded,
            new=found.new,
            known=found.known,
            corrected=found.corrected,
            restored=found.restored,
            retracted=found.retracted,
            faults=faults,
            first=first,
        )


def _summary(found: Found, faults: int, done: str) -> str:
    parts = [f"{found.new} {done}", f"{found.known} known already"]
    for count, word in ((found.corrected, "corrected"), (found.restored, "restored"), (found.retracted, "retracted")):
        if count:
            parts.append(f"{count} {word}")
    return ", ".join([*parts, f"{faults} faults"])


def _lookup(database: Database) -> Lookup:
    """Looks identifiers up as they are known now and in force today; each once."""
    reads, bearers = queries.Queries(database, opening.its_register(database)), Bearers(database)
    known: dict[tuple[str, str], str | None] = {}

    def find(scheme: str, value: str) -> str | None:
        if (scheme, value) not in known:
            with database.snapshot() as connection:
                question = reads.question(connection, None, None, microseconds())
                found = bearers.find(connection, question.moment, scheme, value, question.as_of.first)
            if len(found) > 1:
                raise TemplateFault(
                    f"several organisations bear {scheme}:{value}: {', '.join(found)}; write a slug instead"
                )
            known[scheme, value] = found[0] if found else None
        return known[scheme, value]

    return find


def _recall(log: Log) -> Recall:
    """Facts as they were recorded first, but for those that were removed by law."""

    def recall(ids: Sequence[str]) -> dict[str, RecordedFact]:
        with log.database.snapshot() as connection:
            known = log.by_id(connection, ids)
        return {id_: read_body(event.body) for id_, event in known.items() if event.body is not None}

    return recall


@click.command(
    cls=ExplainedCommand,
    short_help="Write all facts, as `import` takes them.",
    examples=["orgline export > facts.jsonl", "orgline export facts.csv"],
)
@click.argument("file", type=click.File("wb", atomic=True), default="-", metavar="[FILE]")
@click.option(
    "--format", "format_", type=click.Choice(["jsonl", "csv"]), help="[default: by the file's ending, else jsonl]"
)
@click.pass_obj
def export(settings: Settings, file: IO[bytes], format_: str | None) -> None:
    """Write all facts in the order of the log and with their ids, as `import` takes them.

    As JSON Lines, or as CSV with one row a fact: id, type, effective, data (as JSON) and what else the fact has.
    """
    name = str(getattr(file, "name", ""))
    as_csv = format_ == "csv" or (format_ is None and name.lower().endswith(".csv"))
    removed = 0
    with opening.database(settings) as database:
        log = Log(database)
        with database.snapshot() as connection:
            if as_csv:
                file.write(flat.HEADER)
            for _, line in exporting.lines(log, connection):
                if line is None:
                    removed += 1
                else:
                    file.write(flat.row(line) if as_csv else line)
    if removed:
        click.echo(f"removed: {removed} facts were removed from the register and are not in the export", err=True)


def _size(file: IO[bytes] | BinaryIO) -> int | None:
    """The bytes of a file on disk."""
    if file is sys.stdin.buffer or not file.seekable():
        return None
    size = file.seek(0, 2)
    file.seek(0)
    return size
