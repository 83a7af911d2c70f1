"""JSON-LD as an RDF library reads it, with no address fetched."""

from __future__ import annotations

import json
from typing import Any

import pytest
from rdflib import Graph, URIRef
from rdflib.namespace import FOAF, ORG, RDF, SKOS, TIME

from service.representations.linked import CONTEXT
from tests.http.conftest import Served, created, problem

BASE = "http://127.0.0.1:8000"
NHSX = f"{BASE}/organisations/nhsx"
LEADERS = """
    PREFIX org: <http://www.w3.org/ns/org#>
    PREFIX skos: <http://www.w3.org/2004/02/skos/core#>
    PREFIX foaf: <http://xmlns.com/foaf/0.1/>
    PREFIX time: <http://www.w3.org/2006/time#>
    PREFIX orgline: <urn:orgline:terms:>
    PREFIX xsd: <http://www.w3.org/2001/XMLSchema#>
    SELECT ?person ?name ?role WHERE {
        ?membership a org:Membership ; org:organization ?nhsx ; org:member ?person ; org:memberDuring ?during .
        ?person foaf:name ?name .
        OPTIONAL { ?membership org:role [ skos:prefLabel ?role ] }
        ?during time:hasBeginning [ orgline:latest ?begun ] .
        OPTIONAL { ?during time:hasEnd [ orgline:earliest ?ended ] }
        FILTER (?begun <= "2021-06-01"^^xsd:date && (!bound(?ended) || ?ended > "2021-06-01"^^xsd:date))
    }
"""


PARENTS = """
    PREFIX org: <http://www.w3.org/ns/org#>
    SELECT DISTINCT ?parent WHERE { ?nhsx (org:subOrganizationOf | org:resultedFrom/org:originalOrganization) ?parent }
"""


def graph(served: Served, path: str, **options: Any) -> Graph:
    answer = served.get(path, **options)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/ld+json"
    return Graph().parse(data=answer.text, format="json-ld")


@pytest.fixture(autouse=True)
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any, **__: Any) -> None:
        raise AssertionError("JSON-LD must be read without fetching anything")

    monkeypatch.setattr("urllib.request.urlopen", refuse)


def test_leader_and_parents_of_nhsx_by_sparql(nhsx: Served) -> None:
    found = graph(nhsx, "/organisations/nhsx?as_of=2021-06-01", headers={"accept": "application/ld+json"})
    (leader,) = found.query(LEADERS, initBindings={"nhsx": URIRef(NHSX)})
    assert [str(each) for each in leader] == [
        f"{BASE}/people/matthew-gould",
        "Matthew Gould",
        "Chief Executive",
    ]
    parents = found.query(PARENTS, initBindings={"nhsx": URIRef(NHSX)})
    assert {str(each.parent) for each in parents} == {
        f"{BASE}/organisations/{slug}" for slug in ("dhsc", "nhs-england", "nhs-improvement")
    }
    assert str(found.value(URIRef(NHSX), SKOS.prefLabel)) == "NHSX"


def test_only_what_is_definite_is_said_in_plain_terms(nhsx: Served) -> None:
    found = graph(nhsx, "/organisations/nhsx?as_of=2022-02-10&format=jsonld")
    assert not set(found.subjects(RDF.type, ORG.Membership))
    assert not set(found.objects(URIRef(NHSX), ORG.changedBy))
    spoken = {
        (str(found.value(each, RDF.predicate)), str(found.value(each, RDF.object)))
        for each in found.subjects(RDF.type, RDF.Statement)
    }
    assert (str(ORG.hasMember), f"{BASE}/people/matthew-gould") in spoken
    assert ("urn:orgline:terms:succeededBy", f"{BASE}/organisations/nhs-england") in spoken


