"""Templates and conditions over the columns of a row: Jinja in its sandbox, with braces of one character.

`{start_date}` is a column, `{post.name}` a column of a joined table, `{row['Start date']}` a column whose name is no
plain word. A template that is one pair of braces has the value of its expression; any other is text. Columns and
filters are checked when a template is made, before any row is read.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any, Final

from jinja2 import StrictUndefined, TemplateError, nodes
from jinja2.runtime import Context
from jinja2.sandbox import ImmutableSandboxedEnvironment

from events.subjects import SLUG_LENGTH_MAX
from events.vocabulary.faults import nearest

ROW: Final = "row"
"""The name of the row itself in templates."""

TEXT_CHARACTERS_MAX: Final = 1 << 16
"""How long a text may become in a template, also on the way to its result: as long as a whole fact may be in bytes."""

Scope = Mapping[str, Collection[str]]
"""The columns that a template may name: of the row itself (under ROW) and of each table joined to it."""


class TemplateFault(Exception):
    """A template cannot be read; or, when it is filled, a value is none that a filter takes."""


class _Sandbox(ImmutableSandboxedEnvironment):
    """Jinja's sandbox without the operators that make much of little: those are for numbers here."""

    intercepted_binops = frozenset({"*", "%", "**"})

    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:
        if operator == "**" or not (isinstance(left, int | float) and isinstance(right, int | float)):
            raise TemplateFault(f"{operator} cannot stand here: of operators with two sides, * and % take numbers only")
        return super().call_binop(context, operator, left, right)


