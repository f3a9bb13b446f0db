"""A query on a resource, or on a server: fields of resources, references followed both ways, lists filtered and reshaped.

Source: FHIR R4 graphql.html. What is not there is left out of the answer, as the specification's examples show.
"""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

from socle.kernel.fhir.definitions import r4
from socle.kernel.fhir.faults import unknown_name
from socle.kernel.fhir.fhirpath import Environment, compiled
from socle.kernel.fhir.references import target_type
from socle.kernel.fhir.xml.shape import Holds, Member, attributes, members
from socle.kernel.outcome import Kind, Problem
from socle.kernel.rest.graphql.asking import Asking, natural, text
from socle.kernel.rest.graphql.document import RULE, Field, Fragment, Selection, wrong
from socle.kernel.rest.graphql.introspection import SCHEMA, TYPE, Introspection
from socle.kernel.rest.graphql.output import Output
from socle.kernel.rest.graphql.schema import EDGE, PAGE, QUERY, schema_of
from socle.kernel.search.types.reference import local

Json = dict[str, Any]
MOST: Final = 200_000  # fields and values that one query goes through
_LIST, _CONNECTION = "List", "Connection"
_PAGE: Final = "Connection"  # the types of what a connection answers are ours, not FHIR's
_PAGE_FIELDS: Final = (*PAGE, "edges")
_EDGE_FIELDS: Final = (*EDGE, "resource")
_DESCRIBING: Final = (SCHEMA, TYPE)


class Node(NamedTuple):
    """A value: of a FHIR type or nested element, with the id and extensions of a primitive, in a resource."""

    type: str
    value: Any
    beside: Any
    root: Json


