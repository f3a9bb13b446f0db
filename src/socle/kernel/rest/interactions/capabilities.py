"""capabilities: what this server can do. Source: FHIR R4 http.html#capabilities."""

from socle.kernel.fhir import json
from socle.kernel.outcome import Kind, Problem
from socle.kernel.rest.answer import Answer
from socle.kernel.rest.capability import capability_statement, terminology_capabilities
from socle.kernel.rest.exchange import Exchange
from socle.kernel.rest.part import SHAPES, part


async def capabilities(x: Exchange) -> Answer:
    """200 with the CapabilityStatement, or with TerminologyCapabilities when `mode` asks for them.

    All that we declare is normative: `mode=normative` and `mode=full` answer the same.

    Raises: Problem(INVALID) for another mode.
    """
    x.accept_only("mode", *SHAPES)
    mode = x.parameter("mode") or "full"
    if mode not in ("full", "normative", "terminology"):
        raise Problem.of(
            Kind.INVALID,
            "« mode » vaut full, normative ou terminology.",
            "“mode” is full, normative or terminology.",
            expression="http.mode",
            rule="FHIR R4 http.html#capabilities",
            code="value",
        )
    mode = "full" if mode == "normative" else mode
    own = x.server.endpoint.terminology
    if mode == "terminology" and own is not None:
        statement = terminology_capabilities(x.server.endpoint, x.server.repository, x.base, x.server.since)
        return _answer(x, json.serialise(statement | await own(x.server.repository)))
    written = x.server.statements
    said = (x.base, f"{mode} {hash(x.server.repository.learnt)}")  # a register may learn search parameters
    known = written.get(said)
    if known is None:
        make = terminology_capabilities if mode == "terminology" else capability_statement
        known = json.serialise(make(x.server.endpoint, x.server.repository, x.base, x.server.since))
        if len(written) >= 20:  # several host names lead here: keep the last ones
            del written[next(iter(written))]
        written[said] = known
    return _answer(x, known)


def _answer(x: Exchange, said: bytes) -> Answer:
    """What is said, or the part of it that `_summary` or `_elements` asks for."""
    if not any(name in SHAPES for name, _ in x.parameters):
        return Answer(200, said)
    terminology = x.parameter("mode") == "terminology"
    return Answer(200, part(x, said, "TerminologyCapabilities" if terminology else "CapabilityStatement"))
