"""Is this resource legal FHIR R4? Every fault, with its place and what to do about it.

One pass, without a path: a check answers None when all is well, and only a fault climbs back and collects its path.
What a type allows is compiled to closures when it is first met, element by element.

Checked: known types and elements, cardinalities, JSON shapes, formats of primitives, extensions of primitives and their
nulls, choices, required codes of closed value sets, references, contained resources, narratives. Not checked here:
invariants in FHIRPath, open or large value sets, profiles. Source: FHIR R4 json.html, datatypes.html, references.html.
"""

from typing import Any

from socle.kernel.fhir.definitions import r4
from socle.kernel.fhir.faults import Fault, Reason, problem, unknown_name
from socle.kernel.fhir.references import Json
from socle.kernel.fhir.structure import Scope, resource_checker


def check(resource: Any, *, expected_type: str | None = None, conditional_references: bool = False) -> list[Json]:
    """Nothing is wrong when `resource` is legal FHIR R4 (of `expected_type`, if given).

    Answers the References in it whose text is a urn:uuid or urn:oid: the dicts themselves, in the order of the resource.

    References in the form of a search ("Patient?identifier=…") are legal in the entries of a transaction or batch
    Bundle, and elsewhere when `conditional_references` says so. Time is linear in the size of the resource.

    Raises: Problem(INVALID) with at most 50 issues, each with its FHIRPath.
    """
    resource_type = resource.get("resourceType") if type(resource) is dict else None
    if type(resource_type) is not str or not r4().is_resource(resource_type):
        raise problem(expected_type or "", [_no_resource(resource, resource_type)])
    if expected_type is not None and resource_type != expected_type:
        text = f"« {resource_type} » est envoyé là où « {expected_type} » est attendu"
        english = f'"{resource_type}" is sent where "{expected_type}" is expected'
        raise problem(resource_type, [Fault(".resourceType", Reason("structure", text, english))])
    scope = Scope(conditional_references)
    answer = resource_checker(resource_type)(resource, scope)
    if answer is not None:
        raise problem(resource_type, [Fault("", answer)] if isinstance(answer, Reason) else answer)
    return scope.urns


def _no_resource(resource: Any, resource_type: Any) -> Fault:
    if type(resource) is not dict:
        return Fault("", Reason("structure", "une ressource est un objet JSON {…}", "a resource is a JSON object {…}"))
    if resource_type is None:
        text = "indiquez le type de la ressource : « resourceType »"
        return Fault(".resourceType", Reason("required", text, 'say the type of the resource: "resourceType"'))
    return Fault(".resourceType", unknown_name(str(resource_type)[:64], "FHIR R4", r4().resource_types))