class Run:
    """One query under way. `bases`: the server's own base URLs."""

    def __init__(self, asking: Asking, types: Sequence[str], bases: tuple[str, ...]) -> None:
        self._asking = asking
        self._types = frozenset(types)
        self._bases = bases
        self._left = MOST
        self._environment = Environment()  # its budget is that of all the expressions of the query

    async def on_resource(self, resource: Json, selections: Sequence[Selection]) -> Json:
        """The answer of a query about a resource."""
        name = resource["resourceType"]
        fields = _fields(name, selections)
        asked = [field for field in fields if field.name not in _DESCRIBING]
        check_fields(name, asked)
        answer = (await self._object(Node(name, resource, None, resource), asked)).json()
        for field in fields:
            if field.name in _DESCRIBING:
                answer[field.key] = await self._described(field, name)
        return answer

    async def on_server(self, selections: Sequence[Selection]) -> Json:
        """The answer of a query about a server: X(id:), XList(…), XConnection(…)."""
        output = Output()
        for field in _fields("Query", selections):
            if field.name == "__typename":
                output.put(field.key, ["Query"], many=False)
            elif field.name in self._types:
                output.put(field.key, [await self._one(field)], many=False)
            elif field.name in _DESCRIBING:
                output.put(field.key, [await self._described(field, QUERY)], many=False)
            elif not await self._search(field, "", output):
                raise _unknown(
                    "Query", field.name, [f"{of}{kind}" for of in sorted(self._types) for kind in ("", _LIST)]
                )
        return output.json()

    async def _described(self, field: Field, root: str) -> Any:
        """What __schema or __type answers, where a query starts from `root`."""
        schema = schema_of(tuple(sorted(self._types)), self._asking.parameters, root)
        return await asyncio.to_thread(Introspection(schema, _fields).answer, field)

    async def _one(self, field: Field) -> Output:
        id = field.arguments.get("id")
        if set(field.arguments) != {"id"}:
            name = field.name
            raise wrong(
                f"« {name} » demande « id », et rien d'autre ; « {name}{_LIST} » cherche par critères.",
                f"“{name}” takes “id”, and nothing else; “{name}{_LIST}” searches by criteria.",
            )
        resource = await self._asking.get(f"{field.name}/{id}")
        check_fields(field.name, field.selections)
        return await self._object(Node(field.name, resource, None, resource), field.selections)

    async def _search(self, field: Field, about: str, output: Output) -> bool:
        """Answer XList or XConnection; False when the field is neither."""
        name = field.name
        if name.endswith(_CONNECTION) and (of := name.removesuffix(_CONNECTION)) in self._types:
            page = await self._asking.connection(of, field.arguments, about)
            output.put(field.key, [await self._page(of, page, field.selections)], many=False)
            return True
        if not name.endswith(_LIST) or (of := name.removesuffix(_LIST)) not in self._types:
            return False
        check_fields(of, field.selections)
        found = await self._asking.listed(of, field.arguments, about)
        await self._several(field, [Node(of, one, None, one) for one in found], output, many=True)
        return True

    async def _page(self, of: str, page: Json, selections: Sequence[Selection]) -> Output:
        output = Output()
        for field in _fields(_PAGE, selections):
            if field.name not in _PAGE_FIELDS:
                raise _unknown(_PAGE, field.name, _PAGE_FIELDS)
            if field.name == "edges":
                edges = await asyncio.gather(*(self._edge(of, edge, field.selections) for edge in page["edges"]))
                output.put(field.key, list(edges), many=True)
            elif field.name in page:
                output.put(field.key, [page[field.name]], many=False)
        return output

    async def _edge(self, of: str, edge: Json, selections: Sequence[Selection]) -> Output:
        output = Output()
        for field in _fields("Edge", selections):
            if field.name not in _EDGE_FIELDS:
                raise _unknown("Edge", field.name, _EDGE_FIELDS)
            if field.name == "resource":
                resource = edge["resource"]
                node = Node(resource["resourceType"], resource, None, resource)
                output.put(field.key, [await self._object(node, field.selections)], many=False)
            elif field.name in edge:
                output.put(field.key, [edge[field.name]], many=False)
        return output

    # — objects —

    async def _object(self, node: Node, selections: Sequence[Selection]) -> Output:
        output = Output()
        await self._into(node, selections, output, "", inherited=False)
        return output

    async def _into(
        self, node: Node, selections: Sequence[Selection], output: Output, suffix: str, *, inherited: bool
    ) -> None:
        """Put the fields of an object into an answer. `inherited`: they are lists, for a list was flattened."""
        resource = r4().is_resource(node.type)
        self._spend(len(selections))
        for field in _fields(node.type, selections):
            key = field.key + suffix
            if field.name in ("__typename", "resourceType") and (resource or field.name[0] == "_"):
                output.put(key, [node.type.rpartition(".")[2]], many=inherited and not field.singleton)
            elif field.name == "resource" and node.type == "Reference":
                found = await self._follow(node, field)
                if found is not None:
                    check_fields(found.type, field.selections)
                    await self._several(field, [found], output, many=inherited, suffix=suffix)
            elif field.name in attributes(node.type):
                if field.name in node.value:
                    output.put(key, [node.value[field.name]], many=inherited and not field.singleton)
            elif (member := _member(node.type, field.name)) is not None:
                nodes = self._filtered(field, _held(node, member, field.name))
                await self._several(field, nodes, output, many=member.many or inherited, suffix=suffix)
            elif (
                resource and "id" in node.value and await self._search(field, f"{node.type}/{node.value['id']}", output)
            ):
                pass
            else:
                raise _unknown(node.type, field.name, [*attributes(node.type), *members(node.type)])

    async def _several(self, field: Field, nodes: list[Node], output: Output, *, many: bool, suffix: str = "") -> None:
        """The values of a field, as its directives shape them."""
        if field.first:
            nodes = nodes[:1]
        self._spend(len(nodes))
        if field.flatten and not field.selections:
            raise wrong(
                f"« @flatten » remonte les champs d'un objet : « {field.name} » est une valeur simple, retirez-le d'elle.",
                f"“@flatten” raises the fields of an object: “{field.name}” is a simple value, leave it out there.",
            )
        if field.flatten:
            for rank, node in enumerate(nodes):
                more = suffix + (f".{self._slice(field, node, rank)}" if field.slice else "")
                await self._into(
                    node, field.selections, output, more, inherited=many and not (field.slice or field.first)
                )
            return
        listed = many and not field.singleton
        if not nodes:
            return
        if field.selections:
            made: list[Any] = list(await asyncio.gather(*(self._object(node, field.selections) for node in nodes)))
        else:
            made = [_leaf(field, node) for node in nodes]
        if field.slice:
            for rank, (node, value) in enumerate(zip(nodes, made, strict=True)):
                output.put(f"{field.key}{suffix}.{self._slice(field, node, rank)}", [value], many=False)
            return
        output.put(field.key + suffix, [one for one in made if one is not None], many=listed)

    def _slice(self, field: Field, node: Node, rank: int) -> str:
        """What tells a slice from the others: a FHIRPath on each, or $index."""
        if field.slice == "$index":
            return str(rank)
        found = compiled(field.slice, node.type).find([node[:3]], self._seen_from(node))
        if len(found) != 1:
            raise wrong(
                f"« @slice(path: {field.slice[:60]}) » trouve {len(found)} valeurs, il en faut une.",
                f"“@slice(path: {field.slice[:60]})” finds {len(found)} values, one is needed.",
            )
        return text(found[0][1])

    def _filtered(self, field: Field, nodes: list[Node]) -> list[Node]:
        """The values that the arguments of a field keep."""
        for name, wanted in field.arguments.items():
            if name == "fhirpath":
                nodes = [node for node in nodes if self._keeps(str(wanted), node)]
            elif name not in ("_count", "_offset"):
                nodes = [node for node in nodes if _has(node, name, wanted)]
        offset = natural(field.arguments.get("_offset", 0), "_offset")
        if "_count" in field.arguments:
            return nodes[offset : offset + natural(field.arguments["_count"], "_count")]
        return nodes[offset:]

    def _keeps(self, expression: str, node: Node) -> bool:
        return compiled(expression, node.type).test([node[:3]], self._seen_from(node)) is True

    def _seen_from(self, node: Node) -> Environment:
        self._environment.resource = node.root
        return self._environment

    def _spend(self, steps: int) -> None:
        self._left -= steps
        if self._left < 0:
            raise Problem.of(
                Kind.TOO_COSTLY,
                f"La requête passe par plus de {MOST} champs et valeurs : demandez-en moins.",
                f"The query goes through more than {MOST} fields and values: ask for less.",
                rule=RULE,
            )

    # — references —

    async def _follow(self, node: Node, field: Field) -> Node | None:
        """The resource that a reference designates; None when it is of another type, or optional and not there."""
        unknown = set(field.arguments) - {"optional", "type"}
        if unknown:
            raise wrong("« resource » prend « optional » et « type ».", "“resource” takes “optional” and “type”.")
        said, wanted = str(node.value.get("reference", "")), str(field.arguments.get("type", ""))
        if not said:
            return None
        if wanted and (target_type(node.value, node.root) or wanted) != wanted:
            return None
        try:
            resource = await self._resource(said, node.root)
        except Problem as problem:
            if problem.kind in (Kind.NOT_FOUND, Kind.GONE) and field.arguments.get("optional") is True:
                return None
            raise
        if wanted and resource["resourceType"] != wanted:
            return None
        return Node(resource["resourceType"], resource, None, node.root if said[0] == "#" else resource)

    async def _resource(self, said: str, root: Json) -> Json:
        if said[0] == "#":
            held = [one for one in root.get("contained", ()) if f"#{one.get('id')}" == said]
            if held:
                return held[0]  # type: ignore[no-any-return] # a contained resource is an object
        elif (found := local(said, self._bases)) is not None:
            return await self._asking.get("/".join(found))
        raise Problem.of(
            Kind.NOT_FOUND,
            f"La référence « {said[:200]} » ne désigne rien ici ; « resource(optional: true) » s'en passe.",
            f"The reference “{said[:200]}” designates nothing here; “resource(optional: true)” does without.",
            rule=RULE,
        )


