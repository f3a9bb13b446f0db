"""The GraphQL schema of a server: the types of FHIR R4, its searches, made when they are asked for.

Nested elements are called by their path: `Patient.contact` is PatientContact. Values are those of GraphQL where it has them
(Boolean, Int, String, ID), else scalars of FHIR's names. Source: FHIR R4 graphql.html; GraphQL October 2021, "Introspection".
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property, lru_cache
from typing import Final

from socle.kernel.fhir.definitions import r4
from socle.kernel.fhir.xml.shape import Holds, Member, attributes, members
from socle.kernel.rest.graphql import document
from socle.kernel.rest.graphql.asking import COMMON
from socle.kernel.search.parameter import Parameter
from socle.kernel.search.sight import INTERNAL

QUERY: Final = "Query"
_VALUES: Final = {"boolean": "Boolean", "integer": "Int", "string": "String", "id": "ID", "xhtml": "String"}
_RESOURCE: Final = "Resource"  # the interface of all resources
_OF_ALL: Final = ("id", "meta", "implicitRules", "language")
# What a page of a search answers, and each of its edges; `edges` and `resource` come with the type that was searched.
PAGE: Final = {
    **dict.fromkeys(("count", "offset", "pagesize"), "Int"),
    **dict.fromkeys(("first", "previous", "next", "last"), "ID"),
}
EDGE: Final = {"mode": "code", "score": "decimal"}


@dataclass(frozen=True, slots=True)
class Ref:
    """A type as a field names it: NAMED with a name, else LIST or NON_NULL `of` another."""

    kind: str
    name: str = ""
    of: "Ref | None" = None


@dataclass(frozen=True, slots=True)
class Argument:
    """An argument of a field or directive."""

    name: str
    type: Ref


@dataclass(frozen=True, slots=True)
class FieldOf:
    """A field of a type."""

    name: str
    type: Ref
    arguments: tuple[Argument, ...] = ()


@dataclass(frozen=True, slots=True)
class Type:
    """kind: SCALAR, OBJECT or INTERFACE."""

    kind: str
    name: str
    fields: tuple[FieldOf, ...] = ()
    interfaces: tuple[str, ...] = ()
    possible: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Directive:
    """A directive that queries may use; on fields, and some on fragments too."""

    name: str
    arguments: tuple[Argument, ...] = ()
    fragments: bool = False


@cache
def _named(name: str) -> Ref:
    return Ref("NAMED", name)


@cache
def _list(of: Ref) -> Ref:
    return Ref("LIST", of=of)


@cache
def _must(of: Ref) -> Ref:
    return Ref("NON_NULL", of=of)


_STRING: Final = _named("String")
_INT: Final = _named("Int")
_TAKEN: Final = {"if": Argument("if", _must(_named("Boolean"))), "path": Argument("path", _must(_STRING))}
DIRECTIVES: Final = tuple(
    Directive(name, tuple(_TAKEN[one] for one in arguments), fragments="if" in arguments)
    for name, arguments in document.DIRECTIVES.items()
)
_PAGING: Final = (Argument("_count", _INT), Argument("_offset", _INT))
_FHIRPATH: Final = Argument("fhirpath", _STRING)
_CURSOR: Final = Argument("_cursor", _STRING)
_START: Final = Argument("_reference", _must(_STRING))
# From a resource, searches whose reference names its type are described; those that may lead anywhere work, undescribed:
# each would stand in all 146 types.
_ANY: Final = 100


class Schema:
    """The schema of a server of some resource types; of queries about one resource when `root` is its type.

    parameters  what can be asked of a type, by name
    """

    def __init__(
        self, types: Sequence[str], parameters: Callable[[str], Mapping[str, Parameter]], root: str = QUERY
    ) -> None:
        self.root = root
        self._types = tuple(sorted(types))
        self._parameters = parameters
        self._made: dict[str, Type | None] = {}
        self._asked: dict[str, tuple[Argument, ...]] = {}

    def type(self, name: str) -> Type | None:
        """The type of a name; None when there is none."""
        if name not in self._made:
            self._made[name] = self._make(name)
        return self._made[name]

    @cached_property
    def every(self) -> list[Type]:
        """All types that a query may meet, in the order of their names."""
        met = {self.root, _RESOURCE, "String", "Boolean"}
        waiting = list(met)
        while waiting:
            type_ = self.type(waiting.pop())
            assert type_ is not None
            for name in _named_by(type_):
                if name not in met:
                    met.add(name)
                    waiting.append(name)
        return [type_ for name in sorted(met) if (type_ := self.type(name)) is not None]

    def _make(self, name: str) -> Type | None:
        if name == QUERY:
            return Type("OBJECT", name, tuple(self._queries())) if self.root == QUERY else None
        if name == _RESOURCE:
            common = members("Patient")
            fields = (*self._members_of([common[one] for one in _OF_ALL]), FieldOf("resourceType", _must(_STRING)))
            return Type("INTERFACE", name, fields, possible=tuple(sorted(r4().resource_types)))
        if (of := name.removesuffix("Connection")) != name and of in self._types:
            return Type("OBJECT", name, (*_plain(PAGE), FieldOf("edges", _list(_named(f"{of}Edge")))))
        if (of := name.removesuffix("Edge")) != name and of in self._types:
            return Type("OBJECT", name, (*_plain(EDGE), FieldOf("resource", _named(of))))
        path = _paths().get(name)
        if path is None:
            return Type("SCALAR", name) if name in _scalars() else None
        return self._of_path(name, path)

    def _of_path(self, name: str, path: str) -> Type:
        fields = [FieldOf(one, _named("ID" if one == "id" else "uri")) for one in sorted(attributes(path))]
        fields += self._members_of(members(path).values())
        if path == "Reference":
            arguments = (Argument("optional", _named("Boolean")), Argument("type", _STRING))
            fields.append(FieldOf("resource", _named(_RESOURCE), arguments))
        if not r4().is_resource(path):
            return Type("OBJECT", name, tuple(fields))
        fields.append(FieldOf("resourceType", _must(_STRING)))
        for of in self._types:
            if any(path in one.targets and len(one.targets) < _ANY for one in self._parameters(of).values()):
                fields += self._searches(of, _START)
        return Type("OBJECT", name, tuple(fields), (_RESOURCE,))

    def _members_of(self, held: Iterable[Member]) -> list[FieldOf]:
        out: list[FieldOf] = []
        for member in held:
            inner = _named(_type_name(member))
            arguments = _filters(member) if member.many else ()
            out.append(FieldOf(member.name, _list(inner) if member.many else inner, arguments))
            if member.holds is Holds.VALUE and member.extensible:
                beside = _named("Element")
                out.append(FieldOf(member.companion, _list(beside) if member.many else beside))
        return out

    def _queries(self) -> Iterator[FieldOf]:
        for of in self._types:
            yield FieldOf(of, _named(of), (Argument("id", _must(_named("ID"))),))
            yield from self._searches(of)

    def _criteria(self, of: str) -> tuple[Argument, ...]:
        """What a search of a type may ask."""
        if of not in self._asked:
            known = sorted({*(one for one in self._parameters(of) if INTERNAL not in one), *COMMON})
            self._asked[of] = tuple(Argument(one.replace("-", "_"), _list(_STRING)) for one in known)
        return self._asked[of]

    def _searches(self, of: str, *start: Argument) -> list[FieldOf]:
        """The fields that search resources of a type: as a list, by pages."""
        asked = self._criteria(of)
        return [
            FieldOf(f"{of}List", _list(_named(of)), (*start, *asked, *_PAGING)),
            FieldOf(f"{of}Connection", _named(f"{of}Connection"), (*start, *asked, _PAGING[0], _CURSOR)),
        ]


def _plain(fields: Mapping[str, str]) -> Iterator[FieldOf]:
    return (FieldOf(name, _named(type_)) for name, type_ in fields.items())


def _type_name(member: Member) -> str:
    if member.holds is Holds.RESOURCE:
        return _RESOURCE
    return _object_name(member.code) if member.holds is Holds.ELEMENTS else _VALUES.get(member.code, member.code)


def _object_name(path: str) -> str:
    first, *rest = path.split(".")
    return first + "".join(one[0].upper() + one[1:] for one in rest)


def _filters(member: Member) -> tuple[Argument, ...]:
    """What the values of a list may be chosen by: a FHIRPath, their simple fields (an extension's url), their place."""
    return _chosen_by(member.code) if member.holds is Holds.ELEMENTS else (_FHIRPATH, *_PAGING)


@cache
def _chosen_by(path: str) -> tuple[Argument, ...]:
    fields = () if path == "Extension" else members(path).values()
    own = [
        Argument(one.name, _list(_named(_VALUES.get(one.code, one.code))))
        for one in fields
        if one.holds is Holds.VALUE and not one.many
    ]
    bare = [Argument(one, _list(_STRING)) for one in sorted(attributes(path))]
    return (_FHIRPATH, *bare, *own, *_PAGING)


def _named_by(type_: Type) -> Iterator[str]:
    """The types that a type names."""
    yield from type_.interfaces
    yield from type_.possible
    for field in type_.fields:
        for ref in (field.type, *(one.type for one in field.arguments)):
            while ref.of is not None:
                ref = ref.of
            yield ref.name


@lru_cache(maxsize=8)
def schema_of(
    types: tuple[str, ...], parameters: Callable[[str], Mapping[str, Parameter]], root: str = QUERY
) -> Schema:
    """As `Schema`, kept for the next who ask."""
    return Schema(types, parameters, root)


@cache
def _paths() -> Mapping[str, str]:
    """The path of every object of R4, by its name in GraphQL."""
    out: dict[str, str] = {}
    waiting = ["Element", *r4().resource_types]
    met = set(waiting)
    while waiting:
        path = waiting.pop()
        out[_object_name(path)] = path
        for member in members(path).values():
            if member.holds is Holds.ELEMENTS and member.code not in met:
                met.add(member.code)
                waiting.append(member.code)
    return out


@cache
def _scalars() -> frozenset[str]:
    held = (member for path in _paths().values() for member in members(path).values())
    codes = {member.code for member in held if member.holds in (Holds.VALUE, Holds.NARRATIVE)}
    return frozenset(_VALUES.get(code, code) for code in codes) | {"uri", "decimal"}
