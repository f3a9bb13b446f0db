"""What a code system is made of: what loaders give, what the store keeps. Source: FHIR R4 codesystem.html."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal

Json = dict[str, Any]
OWN: Final = "socle"  # the package of what the house ships
REALM: Final = "fr"  # whose packages are shown first, as their names say
PropertyType = Literal["code", "Coding", "string", "integer", "boolean", "dateTime", "decimal"]


@dataclass(frozen=True, slots=True)
class Designation:
    """Another name: its language (BCP 47, "" unknown), its use (a code such as "synonym" or a SNOMED id, "" none), and what
    that use is called.
    """

    value: str
    language: str = ""
    use: str = ""
    use_system: str = ""
    use_display: str = ""


@dataclass(frozen=True, slots=True)
class Property:
    """One value of a property. `value` is written as in FHIR; a Coding as "system|code".

    group  values of one concept that go together carry one number above 0 (SNOMED CT: the role group); 0 alone
    """

    code: str
    value: str
    type: PropertyType = "string"
    group: int = 0


@dataclass(frozen=True, slots=True)
class Concept:
    """One concept.

    parents   codes of its direct broader concepts, () at the top
    inactive  known, no longer to be used
    abstract  groups others, cannot be chosen
    line      where it was read, from 1; 0 unknown
    """

    code: str
    display: str = ""
    definition: str = ""
    parents: tuple[str, ...] = ()
    designations: tuple[Designation, ...] = ()
    properties: tuple[Property, ...] = ()
    inactive: bool = False
    abstract: bool = False
    line: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Head:
    """A version of a code system, its concepts apart: `resource` is the CodeSystem without `concept`.

    Its identity is (url, version). `oids` are the OIDs of its identifiers, without "urn:oid:"; several URLs that carry
    one OID name one system.
    """

    url: str
    version: str
    resource: Json
    oids: tuple[str, ...] = ()


@dataclass(slots=True)
class Loaded:
    """What a loader gives: a system with its concepts, read once, in constant memory; and what came beside.

    total    how many concepts are to come, for the progress bar; None when not known
    others   ValueSet, ConceptMap, NamingSystem resources of the same file
    """

    head: Head
    concepts: Iterator[Concept]
    total: int | None = None
    others: tuple[Json, ...] = ()
    told: Mapping[str, str] = field(default_factory=dict)
