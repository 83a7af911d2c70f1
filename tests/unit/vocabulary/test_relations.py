"""relation.*"""

from __future__ import annotations

from events.facts import tags_of
from tests.unit.vocabulary.stating import refused, state, told


def test_a_relation_is_opened_and_ended_and_concerns_its_target() -> None:
    data = {"organisation": "nhsx", "kind": "works_with", "target": "gds"}
    assert told("relation.started", data) == {
        "open organisation/nhsx relations[works_with organisation/gds] -> organisation/gds"
    }
    assert told("relation.ended", data) == {
        "end organisation/nhsx relations[works_with organisation/gds] -> organisation/gds"
    }


def test_a_post_may_be_accountable_to_a_post() -> None:
    data = {"post": "ceo", "kind": "accountable_to", "target": "post/secretary-of-state"}
    assert told("relation.started", data) == {
        "open post/ceo relations[accountable_to post/secretary-of-state] -> post/secretary-of-state"
    }
    assert tags_of(state("relation.started", data)) == {"type/relation.started", "post/ceo", "post/secretary-of-state"}


def test_a_relation_has_one_owner_which_is_not_its_target() -> None:
    data = {"kind": "part_of", "target": "organisation/a"}
    for kind in ("relation.started", "relation.ended"):
        assert refused(kind, {**data, "organisation": "a"}).keys() == {"/data/target"}
        assert refused(kind, data).keys() == {"/data/organisation"}
        assert refused(kind, {**data, "organisation": "b", "post": "c"}).keys() == {"/data/post"}
        told(kind, {**data, "post": "a"})