class Environment:
    """Makes the templates of one mapping. `filters` are those that need the mapping's own tables or the register."""

    def __init__(self, filters: Mapping[str, Callable[..., Any]], ids: Collection[str] = ()) -> None:
        self._ids = ids
        self._jinja = _Sandbox(
            variable_start_string="{",
            variable_end_string="}",
            block_start_string="{%",
            block_end_string="%}",
            comment_start_string="{#",
            comment_end_string="#}",
            undefined=StrictUndefined,
            autoescape=False,
        )
        self._jinja.globals.clear()
        own = {"date": date, "join": join, "replace": replace, "slug": slug, "year": year}
        kept = {name: self._jinja.filters[name] for name in _KEPT}
        self._jinja.filters = {**kept, **own, **filters}

    @property
    def filters(self) -> list[str]:
        """The names of all filters."""
        return sorted(self._jinja.filters)

    def template(self, text: str, scope: Scope, unmade: Collection[str] = ()) -> Template:
        """`unmade` are the ids that it cannot name, since it is filled before they are made. Raises TemplateFault."""
        found = self._checked(text, scope, unmade)
        parts: list[str | Callable[[dict[str, Any]], Any]] = []
        columns: list[str] = []
        for literal, expression in self._parts(text):
            if literal is not None:
                parts.append(literal)
            else:
                parts.append(self._expression(expression, scope))
        columns.extend(dict.fromkeys(_columns(found)))
        return Template(text, tuple(parts), tuple(columns))

    def condition(self, text: str, scope: Scope, unmade: Collection[str] = ()) -> Template:
        """An expression without braces, otherwise as `template`. Raises TemplateFault."""
        found = self._checked("{" + text + "}", scope, unmade)
        return Template(text, (self._expression(text, scope),), tuple(dict.fromkeys(_columns(found))))

    def _parts(self, text: str) -> Iterator[tuple[str | None, str]]:
        """(text, "") and (None, expression), in turn, as Jinja's own lexer tells them apart."""
        expression: list[str] | None = None
        for _, kind, value in self._jinja.lex(text):
            if kind == "variable_begin":
                expression = []
            elif kind == "variable_end":
                assert expression is not None
                yield None, "".join(expression).strip()
                expression = None
            elif expression is not None:
                expression.append(value)
            else:
                yield value, ""

    def _expression(self, text: str, scope: Scope) -> Callable[[dict[str, Any]], Any]:
        if text in scope[ROW] and _is_word(text):
            return lambda values: values[text]  # the common case, without Jinja
        return self._jinja.compile_expression(text, undefined_to_none=False)

    def key_of_id(self, text: str) -> tuple[str, tuple[str, ...]] | None:
        """Of a template that is nothing but `{column | id('NAME')}`: the name and the columns; None of any other."""
        match self._jinja.parse(text).body:
            case [nodes.Output(nodes=[nodes.Filter(name="id", args=[nodes.Const(value=str(name)), *more]) as asked])]:
                columns = [_plain_column(part) for part in (asked.node, *more)]
                return (name, tuple(filter(None, columns))) if None not in columns else None
        return None

    def _checked(self, text: str, scope: Scope, unmade: Collection[str]) -> nodes.Template:
        try:
            parsed = self._jinja.parse(text)
        except TemplateError as error:
            raise TemplateFault(
                f"{text!r} is no template: {error.message}; write {{column}} or {{column | filter}}"
            ) from None
        for node in parsed.body:
            if not isinstance(node, nodes.Output):
                raise TemplateFault(f"{text!r}: only {{column}} and {{column | filter}} can stand in a template")
        if parsed.find(nodes.Call) is not None:
            raise TemplateFault(f"{text!r}: nothing can be called but filters: write {{column | filter}}")
        for filter_ in parsed.find_all(nodes.Filter):
            if filter_.name not in self._jinja.filters:
                words = nearest(filter_.name, self._jinja.filters, "the filters")
                raise TemplateFault(f"there is no filter {filter_.name}; {words}")
            self._check_ids(filter_, unmade)
        for name, column in _named(parsed):
            if name not in scope and (column is not None or name not in scope[ROW]):
                words = nearest(name, [*scope[ROW], *(each for each in scope if each != ROW)], "the columns")
                raise TemplateFault(f"there is no column {name}; {words}")
            if column is not None and name in scope and column not in scope[name]:
                raise TemplateFault(f"{name} has no column {column}; {nearest(column, scope[name], 'its columns')}")
        return parsed

    def _check_ids(self, filter_: nodes.Filter, unmade: Collection[str]) -> None:
        if filter_.name != "id":
            return
        first = filter_.args[0] if filter_.args else None
        if not isinstance(first, nodes.Const):
            raise TemplateFault("the filter id needs the name of one of the mapping's ids: {column | id('person')}")
        if first.value not in self._ids:
            raise TemplateFault(f"there are no ids {first.value!r}; {nearest(str(first.value), self._ids, 'the ids')}")
        if first.value in unmade:
            words = "ids can name only those above them in the mapping, and joins none"
            raise TemplateFault(f"id('{first.value}') cannot stand here, since it is not made yet: {words}")


class Template:
    """A template that is ready to be filled, and the columns that it names, as people know them."""

    __slots__ = ("_constant", "_parts", "columns", "text")

    def __init__(
        self, text: str, parts: tuple[str | Callable[[dict[str, Any]], Any], ...], columns: tuple[str, ...]
    ) -> None:
        self.text = text
        self._parts = parts
        self._constant = "".join(map(str, parts)).strip() if all(isinstance(part, str) for part in parts) else None
        self.columns = columns

    def value(self, values: dict[str, Any]) -> Any:
        """Filled from a row; None where nothing comes out. Raises TemplateFault."""
        if self._constant is not None:
            return self._constant or None
        try:
            if len(self._parts) == 1:
                (part,) = self._parts
                filled = part if isinstance(part, str) else part(values)
            else:
                filled = "".join(part if isinstance(part, str) else _text(part(values)) for part in self._parts)
        except TemplateError as error:
            raise TemplateFault(error.message or str(error)) from None
        except (TypeError, ValueError, ArithmeticError) as error:
            raise TemplateFault(f"{self.text}: {error}") from None
        if isinstance(filled, str):
            _bounded(len(filled))
            filled = filled.strip()
        return None if filled == "" else filled


