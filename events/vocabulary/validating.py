"""The validator of our own JSON Schemas: it takes and refuses what the structs of the types do.

It is loaded when a fact does not fit, and not before: jsonschema takes longer to load than all the vocabulary.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import jsonschema

from events.dates import DateFault, day, parse
from events.vocabulary.faults import date_fault


def validator_of(schema: Mapping[str, Any]) -> Any:
    """The validator that checks against a schema."""
    return _VALIDATOR(schema, format_checker=_FORMATS)


_FORMATS: Final = jsonschema.FormatChecker(())


@_FORMATS.checks("edtf", DateFault)
def _is_edtf(value: object) -> bool:
    return not isinstance(value, str) or parse(value) is not None


@_FORMATS.checks("edtf-date")
def _is_edtf_date(value: object) -> bool:
    return not isinstance(value, str) or date_fault(value) is None


@_FORMATS.checks("date", DateFault)
def _is_day(value: object) -> bool:
    return not isinstance(value, str) or day(value) is not None


def _is_whole(_: object, value: object) -> bool:
    """Unlike JSON Schema the structs do not take 1.0 for an integer."""
    return isinstance(value, int) and not isinstance(value, bool)


_VALIDATOR: Final = jsonschema.validators.extend(  # type: ignore[no-untyped-call]  # the stubs leave it open
    jsonschema.Draft202012Validator,
    type_checker=jsonschema.Draft202012Validator.TYPE_CHECKER.redefine("integer", _is_whole),
)
