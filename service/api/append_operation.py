"""How `POST /events` is described in OpenAPI: its body, which the handler takes as it is, with examples."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from litestar.openapi.spec import Example, OpenAPIMediaType, OpenAPIType, Operation, Reference, RequestBody, Schema
from litestar.openapi.spec import Parameter as OpenApiParameter

from events.vocabulary import TYPES
from feeds.cloudevents import BATCH, STRUCTURED
from service.answers import JSON

DRY_RUN: Final = "dry_run"
"""The parameter by which nothing is recorded."""


@dataclass
class AppendOperation(Operation):
    """The description of the body, which the handler takes as it is, and of what goes with it."""

    def __post_init__(self) -> None:
        """Litestar makes it from the handler and leaves the rest to us."""
        self.security = [{"token": []}]
        self.parameters = [
            OpenApiParameter(
                "Idempotency-Key",
                "header",
                schema=Schema(type=OpenAPIType.STRING, max_length=255),
                description="Gives ids to facts that have none, so that the request can be sent again.",
            ),
            OpenApiParameter(
                DRY_RUN,
                "query",
                schema=Schema(type=OpenAPIType.STRING, enum=["true", "false"], default="false"),
                description="true: record nothing, and answer (with 200) what recording it would change.",
                example="true",
            ),
        ]
        self.request_body = RequestBody(
            required=True,
            description="One fact, or `facts` with several. GET /types/{type} is the JSON Schema of a type's facts.",
            content={
                JSON: OpenAPIMediaType(schema=Schema(one_of=[_FACT, _FACTS]), examples=_EXAMPLES),
                STRUCTURED: OpenAPIMediaType(schema=_CLOUDEVENT, example=_AS_CLOUDEVENT),
                BATCH: OpenAPIMediaType(
                    schema=Schema(type=OpenAPIType.ARRAY, items=_CLOUDEVENT, min_items=1), example=[_AS_CLOUDEVENT]
                ),
            },
        )


_ONE: Final = {
    "type": "name.adopted",
    "effective": "2022-03",
    "data": {"organisation": "nhs-england", "name": "NHSE", "kind": "short"},
    "sources": [{"title": "A letter", "published": "2022-03-14"}],
}
_SEVERAL: Final = {
    "facts": [
        {
            "type": "organisation.created",
            "effective": "2022-02",
            "data": {
                "organisation": "transformation-directorate",
                "name": "Transformation Directorate",
                "parents": ["nhs-england"],
            },
        },
        {
            "type": "post.created",
            "effective": "2022-02",
            "data": {
                "organisation": "transformation-directorate",
                "post": "director-of-transformation",
                "title": "Director of Transformation",
            },
        },
    ],
    "strict": True,
}
_PLAN: Final = {
    "type": "change.announced",
    "effective": "2030-01-15",
    "data": {
        "plan": "rename-nhs-england",
        "organisation": "nhs-england",
        "title": "NHS England to be renamed",
        "intended": "2030-04-01",
        "changes": [
            {
                "change": "name.adopted",
                "draft": {"organisation": "nhs-england", "name": "Health England", "kind": "legal"},
            }
        ],
    },
}
_EXAMPLES: Final[dict[str, Example | Reference]] = {
    "one": Example(summary="One fact", value=_ONE),
    "several": Example(summary="Several at once, strictly", value=_SEVERAL),
    "plan": Example(summary="A plan: it changes nothing yet", value=_PLAN),
    "correction": Example(
        summary="A correction (scope `correct`)",
        value={"type": "fact.corrected", **(TYPES["fact.corrected"].example or {})},
    ),
}
"""True of the register that `orgline demo` serves."""
_AS_CLOUDEVENT: Final = {
    "specversion": "1.0",
    "id": "0192f0c1-2222-7000-8000-000000000001",
    "source": "urn:example:press-office",
    "type": "name.adopted",
    "data": {name: value for name, value in _ONE.items() if name != "type"},
}
_OBJECT: Final = Schema(type=OpenAPIType.OBJECT)
_FACT: Final = Schema(
    title="Fact",
    type=OpenAPIType.OBJECT,
    required=["type", "data"],
    properties={
        "type": Schema(type=OpenAPIType.STRING, examples=list(TYPES), description="One of GET /types."),
        "effective": Schema(description="A date in EDTF, or an object with edtf, earliest, latest, text."),
        "data": _OBJECT,
        "id": Schema(type=OpenAPIType.STRING, description="A UUID in lower case; made here if absent."),
        "sources": Schema(type=OpenAPIType.ARRAY, items=_OBJECT),
        "note": Schema(type=OpenAPIType.STRING),
        "fulfils": Schema(description="A plan, or an object with plan and part."),
        "follows": Schema(type=OpenAPIType.ARRAY, items=Schema(type=OpenAPIType.STRING)),
        "ends": Schema(type=OpenAPIType.STRING),
    },
)
_FACTS: Final = Schema(
    title="Facts",
    type=OpenAPIType.OBJECT,
    required=["facts"],
    properties={
        "facts": Schema(type=OpenAPIType.ARRAY, items=_FACT, min_items=1),
        "expect": Schema(
            type=OpenAPIType.OBJECT,
            additional_properties=Schema(type=OpenAPIType.INTEGER),
            description="Versions that tags must have, such as organisation/nhsx: 12.",
        ),
        "strict": Schema(type=OpenAPIType.BOOLEAN, description="Refuse facts that do not fit what is recorded."),
    },
)
_TEXT: Final = Schema(type=OpenAPIType.STRING, min_length=1)
_CLOUDEVENT: Final = Schema(
    title="CloudEvent",
    description="CloudEvents 1.0. Attributes besides these are not recorded.",
    type=OpenAPIType.OBJECT,
    required=["specversion", "id", "source", "type", "data"],
    properties={
        "specversion": Schema(type=OpenAPIType.STRING, const="1.0"),
        "id": Schema(type=OpenAPIType.STRING, description="The id of the fact: a UUID in lower case."),
        "source": _TEXT,
        "type": Schema(type=OpenAPIType.STRING, description="The type of the fact: one of GET /types."),
        "datacontenttype": Schema(type=OpenAPIType.STRING, const=JSON),
        "data": Schema(
            description="The fact; id and type may be left out.", type=OpenAPIType.OBJECT, required=["data"]
        ),
    },
)
