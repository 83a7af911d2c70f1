"""Reads of the state at a day (`as_of`) as known at a moment (`known_at`); one module a noun."""

from events.queries.question import InvalidMoment, Moment, Question
from events.queries.reading import Queries

__all__ = ["InvalidMoment", "Moment", "Queries", "Question"]