def date(text: str, *patterns: str) -> str:
    """A date in one of these patterns of strptime as EDTF, no finer than the pattern; empty where there is none."""
    text = text.strip()
    if not text:
        return ""
    for pattern in patterns:
        try:
            read = datetime.strptime(text, pattern)  # noqa: DTZ007 (a day, without a time)
        except ValueError:
            continue
        day, month = _has(pattern, "djxDF"), _has(pattern, "mbBjxDF")
        return read.strftime("%Y-%m-%d" if day else "%Y-%m" if month else "%Y").zfill(10 if day else 7 if month else 4)
    raise TemplateFault(f"{text!r} is no date of the form {' or '.join(patterns)}")


def join(parts: Iterable[Any], between: str = "") -> str:
    """The parts as one text."""
    texts = [str(part) for part in parts]
    _bounded(sum(map(len, texts)) + len(between) * max(len(texts) - 1, 0))
    return between.join(texts)


def replace(given: Any, old: str, new: str, count: int = -1) -> str:
    """A text with `new` in place of `old`, the first `count` times."""
    text = str(given)
    found = text.count(old)
    _bounded(len(text) + (found if count < 0 else min(found, count)) * (len(new) - len(old)))
    return text.replace(old, new, count)


def year(text: str) -> str:
    """The year of a date that begins with it; empty where there is none."""
    found = re.match(r"\d{4}", text)
    return found.group() if found else ""


def slug(text: str) -> str:
    """A text as a slug: NFKD, lower case, all else than letters a to z and digits one hyphen; cut at a hyphen."""
    plain = unicodedata.normalize("NFKD", text.replace("&", " and ")).encode("ascii", "ignore").decode().lower()
    made = re.sub(r"[^a-z0-9]+", "-", plain.replace("'", "")).strip("-")
    if len(made) <= SLUG_LENGTH_MAX:
        return made
    return made[:SLUG_LENGTH_MAX].rpartition("-")[0] or made[:SLUG_LENGTH_MAX]


_KEPT: Final = (
    "default",
    "first",
    "int",
    "join",
    "last",
    "length",
    "lower",
    "replace",
    "string",
    "title",
    "trim",
    "upper",
)
_is_word: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z").match


def _bounded(characters: int) -> None:
    if characters > TEXT_CHARACTERS_MAX:
        raise TemplateFault(f"comes to {characters} characters: at most {TEXT_CHARACTERS_MAX} can stand in a text")


def _plain_column(node: nodes.Node | None) -> str | None:
    """The column of its own row that an expression is, `code` or `row['Some code']`; None of any other."""
    match node:
        case nodes.Name(name=str(name)):
            return name
        case nodes.Getitem(node=nodes.Name(name="row"), arg=nodes.Const(value=str(column))):
            return column
    return None


def _has(pattern: str, directives: str) -> bool:
    return any(f"%{directive}" in pattern for directive in directives)


def _text(value: Any) -> str:
    return "" if value is None else str(value)


def _named(parsed: nodes.Template) -> Iterator[tuple[str, str | None]]:
    """(name, None) for each bare name, (table, column) for each column of a row."""
    inner: set[int] = set()
    for node in parsed.find_all((nodes.Getattr, nodes.Getitem)):
        assert isinstance(node, (nodes.Getattr, nodes.Getitem))
        if isinstance(node.node, nodes.Name):
            column = node.attr if isinstance(node, nodes.Getattr) else getattr(node.arg, "value", None)
            if isinstance(column, str):
                inner.add(id(node.node))
                yield node.node.name, column
    for name in parsed.find_all(nodes.Name):
        if id(name) not in inner:
            yield name.name, None


def _columns(parsed: nodes.Template) -> Iterator[str]:
    for name, column in _named(parsed):
        yield name if column is None else column if name == ROW else f"{name}.{column}"