def test_a_merger_is_a_change_event(nhsx: Served) -> None:
    found = graph(nhsx, "/organisations/nhsx?as_of=2022-06-01&format=jsonld")
    (change,) = found.objects(URIRef(NHSX), ORG.changedBy)
    assert (change, RDF.type, ORG.ChangeEvent) in found
    assert found.value(change, ORG.originalOrganization) == URIRef(NHSX)
    assert found.value(change, ORG.resultingOrganization) == URIRef(f"{BASE}/organisations/nhs-england")
    assert nhsx.get(str(change).removeprefix(BASE)).json()["type"] == "organisation.merged"


def test_a_person_and_a_post(nhsx: Served) -> None:
    gould, chief = f"{BASE}/people/matthew-gould", f"{BASE}/posts/nhsx-chief-executive"
    found = graph(nhsx, "/people/matthew-gould?as_of=2020-01-01&format=jsonld")
    assert str(found.value(URIRef(gould), FOAF.name)) == "Matthew Gould"
    (membership,) = found.objects(URIRef(gould), ORG.hasMembership)
    assert found.value(membership, ORG.organization) == URIRef(NHSX)
    during = found.value(membership, ORG.memberDuring)
    begun = found.value(during, TIME.hasBeginning)
    assert str(found.value(begun, URIRef("urn:orgline:terms:edtf"))) == "[2019-02-20..2019-04-09]"
    found = graph(nhsx, "/posts/nhsx-chief-executive?as_of=2020-01-01&format=jsonld")
    assert found.value(URIRef(chief), ORG.heldBy) == URIRef(gould)


def test_identifiers_and_lists(app: Served) -> None:
    app.post(
        {
            "facts": [
                created(effective="2019")
                | {
                    "data": {
                        "organisation": "abc",
                        "name": "Alphabet",
                        "parents": ["letters"],
                        "scheme": "kind",
                        "classification": "unit",
                    }
                },
                {
                    "type": "identifier.assigned",
                    "effective": "2019",
                    "data": {"organisation": "abc", "scheme": "ods", "value": "X26"},
                },
            ]
        }
    )
    found = graph(app, "/organisations/abc?as_of=2020&format=jsonld")
    (code,) = found.objects(None, ORG.identifier)
    assert (str(code), str(code.datatype)) == ("X26", "urn:orgline:terms:scheme:ods")
    (above,) = found.objects(URIRef(f"{BASE}/organisations/abc"), ORG.subOrganizationOf)
    assert above == URIRef(f"{BASE}/organisations/letters")
    (concept,) = found.objects(None, ORG.classification)
    assert str(found.value(concept, SKOS.prefLabel)) == "unit"
    below = graph(app, "/organisations/letters?as_of=2020&format=jsonld")
    assert (above, ORG.hasSubOrganization, URIRef(f"{BASE}/organisations/abc")) in below
    found = graph(app, "/organisations?as_of=2020", headers={"accept": "application/ld+json"})
    assert set(found.subjects(RDF.type, ORG.Organization)) == {
        URIRef(f"{BASE}/organisations/{slug}") for slug in ("abc", "letters")
    }


def test_every_term_is_one_of_its_vocabulary() -> None:
    vocabularies = {"org": ORG, "skos": SKOS, "foaf": FOAF, "time": TIME, "rdf": RDF}
    terms = [each for name, each in CONTEXT.items() if name != "@version"]
    named = [each if isinstance(each, str) else each.get("@id", each.get("@reverse", "")) for each in terms]
    pairs = [str(each).split(":", 1) for each in named if ":" in str(each) and "//" not in str(each)]
    assert len(pairs) > 40
    for prefix, term in pairs:
        assert prefix in ("orgline", "urn") or vocabularies[prefix][term], (prefix, term)


def test_the_context_is_published(app: Served) -> None:
    answer = app.get("/context.jsonld")
    assert answer.headers["content-type"] == "application/ld+json"
    assert answer.json() == json.loads(json.dumps({"@context": CONTEXT}))
    again = app.get("/context.jsonld", headers={"if-none-match": answer.headers["etag"]})
    assert again.status_code == 304
    fixed = app.get("/contexts/1.jsonld")
    assert fixed.content == answer.content
    assert "immutable" in fixed.headers["cache-control"]
    problem(app.get("/contexts/2.jsonld"), 404, "not-found")
