"""The closed set of problems.

A Kind carries the protocol's answer (HTTP status, FHIR issue type); an Issue says which element, which rule, and what to
do about it. Source: FHIR R4 http.html#Status-Codes, valueset-issue-type.html.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum
from typing import Literal

from socle.kernel.outcome.text import Text

Severity = Literal["fatal", "error", "warning", "information"]


class Kind(Enum):
    """Every way in which a request can fail: (HTTP status, FHIR issue type). Nothing else exists."""

    MALFORMED = (400, "structure")  # cannot be read: JSON, XML, SOAP
    INVALID = (400, "invalid")  # read, but not legal FHIR or not a legal request
    UNAUTHENTICATED = (401, "login")
    FORBIDDEN = (403, "forbidden")
    NOT_FOUND = (404, "not-found")
    NOT_ALLOWED = (405, "not-supported")  # this server does not offer this interaction here
    NOT_ACCEPTABLE = (406, "not-supported")  # the format asked for is not offered
    TIMED_OUT = (408, "timeout")  # the caller did not send its request in time
    CONFLICT = (409, "conflict")
    GONE = (410, "deleted")
    PRECONDITION_FAILED = (412, "conflict")  # If-Match, If-None-Exist, conditional with several matches
    TOO_LARGE = (413, "too-long")
    URL_TOO_LONG = (414, "too-long")
    UNSUPPORTED_MEDIA = (415, "not-supported")
    RULE_VIOLATED = (422, "business-rule")  # legal FHIR, refused by a rule of the register
    TOO_COSTLY = (400, "too-costly")
    THROTTLED = (429, "throttled")
    HEADERS_TOO_LARGE = (431, "too-long")
    INTERNAL = (500, "exception")
    UNAVAILABLE = (503, "transient")

    def __init__(self, status: int, code: str) -> None:
        self.status = status
        self.code = code


@dataclass(frozen=True, slots=True)
class Issue:
    """One thing that is wrong (or worth saying).

    expression  FHIRPath of the element(s) concerned, e.g. ("Patient.name[0].family",)
    rule        identifier of the rule, e.g. "RNIV EXI SI 09" or "FHIR R4 json.html"; shown and machine-readable
    code        FHIR issue type when it is more precise than the Kind's own
    topic       what clients of a terminology service know it as: a code of HL7's tx-issue-type
    line        of the source text, from 1, with `column`; 0 when not known
    """

    text: Text
    expression: tuple[str, ...] = ()
    rule: str = ""
    code: str = ""
    severity: Severity = "error"
    line: int = 0
    column: int = 0
    topic: str = ""


class Problem(Exception):
    """A failure that the caller must be told about. Raised by actions and by the kernel, rendered in one place."""

    def __init__(self, kind: Kind, *issues: Issue, headers: Iterable[tuple[str, str]] = ()) -> None:
        super().__init__(kind, *issues)
        self.kind = kind
        self.issues = issues
        self.headers = tuple(headers)

    @classmethod
    def of(
        cls,
        kind: Kind,
        fr: str,
        en: str,
        *,
        expression: str | tuple[str, ...] = (),
        rule: str = "",
        code: str = "",
        topic: str = "",
    ) -> "Problem":
        """A Problem with a single issue, the usual case."""
        expressions = tuple(one for one in ((expression,) if isinstance(expression, str) else expression) if one)
        return cls(kind, Issue(Text(fr, en), expressions, rule, code, topic=topic))

    def __str__(self) -> str:
        return " ; ".join(issue.text.fr for issue in self.issues) or self.kind.name
