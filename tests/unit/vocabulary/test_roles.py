"""Who must be recorded already, and what names whom, as the types' effects say it."""

from __future__ import annotations

import pytest

from events.vocabulary import TYPES
from events.vocabulary.roles import bodies_of, names_of, presupposed


@pytest.mark.parametrize(
    ("name", "fields"),
    [
        ("organisation.created", set()),
        ("organisation.merged", {"originals"}),
        ("organisation.replaced", {"original"}),
        ("organisation.dissolved", {"organisation"}),
        ("organisation.reclassified", {"organisation"}),
        ("name.adopted", {"organisation", "person"}),
        ("post.created", set()),
        ("post.abolished", {"organisation", "post"}),
        ("appointment.started", set()),
        ("appointment.changed", {"organisation", "post", "person"}),
        ("relation.started", set()),
        ("relation.ended", {"organisation", "post", "target"}),
        ("responsibility.transferred", {"from", "responsibility"}),
        ("change.announced", {"replaces"}),
        ("change.withdrawn", {"plan"}),
        ("initiative.launched", set()),
        ("target.set", set()),
        ("target.closed", {"target"}),
    ],
)
def test_what_ends_or_is_changed_has_begun(name: str, fields: set[str]) -> None:
    assert presupposed(TYPES[name]) == fields


@pytest.mark.parametrize(
    ("name", "fields"),
    [
        ("organisation.created", {"organisation": "name"}),
        ("appointment.started", {"post": "title", "person": "person_name"}),
        ("responsibility.gained", {"responsibility": "title"}),
        ("change.announced", {"plan": "title"}),
        ("initiative.launched", {"initiative": "name"}),
        ("organisation.dissolved", {}),
    ],
)
def test_which_field_says_what_the_subject_of_another_is_called(name: str, fields: dict[str, str]) -> None:
    assert names_of(TYPES[name]) == fields


@pytest.mark.parametrize(
    ("name", "fields"),
    [
        ("post.created", {"post": "organisation"}),
        ("appointment.observed", {"post": "organisation"}),
        ("appointment.changed", {"post": "organisation"}),
        ("relation.started", {}),
        ("organisation.created", {}),
    ],
)
def test_which_field_names_the_organisation_of_a_post(name: str, fields: dict[str, str]) -> None:
    assert bodies_of(TYPES[name]) == fields
