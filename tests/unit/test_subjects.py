"""Subjects: slugs, tags, references."""

from __future__ import annotations

import pytest

from events.subjects import KINDS, SLUG_LENGTH_MAX, SubjectFault, reference, slug_fault, split, tag
from events.vocabulary.language import REFERENCE_PATTERN


@pytest.mark.parametrize("slug", ["nhsx", "nhs-england", "a", "7", "a--b-", "a" * SLUG_LENGTH_MAX])
def test_a_slug_is_lower_case_letters_digits_and_hyphens(slug: str) -> None:
    assert slug_fault(slug) is None


@pytest.mark.parametrize(
    ("text", "guess"),
    [
        ("NHSX", "write nhsx"),
        ("NHS England", "write nhs-england"),
        ("-nhsx", "write nhsx"),
        ("nhsx\n", "write nhsx"),
        ("Große Hütte", "write groe-hutte"),
        ("", "such as nhs-england"),
        ("日本", "such as nhs-england"),
        ("a" * (SLUG_LENGTH_MAX + 1), "at most 128 characters"),
    ],
)
def test_what_is_no_slug_is_told_with_one_that_would_do(text: str, guess: str) -> None:
    assert guess in (slug_fault(text) or "")


def test_a_tag_is_kind_and_slug() -> None:
    for kind in KINDS:
        assert split(tag(kind, "nhsx")) == (kind, "nhsx")


def test_a_reference_without_kind_means_an_organisation() -> None:
    assert reference("nhsx") == "organisation/nhsx"
    assert reference("person/matt-hancock") == "person/matt-hancock"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("organization/nhsx", "did you mean organisation?"),
        ("zebra/nhsx", "the kinds are organisation, person"),
        ("person/", "is no slug"),
        ("person/a/b", "is no slug"),
        ("Matt Hancock", "write matt-hancock"),
    ],
)
def test_what_is_no_reference_is_told(text: str, words: str) -> None:
    with pytest.raises(SubjectFault, match=words.replace("?", r"\?")):
        reference(text)


def test_a_tag_needs_a_kind() -> None:
    with pytest.raises(SubjectFault, match="organisation/nhsx"):
        split("nhsx")


def test_the_pattern_of_references_names_every_kind() -> None:
    assert f"({'|'.join(KINDS)})" in REFERENCE_PATTERN