# — fields and types —


def check_fields(type_: str, selections: Sequence[Selection]) -> None:
    """Refuse fields that a type does not have, before anything is looked up; what depends on the data is seen later.

    Raises: Problem(INVALID).
    """
    for field in _fields(type_, selections):
        if field.name in _DESCRIBING:
            raise wrong(
                f"« {field.name} » se demande à la racine de la requête.",
                f"“{field.name}” is asked at the root of the query.",
            )
        if field.name in ("resource", "resourceType", "__typename") or field.name in attributes(type_):
            continue
        member = _member(type_, field.name)
        if member is None:
            if r4().is_resource(type_) and field.name.endswith((_LIST, _CONNECTION)):
                continue
            raise _unknown(type_, field.name, [*attributes(type_), *members(type_)])
        inside = "Element" if field.name[0] == "_" else member.code
        if inside == "Resource":
            continue
        leaf = field.name[0] != "_" and member.holds in (Holds.VALUE, Holds.NARRATIVE)
        if leaf is bool(field.selections):
            raise wrong(
                f"« {field.name} » {'est une valeur simple' if leaf else 'est un objet : dites lesquels de ses champs'}.",
                f"“{field.name}” {'is a simple value' if leaf else 'is an object: say which of its fields'}.",
            )
        if not leaf:
            check_fields(inside, field.selections)


