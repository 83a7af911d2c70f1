"""change.* and `fulfils`."""

from __future__ import annotations

from events.facts import tags_of
from tests.unit.vocabulary.stating import ROOT, refused, state, told

MERGER = {"change": "organisation.merged", "draft": {"originals": ["nhsx", "nhs-digital"], "result": "nhs-england"}}
ANNOUNCED = {
    "plan": "merge-nhsx",
    "organisation": "nhsx",
    "title": "Merger",
    "changes": [MERGER],
    "intended": "2022",
    "terms": "The brand is retired.",
    "replaces": ["directorate"],
}
CHANGES = (
    '[{"change":"organisation.merged","draft":{"originals":["nhsx","nhs-digital"],"result":"nhs-england"}}]'
    " -> organisation/nhs-digital, organisation/nhs-england, organisation/nhsx"
)


def test_an_announcement_sets_the_plans_status_and_terms_and_supersedes() -> None:
    assert told("change.announced", ANNOUNCED) == {
        'set plan/merge-nhsx status[] = {"status":"pending"}',
        'set plan/merge-nhsx title[] = "Merger"',
        f"set plan/merge-nhsx changes[] = {CHANGES}",
        'set plan/merge-nhsx intended[] = "2022"',
        'set plan/merge-nhsx terms[] = "The brand is retired."',
        'set plan/merge-nhsx organisation[] = "nhsx" -> organisation/nhsx',
        'set plan/directorate status[] = {"replaced_by":"merge-nhsx","status":"superseded"} (rank 1)',
    }


def test_an_announcement_bears_the_tags_of_its_drafts() -> None:
    assert tags_of(state("change.announced", ANNOUNCED)) == {
        "type/change.announced",
        "plan/merge-nhsx",
        "plan/directorate",
        "organisation/nhsx",
        "organisation/nhs-digital",
        "organisation/nhs-england",
    }


def test_a_revision_sets_what_it_gives_and_a_withdrawal_the_status() -> None:
    assert told("change.revised", {"plan": "merge-nhsx", "intended": "2023"}) == {
        'set plan/merge-nhsx intended[] = "2023" (rank 1)'
    }
    assert told("change.withdrawn", {"plan": "merge-nhsx", "reason": "No money"}) == {
        'set plan/merge-nhsx status[] = {"reason":"No money","status":"withdrawn"} (rank 1)'
    }


def test_a_fact_fulfils_a_plan_or_a_part_of_it() -> None:
    data = {"organisation": "nhsx", "priority": "x"}
    opened = "open organisation/nhsx priorities[x]"
    for whole in ("merge-nhsx", {"plan": "merge-nhsx"}, {"plan": "merge-nhsx", "part": False}):
        assert told("priority.set", data, fulfils=whole) == {
            opened,
            'set plan/merge-nhsx status[] = {"status":"fulfilled"} (rank 1)',
        }
    part = {"plan": "merge-nhsx", "part": True}
    assert told("priority.set", data, fulfils=part) == {opened, f"open plan/merge-nhsx parts[{ROOT}]"}
    assert "plan/merge-nhsx" in tags_of(state("priority.set", data, fulfils=part))


def test_drafts_must_fit_their_type_as_far_as_they_go() -> None:
    def faults(change: str, draft: object) -> set[str]:
        return set(refused("change.announced", {**ANNOUNCED, "changes": [{"change": change, "draft": draft}]}))

    assert faults("organisation.merged", {"originals": ["NHSX"], "res": "a"}) == {
        "/data/changes/0/draft/originals/0",
        "/data/changes/0/draft/res",
    }
    assert faults("target.set", {"due": "soon"}) == {"/data/changes/0/draft/due"}
    assert faults("organisation.married", {}) == {"/data/changes/0/change"}
    assert faults("fact.retracted", {}) == {"/data/changes/0/change"}
    assert faults("change.announced", {}) == {"/data/changes/0/change"}
    assert faults("attribute.set", {"value": 2**53}) == {"/data/changes/0/draft/value"}
    state("change.announced", {**ANNOUNCED, "changes": [{"change": "organisation.merged", "draft": {}}]})


def test_a_plan_does_not_replace_itself_and_is_intended_for_one_date() -> None:
    faults = refused("change.announced", {**ANNOUNCED, "replaces": ["merge-nhsx"], "intended": "2021/2022"})
    assert set(faults) == {"/data/replaces", "/data/intended"}
    assert "[2021..2022]" in faults["/data/intended"]
