"""Types of FHIR R4 and of FHIRPath: names, ancestors, what an element may hold. Source: FHIRPath N1, "Types"."""

from functools import cache, lru_cache

from socle.kernel.fhir.definitions import Element, r4

Types = frozenset[str] | None  # what an expression may answer; None: not known before it is evaluated

SYSTEM = frozenset({"Any", "Boolean", "String", "Integer", "Decimal", "Date", "DateTime", "Time", "Quantity"})
_OPEN = frozenset({"Element", "BackboneElement", "Resource", "DomainResource"})
_R4 = r4()


@lru_cache(maxsize=4096)
def resolved(name: str) -> str | None:
    """The type that a specifier names, as items say it: "Patient", "System.String"; None when there is none.

    Without a namespace a FHIR type comes before a System one of the same name; `System.` and `FHIR.` tell them apart.
    """
    space, _, bare = name.rpartition(".")
    if space in ("", "FHIR") and _R4.kind(bare) is not None:
        return bare
    if space in ("", "System") and bare in SYSTEM:
        return "System." + bare
    if space and space not in ("FHIR", "System") and elements(name) is not None:
        return name
    return "xhtml" if name in ("xhtml", "FHIR.xhtml") else None


@cache
def is_a(type_: str, ancestor: str) -> bool:
    """Whether items of a type are also of an ancestor: Age is a Quantity, Patient.contact a BackboneElement."""
    if type_ == ancestor or (ancestor == "System.Any" and type_.startswith("System.")):
        return True
    if type_.startswith("System."):
        # A literal quantity may be tested without saying System: 1 'mg' is Quantity.
        return type_ == "System.Quantity" and ancestor == "Quantity"
    if "." in type_:
        return ancestor == "Element" or (ancestor == "BackboneElement" and _R4.is_resource(type_.split(".", 1)[0]))
    if type_ == "xhtml":
        return ancestor == "Element"
    return _R4.is_a(type_, ancestor)


@lru_cache(maxsize=4096)
def elements(type_: str) -> dict[str, Element] | None:
    """The elements of a type or nested element by name; None when the type is not known or its content is open."""
    if type_ in _OPEN or type_.startswith("System."):
        return None
    try:
        return dict(_R4.elements(type_))
    except KeyError:
        return dict(_R4.elements("Element")) if type_ == "xhtml" else None


@lru_cache(maxsize=4096)
def is_primitive(type_: str) -> bool:
    """Whether values of a FHIR type are JSON scalars."""
    return _R4.kind(type_) == "primitive" or type_ == "xhtml"


def known(type_: str) -> bool:
    """Whether what such items hold is told by their type alone."""
    return type_.startswith("System.") or type_ == "TypeInfo" or elements(type_) is not None


def types_of(element: Element) -> frozenset[str]:
    """The types that an element may hold."""
    return frozenset(element.types)


@lru_cache(maxsize=1024)
def members(type_: str) -> dict[str, tuple[str, bool, bool]]:
    """JSON member → (type, repeats, primitive) of each way to write each element of a type."""
    return {
        member: (code, element.max != 1, is_primitive(code))
        for element in (elements(type_) or {}).values()
        for member, code in element.json_names()
    }