def _fields(type_: str, selections: Sequence[Selection]) -> list[Field]:
    """The fields for an object of a type, those of fragments included; the same field asked twice is one."""
    out: dict[str, Field] = {}
    for one in selections:
        for field in (
            [one] if isinstance(one, Field) else _fields(type_, one.selections) if _matches(type_, one) else ()
        ):
            before = out.get(field.key)
            if before is None:
                out[field.key] = field
            elif before.name != field.name or before.arguments != field.arguments:
                raise wrong(
                    f"« {field.key} » est demandé de deux façons : donnez un alias à l'une.",
                    f"“{field.key}” is asked in two ways: give one of them an alias.",
                )
            else:
                both = (*before.selections, *field.selections)
                out[field.key] = Field(
                    field.name,
                    field.key,
                    field.arguments,
                    both,
                    field.flatten,
                    field.first,
                    field.singleton,
                    field.slice,
                )
    return list(out.values())


def _matches(type_: str, fragment: Fragment) -> bool:
    return fragment.type in ("", type_) or (r4().kind(type_) is not None and r4().is_a(type_, fragment.type))


def _member(type_: str, name: str) -> Member | None:
    known = members(type_)
    if name[0] != "_":
        return known.get(name)
    member = known.get(name[1:])
    return member if member is not None and member.holds is Holds.VALUE and member.extensible else None


def _held(node: Node, member: Member, name: str) -> list[Node]:
    """The values of a member of an object; of `_name`, the ids and extensions."""
    owner: Mapping[str, Any] = node.value
    values, companions = owner.get(member.name), owner.get(member.companion)
    if name[0] == "_":
        said = companions if isinstance(companions, list) else [companions]
        return [Node("Element", one, None, node.root) for one in said if one is not None]
    if values is None:
        return []
    if not member.many:
        values, companions = [values], [companions]
    companions = companions or [None] * len(values)
    return [
        Node(
            member.code if member.holds is not Holds.RESOURCE else str(value["resourceType"]), value, beside, node.root
        )
        for value, beside in zip(values, companions, strict=True)
        if value is not None
    ]


def _has(node: Node, name: str, wanted: Any) -> bool:
    """Whether one of the values of a field is the one (one of those) that an argument gives."""
    member = members(node.type).get(name) if isinstance(node.value, dict) else None
    if member is None and name not in attributes(node.type):
        raise wrong(
            f"« {name} » n'est pas un champ de {node.type} : on ne filtre pas par lui.",
            f"“{name}” is no field of {node.type}: nothing is filtered by it.",
        )
    held = node.value.get(name)
    several = held if isinstance(held, list) else [held]
    accepted = {text(one) for one in (wanted if isinstance(wanted, list) else [wanted])}
    return any(one is not None and not isinstance(one, dict) and text(one) in accepted for one in several)


def _leaf(field: Field, node: Node) -> Any:
    if isinstance(node.value, dict):
        raise wrong(
            f"« {field.name} » est un objet : dites lesquels de ses champs.",
            f"“{field.name}” is an object: say which of its fields.",
        )
    return node.value


def _unknown(type_: str, name: str, known: Sequence[str]) -> Problem:
    reason = unknown_name(name, type_, tuple(known))
    stop = "" if reason.fr.endswith("?") else "."
    return wrong(f"{reason.fr}{stop}", f"{reason.en}{stop}")
