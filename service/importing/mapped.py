"""A mapping at work: from the rows of its tables to facts, each with the place that it comes from.

Ids follow from the source's name, the fact's name in the mapping and the row's key (UUID of version 5), so that the
same row always makes the same fact, in whatever order and however often it is read.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any, Final
from uuid import UUID, uuid5

import msgspec

from events import facts
from events.errors import Fault, OrglineError
from events.event import Fact, RecordedFact
from events.subjects import KINDS
from events.vocabulary import TYPES
from events.vocabulary.faults import nearest
from service.importing import templates
from service.importing.jsonl import BATCH_LINES_MAX
from service.importing.mapping import (
    FactSpec,
    InvalidMapping,
    Mapping,
    Path_,
    Reference,
    SourceSpec,
    columns,
    references,
)
from service.importing.rows import Broken, Index, Row, Table
from service.importing.slugs import Slugs
from service.importing.templates import ROW, Environment, Scope, Template, TemplateFault

NAMESPACE: Final = UUID("7f1a7c52-3bb0-5d0e-9a0b-54b6d3a1c6e2")
"""Of the ids that are derived from a source, a fact's name and a row's key. Never to be changed."""

Told = Callable[[str], None]
"""Takes a fault in words, with file and line."""


Lookup = Callable[[str, str], str | None]
"""The slug of the organisation that bears an identifier (scheme, value) in the register; None if there is none."""


Recall = Callable[[Sequence[str]], dict[str, RecordedFact]]
"""The facts of the register that have these ids, as they were recorded first; those that there are."""


class Made(msgspec.Struct, frozen=True):
    """A fact that was made from a row: where that is, the fact, and its plain JSON."""

    place: str
    fact: Fact
    json: bytes


class Mapped:
    """A mapping with its files. `tell` is told every fault of every row."""

    def __init__(
        self,
        mapping: Mapping,
        paths: Sequence[Path],
        lookup: Lookup,
        recall: Recall,
        *,
        encoding: str | None = None,
        tell: Told = lambda _: None,
    ) -> None:
        """Reads the headers and what joins and ids need. Raises InvalidMapping, UnreadableFile."""
        self._mapping, self.spec = mapping, mapping.spec
        self._tell = tell
        self._lookup, self._recall = lookup, recall
        self.tables = self._opened(paths, encoding)
        self._environment = Environment({"id": self._id, "lookup": self._identified}, self.spec.ids)
        self._scopes: dict[str, Scope] = {}
        self._joins: dict[str, list[_Join]] = {}
        for name in self.spec.tables:
            self._join(name)
        self._slugs: dict[str, Slugs] = {}
        self._makers: dict[str, list[_Maker]] = {}
        for n, fact in enumerate(self.spec.facts):
            self._makers.setdefault(fact.table, []).append(_Maker(self, n, fact))
        for name in self.spec.ids:
            self._slugs[name] = self._read_slugs(name)
        for makers in self._makers.values():
            _order(makers, mapping)

    @property
    def size(self) -> int:
        """The bytes of all files from which facts are made."""
        return sum(self.tables[name].path.stat().st_size for name in self._makers)

    def facts(self, progress: Callable[[int], None] = lambda _: None) -> Iterator[Made]:
        """All facts of all rows; those of one row in an order in which none names a later one."""
        done = 0
        for name, makers in self._makers.items():
            table, keys = self.tables[name], self._key_places(name)
            seen: dict[UUID, int] = {}

            def read(count: int, done: int = done) -> None:
                progress(done + count)

            for line, cells in table.rows(self._broken(table), read):
                place = f"{table.name}:{line}"
                key = tuple(cells[at] for at in keys)
                earlier = seen.setdefault(uuid5(NAMESPACE, "\n".join(key)), line)
                if earlier != line:
                    words = ", ".join(columns(self.spec.tables[name].key))
                    self._tell(f"{place}: {words}: line {earlier} has the same key: the key must tell all rows apart")
                    continue
                values = self.values(name, place, cells)
                if values is not None:
                    for maker in makers:
                        made = maker.make(place, key, values)
                        if made is not None:
                            yield made
            done += table.path.stat().st_size
            progress(done)

    def values(self, name: str, place: str, cells: Sequence[str]) -> dict[str, Any] | None:
        """What templates may name of a row; None, and a fault told, where a row that it needs is not there."""
        table = self.tables[name]
        values: dict[str, Any] = dict(zip(table.columns, cells, strict=True))
        values[ROW] = Row(table.at, cells)
        for join in self._joins[name]:
            try:
                key = tuple(str(part.value(values) or "") for part in join.by)
                found = join.index.find(key)
            except TemplateFault as fault:
                self._tell(f"{place}: {', '.join(join.columns)}: {fault}")
                return None
            except KeyError:
                words = f"several rows of {join.index.table.name} have {join.shown(key)}: give more columns in `on`"
                self._tell(f"{place}: {', '.join(join.columns)}: {words}")
                return None
            if found is None and not join.optional:
                words = f"no row of {join.index.table.name} has {join.shown(key)}"
                self._tell(f"{place}: {', '.join(join.columns)}: {words}; where that may be so, say optional = true")
                return None
            values[join.alias] = join.index.absent if found is None else found
        return values

    def template(
        self, where: Path_, table: str, text: str, *, condition: bool = False, unmade: Collection[str] = ()
    ) -> Template:
        """A template over a table's columns, naming none of the ids `unmade`. Raises InvalidMapping with its place."""
        make = self._environment.condition if condition else self._environment.template
        try:
            return make(text, self._scopes[table], unmade)
        except TemplateFault as fault:
            raise self._mapping.fault(where, str(fault)) from None

    def tell(self, place: str, columns_: Sequence[str], detail: str) -> None:
        """Tell a fault of a row."""
        self._tell(f"{place}: {', '.join(columns_)}: {detail}" if columns_ else f"{place}: {detail}")

    def id_of(self, fact: str, key: Sequence[str]) -> str:
        """The id of the fact that a template makes from the row with this key."""
        return str(uuid5(NAMESPACE, "\n".join(map(_escaped, (self.spec.source.name, fact, *key)))))

    def _opened(self, paths: Sequence[Path], encoding: str | None) -> dict[str, Table]:
        wanted = {spec.file or f"{name}.csv": name for name, spec in self.spec.tables.items()}
        given: dict[str, Path] = {}
        for path in paths:
            if path.is_dir():
                given.update((file, path / file) for file in wanted if (path / file).is_file())
                continue
            if path.name not in wanted:
                raise InvalidMapping(
                    f"the mapping has no table for {path.name}; {nearest(path.name, wanted, 'its files')}"
                )
            given[path.name] = path
        missing = [file for file in wanted if file not in given]
        if missing:
            raise InvalidMapping(f"the mapping also needs {', '.join(missing)}: name all of its files")
        return {
            name: Table(
                given[file],
                encoding=encoding or self.spec.tables[name].encoding,
                delimiter=self.spec.tables[name].delimiter,
            )
            for file, name in wanted.items()
        }

    def _join(self, name: str) -> None:
        spec, table = self.spec.tables[name], self.tables[name]
        scope: dict[str, Any] = {ROW: table.at}
        self._scopes[name], self._joins[name] = scope, []
        for column in columns(spec.key):
            self._column(("tables", name, "key"), name, column)
        for alias, join in spec.join.items():
            where = ("tables", name, "join", alias)
            if alias in table.at or alias == ROW:
                raise self._mapping.fault(where, f"{table.name} has a column {alias}: call the join otherwise")
            on = columns(join.on or self.spec.tables[join.table].key)
            for column in on:
                self._column((*where, "on"), join.table, column)
            by = columns(join.by)
            if len(by) != len(on):
                raise self._mapping.fault(
                    (*where, "by"), f"by has {len(by)} columns, on has {len(on)}: as many of each"
                )
            unmade = self.spec.ids  # rows are joined before any slug is made
            parts = [self.template((*where, "by"), name, each, condition=True, unmade=unmade) for each in by]
            self._joins[name].append(_Join(alias, parts, _Indexed(self.tables[join.table], on), join.optional))
            scope[alias] = self.tables[join.table].at

    def _column(self, where: Path_, table: str, column: str) -> None:
        known = self.tables[table]
        if column not in known.at:
            words = f"{known.name} has no column {column!r}; {nearest(column, known.at, 'its columns')}"
            raise self._mapping.fault(where, words)

    def _key_places(self, name: str) -> list[int]:
        return [self.tables[name].at[column] for column in columns(self.spec.tables[name].key)]

    def _broken(self, table: Table) -> Callable[[Broken], None]:
        return lambda broken: self._tell(f"{table.name}:{broken.line}: {broken.detail}")

    def _read_slugs(self, name: str) -> Slugs:
        spec = self.spec.ids[name]
        table = self.tables[spec.table]
        key = columns(spec.key or self.spec.tables[spec.table].key)
        for column in key:
            self._column(("ids", name, "key"), spec.table, column)
        unmade = [each for each in self.spec.ids if each not in self._slugs]
        parts = {
            part: None if text is None else self.template(("ids", name, part), spec.table, text, unmade=unmade)
            for part, text in (
                ("slug", spec.slug),
                ("distinguish", spec.distinguish),
                ("order", spec.order),
                ("lookup", spec.lookup),
            )
        }
        slugs, rows = Slugs(), dict[tuple[str, ...], tuple[str, ...]]()
        places = [table.at[column] for column in key]
        for line, cells in table.rows(lambda _: None):
            place = f"{table.name}:{line}"
            values = self.values(spec.table, place, cells)
            if values is None:
                continue
            try:
                filled = {part: "" if each is None else str(each.value(values) or "") for part, each in parts.items()}
                scheme, _, value = filled["lookup"].partition(":")
                known = self._lookup(scheme, value) if value else None
            except TemplateFault as fault:
                self._tell(f"{place}: ids {name}: {fault}")
                continue
            made = tuple(cells[at] for at in places)
            rows[tuple(cells[at] for at in self._key_places(spec.table))] = made
            slugs.add(
                made, templates.slug(filled["slug"]), filled["order"], templates.slug(filled["distinguish"]), known
            )
        for fact, attribute in self._bearers(name, key):
            for row, slug in self._earlier(fact, attribute, rows):
                slugs.keep(rows[row], slug)
        slugs.settle()
        return slugs

    def _bearers(self, name: str, key: tuple[str, ...]) -> Iterator[tuple[FactSpec, str]]:
        """The facts, each with an attribute of its data, that bear what `[ids.NAME]` gives to the key of their own row.

        Only where the key is part of the row's, so that the id of the fact tells the key, whatever else has changed.
        """
        table = self.spec.ids[name].table
        if not set(key) <= set(columns(self.spec.tables[table].key)):
            return
        for fact in self.spec.facts:
            if fact.table == table:
                for field in (TYPES[fact.type].fields[given] for given in fact.data):
                    text = fact.data[field.name]
                    one = field.kind in KINDS and not field.many and isinstance(text, str)
                    if one and self._environment.key_of_id(text) == (name, key):
                        yield fact, field.attribute

    def _earlier(
        self, fact: FactSpec, attribute: str, rows: Iterable[tuple[str, ...]]
    ) -> Iterator[tuple[tuple[str, ...], str]]:
        """The slugs that the facts bear which earlier imports made from the rows with these keys, each with the key."""
        remaining = iter(rows)
        while batch := {self.id_of(fact.name, row): row for row in islice(remaining, BATCH_LINES_MAX)}:
            for id_, recorded in self._recall(list(batch)).items():
                slug = getattr(recorded.data, attribute) if recorded.type == fact.type else None
                if slug:
                    yield batch[id_], slug

    def _id(self, value: Any, name: str, *more: Any) -> str | None:
        """The filter `id`: the slug of a key; nothing for an empty key."""
        key = tuple("" if part is None else str(part) for part in (value, *more))
        if not any(key):
            return None
        found = self._slugs[name].of(key)
        if found is None:
            file = self.tables[self.spec.ids[name].table].name
            raise TemplateFault(f"no row of {file} has the key {', '.join(key)!r}, from which the id would be made")
        return found

    def _identified(self, value: Any, scheme: str) -> str | None:
        """The filter `lookup`: the slug of the organisation that bears an identifier in the register."""
        if not value:
            return None
        found = self._lookup(scheme, str(value))
        if found is None:
            raise TemplateFault(f"no organisation of the register bears the identifier {scheme}:{value}")
        return found


