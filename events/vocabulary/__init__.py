"""The vocabulary: every type of fact there is, one module a family.

A new type is one call of `define` in a module that is named here.
"""

from events.vocabulary import (
    amendments,
    appointments,
    attributes,
    defining,
    funding,
    identities,
    initiatives,
    names,
    organisations,
    plans,
    posts,
    relations,
    responsibilities,
    statements,
    targets,
)
from events.vocabulary.acts import Effect, effects
from events.vocabulary.language import TYPES, FactType
from events.vocabulary.properties import CLOSED_WITH_ORGANISATION, KEY_PARTS, PROPERTIES

__all__ = [
    "CLOSED_WITH_ORGANISATION",
    "KEY_PARTS",
    "PROPERTIES",
    "TYPES",
    "Effect",
    "FactType",
    "amendments",
    "appointments",
    "attributes",
    "defining",
    "effects",
    "funding",
    "identities",
    "initiatives",
    "names",
    "organisations",
    "plans",
    "posts",
    "relations",
    "responsibilities",
    "statements",
    "targets",
]
