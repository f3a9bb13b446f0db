"""The examples that FHIR R4 publishes conform to their base definitions, but for faults of their own."""

from tests.kernel.fhir.examples import NOT_CONFORMANT, examples, published_fault

from socle.kernel.fhir.json import parse
from socle.kernel.fhir.validation import CoreCodes, Shelf, validate

# Faults of the publisher by the specification's own rules, beside those of `examples.FAULTS`.
FAULTS = {
    "message-request-link": "Bundle.entry.fullUrl names other ids than those of the resources",
    "message-response-link": "Bundle.entry.fullUrl names other ids than those of the resources",
    "request": "sdf-4: a logical model without baseDefinition that is not abstract",
    "event": "sdf-4",
    "definition": "sdf-4",
    "fivews": "sdf-4",
}
_LARGEST = 300_000  # octets


def test_each_example_conforms_to_its_base_definition() -> None:
    shelf, codes = Shelf(), CoreCodes()
    surprises = []
    for name, data in examples():
        if published_fault(name) or name in FAULTS or len(data) > _LARGEST:
            continue
        report = validate(parse(data), shelf, codes)
        for issue in report.issues:
            known = any(issue.rule == rule and said in issue.text.en for rule, said in NOT_CONFORMANT)
            if issue.severity in ("error", "fatal") and not known:
                surprises.append((name, issue.text.en))
    assert not surprises