class _Indexed:
    """An index that is read when it is first asked."""

    def __init__(self, table: Table, on: Sequence[str]) -> None:
        self.table, self.on = table, on
        self._index: Index | None = None

    @property
    def absent(self) -> Row:
        return Row(self.table.at, None)

    def find(self, key: tuple[str, ...]) -> Row | None:
        if self._index is None:
            self._index = Index(self.table, self.on)
        return self._index.find(key)


class _Join(msgspec.Struct, frozen=True):
    alias: str
    by: list[Template]
    index: _Indexed
    optional: bool

    @property
    def columns(self) -> list[str]:
        return [column for part in self.by for column in part.columns]

    def shown(self, key: Sequence[str]) -> str:
        return " and ".join(f"{name} {value!r}" for name, value in zip(self.index.on, key, strict=True))


class _Maker:
    """Makes one fact a row."""

    def __init__(self, mapped: Mapped, n: int, spec: FactSpec) -> None:
        self.spec, self.number = spec, n
        self._mapped = mapped
        here: Path_ = ("facts", n)

        def template(text: str | None, *where: str | int, condition: bool = False) -> Template | None:
            return None if text is None else mapped.template((*here, *where), spec.table, text, condition=condition)

        def plan(value: Any, *where: str | int) -> Any:
            if isinstance(value, str):
                return template(value, *where)
            if isinstance(value, list):
                return [plan(each, *where) for each in value]
            if isinstance(value, dict):
                return {name: plan(each, *where, name) for name, each in value.items()}
            return value

        self._when = template(spec.when, "when", condition=True)
        self._envelope = {
            name: template(text, name)
            for name, text in (("effective", spec.effective), ("fulfils", spec.fulfils), ("note", spec.note))
            if text is not None
        }
        self._data = plan(spec.data, "data")
        self._source: dict[str, Template | None] = {}
        for name in SourceSpec.__struct_fields__:
            own = None if spec.source is None else getattr(spec.source, name)
            text = own or getattr(mapped.spec.source, name)
            if text is not None:
                where: Path_ = (*here, "source", name) if own else ("source", name)
                self._source[name] = mapped.template(where, spec.table, text)
        self.references = [reference for _, reference in references(n, spec)]
        self._keys = {
            id(reference): [mapped.template(where, spec.table, part) for part in columns(reference.key or ())]
            for (where, _), reference in zip(references(n, spec), self.references, strict=True)
        }

    def make(self, place: str, key: tuple[str, ...], values: dict[str, Any]) -> Made | None:
        filling: Template | None = None

        def fill(template: Any) -> Any:
            nonlocal filling
            if isinstance(template, Template):
                filling = template
                return template.value(values)
            if isinstance(template, list):
                return [each for each in map(fill, template) if each is not None]
            if isinstance(template, dict):
                return {name: each for name, part in template.items() if (each := fill(part)) is not None}
            return template

        try:
            if self._when is not None and not fill(self._when):
                return None
            stated: dict[str, Any] = {"id": self._mapped.id_of(self.spec.name, key), "type": self.spec.type}
            stated.update(fill(self._envelope))
            stated["data"] = fill(self._data)
            source = fill(self._source)
            if source:
                stated["sources"] = [source]
            mentions = [self._id_of(reference, key, fill) for reference in self.references]
        except TemplateFault as fault:
            self._mapped.tell(place, filling.columns if filling is not None else (), f"{self.spec.name}: {fault}")
            return None
        if self.spec.follows:
            stated["follows"] = mentions[: len(self.spec.follows)]
        if self.spec.ends is not None:
            stated["ends"] = mentions[-1]
        text = msgspec.json.encode(stated)
        try:
            (fact,) = facts.decode(text).facts
        except facts.InvalidFacts as invalid:
            for each in invalid.faults:
                self._mapped.tell(place, self._columns(each), f"{self.spec.name}, {each.pointer or '/'}: {each.detail}")
            return None
        except OrglineError as error:
            self._mapped.tell(place, (), f"{self.spec.name}: {error.message}")
            return None
        return Made(place, fact, text)

    def _id_of(self, reference: Reference, key: tuple[str, ...], fill: Callable[[Any], Any]) -> str:
        parts = self._keys[id(reference)]
        other = tuple(str(fill(part) or "") for part in parts) if parts else key
        return self._mapped.id_of(reference.fact, other)

    def _columns(self, fault: Fault) -> Sequence[str]:
        """The columns that a faulty field was made from."""
        plan: Any = {"data": self._data, "sources": [self._source], **self._envelope}
        for part in fault.pointer.split("/")[1:]:
            if isinstance(plan, dict):
                plan = plan.get(part)
            elif isinstance(plan, list):
                plan = plan[int(part)] if part.isdigit() and int(part) < len(plan) else None
        return plan.columns if isinstance(plan, Template) else ()


def _order(makers: list[_Maker], mapping: Mapping) -> None:
    """Facts of one row in an order in which none names a later one. Raises InvalidMapping for a circle."""
    placed: list[str] = []
    waiting = list(makers)
    own = {maker.spec.name for maker in makers}
    while waiting:
        ready = [
            maker
            for maker in waiting
            if all(each.key is not None or each.fact in placed or each.fact not in own for each in maker.references)
        ]
        if not ready:
            raise mapping.fault(("facts", waiting[0].number), "its `ends` and `follows` form a circle")
        placed.extend(maker.spec.name for maker in ready)
        waiting = [maker for maker in waiting if maker not in ready]
    makers.sort(key=lambda maker: placed.index(maker.spec.name))


def _escaped(part: str) -> str:
    return part.replace("\\", "\\\\").replace("\n", "\\n")
