"""What is done with each member of a resource to make its keys: parameters that read one path read it together."""

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Final

from socle.kernel.fhir.definitions import Definitions
from socle.kernel.fhir.extract import Paths, Write, Writes, compiled, path_steps, written, written_by_member
from socle.kernel.fhir.path import Call, Name, Node, Typed, parse_path
from socle.kernel.outcome import Problem
from socle.kernel.search.parameter import Parameter
from socle.kernel.search.parameters import COLUMNS
from socle.kernel.search.types import TYPES, composite, date, quantity, reference, string, token
from socle.kernel.store.contract import Json, Keys

_ROOT: Final = re.compile(r"\b([A-Z]\w+)\.(\w+)(?:\.as\((\w+)\)|\.ofType\((\w+)\)|\s+as\s+(\w+))?")
_APART: Final = frozenset({"token", "reference", "quantity", "number", "string", "uri"})  # a value gives its keys alone

Path = tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Steps:
    """What is to be done with a resource of one type, each step given the resource (twice) and what is written.

    told       what says whose data it is, with the members that it reads: the first that knows decides
    by_member  what reads one member
    shared     what reads several members, under each of them
    of_meta    what reads one member of meta
    always     what is to be done whatever members there are
    dated      members that give dates
    """

    told: tuple[tuple[tuple[str, ...], Write], ...]
    by_member: Mapping[str, tuple[Write, ...]]
    shared: Mapping[str, tuple[Write, ...]]
    of_meta: Mapping[str, Write]
    always: tuple[Write, ...]
    dated: frozenset[str]


def steps(
    resource_type: str, parameters: Mapping[str, Parameter], definitions: Definitions, bases: tuple[str, ...]
) -> Steps:
    """The steps of a type that has these parameters, by name."""
    making = _Making(resource_type, definitions, bases)
    for parameter in parameters.values():
        kept = not parameter.parts or (parameter.paths and parameter.keeper == parameter.name)
        if kept and parameter.name not in COLUMNS and parameter.type not in ("special", "phonetic"):
            making.add(parameter)
    return making.steps()


class _Making:
    """The steps of one type, parameter by parameter."""

    def __init__(self, resource_type: str, definitions: Definitions, bases: tuple[str, ...]) -> None:
        self._type = resource_type
        self._definitions = definitions
        self._bases = bases
        self._compartment = definitions.patient_compartment(resource_type)
        self._paths: list[tuple[Path, Parameter]] = []
        self._telling: dict[Path, tuple[int, int]] = {}  # ranks of the references that say whose data it is
        self._told: list[tuple[tuple[int, int], tuple[str, ...], Write]] = []
        self._read: list[tuple[tuple[str, ...], Write]] = []
        self._dated: set[str] = set()

    def add(self, parameter: Parameter) -> None:
        """One more parameter."""
        rank = self._compartment.index(parameter.name) if parameter.name in self._compartment else -1
        paths = self._plain(parameter)
        if paths is None:
            self._whole(parameter, rank)
            return
        for place, path in enumerate(paths):
            self._paths.append((path, parameter))
            bare, of = _bare(path)
            if rank >= 0 and of in ("", "Patient"):
                self._telling[bare] = min(self._telling.get(bare, (rank, place)), (rank, place))
            if parameter.type == "date":
                self._dated.update(
                    json for json, _ in self._definitions.elements(self._type)[_name(path[0])].json_names()
                )

    def steps(self) -> Steps:
        """All that the parameters ask."""
        together: Paths[Parameter] = Paths()
        telling = {path: Paths[Parameter]() for path in self._telling}
        of_meta: dict[str, Paths[Parameter]] = {}
        for path, parameter in self._paths:
            if parameter.type == "reference" and (bare := _bare(path)[0]) in telling:
                telling[bare].add(path, parameter)
            elif path[0] == Name("meta", None) and len(path) > 1 and isinstance(path[1], Name):
                of_meta.setdefault(path[1].name, Paths()).add(path, parameter)
            else:
                together.add(path, parameter)
        told = [*self._told]
        for path, of in telling.items():
            found = written_by_member(of, self._type, self._writes(tells=True))
            told += [(self._telling[path], (member,), write) for member, write in found.items()]
        by_member: dict[str, list[Write]] = {}
        shared: dict[str, list[Write]] = {}
        for member, write in written_by_member(together, self._type, self._writes()).items():
            by_member[member] = [write]
        for members, write in self._read:
            for member in members:
                (by_member if len(members) == 1 else shared).setdefault(member, []).append(write)
        return Steps(
            tuple((members, write) for _, members, write in sorted(told, key=lambda one: one[0])),
            {member: tuple(writes) for member, writes in by_member.items()},
            {member: tuple(writes) for member, writes in shared.items()},
            {
                name: write
                for name, of in of_meta.items()
                for write in written_by_member(of, self._type, self._writes()).values()
            },
            tuple(write for members, write in self._read if not members),
            frozenset(self._dated),
        )

    def _plain(self, parameter: Parameter) -> list[Path] | None:
        """The paths of a parameter, after the type, when each value that they find gives its keys alone."""
        alone = parameter.type in _APART or (parameter.type == "date" and parameter.single)
        if parameter.learnt or parameter.parts or not alone:
            return None
        found: list[Path] = []
        for branch in parameter.expression.split(" | "):
            try:
                root, *path = path_steps(parse_path(branch)) or (None,)
            except Problem:  # a union between brackets
                return None
            if not path or (isinstance(path[0], Call) and path[0].name != "extension"):
                return None
            if self._definitions.is_a(self._type, _name(root)):
                found.append(tuple(path))
        return found

    def _whole(self, parameter: Parameter, rank: int) -> None:
        """A parameter that is not read with others."""
        expression = " | ".join(parameter.paths) if parameter.parts else parameter.expression
        members = self._members(expression)
        write: Write | None
        if parameter.type in _APART and not parameter.learnt:
            write = written(expression, self._type, self._writes(tells=rank >= 0), parameter)
        else:
            write = _together(parameter, expression, self._bases)
        if parameter.type == "date":
            self._dated.update(members)
        if write is not None and rank >= 0:
            self._told.append(((rank, 0), members, write))
        elif write is not None:
            self._read.append((members, write))

    def _members(self, expression: str) -> tuple[str, ...]:
        """Top-level JSON members without which the expression gives nothing; () when it may give something anyway."""
        if re.search(r"exists\(\)\s*(and|or)|\bnot\(\)|!=", expression):
            return ()
        members: list[str] = []
        for root, name, *casts in _ROOT.findall(expression):
            if root not in (self._type, "Resource", "DomainResource"):
                return ()
            if name == "extension":
                members.append("extension")
                continue
            element = self._definitions.elements(self._type).get(name)
            if element is None:
                return ()
            cast = "".join(casts)
            members.extend(json for json, of in element.json_names() if not cast or self._definitions.is_a(of, cast))
        return tuple(dict.fromkeys(members))

    def _writes(self, *, tells: bool = False) -> Writes[Parameter]:
        """What the parameters that end together do with the values of a type."""

        def writes(paths: Paths[Parameter], type_: str) -> tuple[Sequence[Write], Collection[Node]]:
            ending: dict[str, list[Parameter]] = {}
            for parameter in paths.ends:
                ending.setdefault(parameter.type, []).append(parameter)
            done: list[Node] = []
            found: list[Write] = []
            if type_ == "Reference":
                named = [(parameter, "") for parameter in ending.pop("reference", ())]
                for step, way in _leading_to("reference", paths):
                    if of := _resolved(step):
                        named += [(parameter, of) for parameter in way.ends]
                        done.append(step)
                if named:
                    found.append(reference.writer(named, self._bases, tells=tells))
            for of, parameters in ending.items():
                write: Write | None = None
                match of:
                    case "token":
                        write = token.writer(parameters, type_)
                    case "quantity":
                        write = quantity.writer(parameters, type_)
                    case "date" if len(parameters) == 1:
                        write = date.writer(parameters[0], type_)
                    case "string":
                        names = string.PARTS.get(type_, ())
                        ways = {step: way for step, way in _leading_to("string", paths) if _name(step) in names}
                        done += ways
                        write = string.writer(parameters, type_, {_name(step): way.ends for step, way in ways.items()})
                found += [write] if write else [_alone(parameter, type_, self._bases) for parameter in parameters]
            return found, done

        return writes


def _leading_to(type_: str, paths: Paths[Parameter]) -> list[tuple[Node, Paths[Parameter]]]:
    """The ways on, of one step, of parameters of one type alone."""
    return [(step, way) for step, way in paths.on.items() if not way.on and all(one.type == type_ for one in way.ends)]


def _name(step: Node | None) -> str:
    return step.name if isinstance(step, Name | Call) else ""


def _resolved(step: Node) -> str:
    """T of `where(resolve() is T)`; "" for any other step."""
    match step:
        case Call("where", (Typed(Call("resolve", (), None), "is", of),), None):
            return of
    return ""


def _bare(path: Path) -> tuple[Path, str]:
    """A path without the type of references that ends it, and this type ("": any)."""
    of = _resolved(path[-1])
    return (path[:-1], of) if of else (path, "")


def _together(parameter: Parameter, expression: str, bases: tuple[str, ...]) -> Write:
    """All the values of a parameter at once: some keys are of several."""
    extract = composite.extractor(parameter) if parameter.parts else compiled(expression, parameter.resource_type)
    bit, keys = 1 << parameter.bit, _keys(parameter, bases)

    def write(resource: Json, root: Json, into: Keys) -> None:
        if values := extract(resource):
            into.present |= bit
            keys(parameter, values, into)

    return write


def _alone(parameter: Parameter, type_: str, bases: tuple[str, ...]) -> Write:
    """One value of a FHIR type."""
    bit, keys = 1 << parameter.bit, _keys(parameter, bases)

    def write(value: Any, root: Json, into: Keys) -> None:
        into.present |= bit
        keys(parameter, ((type_, value),), into)

    return write


def _keys(parameter: Parameter, bases: tuple[str, ...]) -> Callable[..., None]:
    if parameter.learnt:
        return partial(_lenient, _keys(replace(parameter, learnt=False), bases))
    if parameter.parts:
        return composite.Keeper(parameter, bases)
    if parameter.type == "reference":
        return partial(reference.keys, bases=bases)
    return TYPES[parameter.type].keys


def _lenient(keys: Callable[..., None], parameter: Parameter, values: list[tuple[str, Any]], into: Keys) -> None:
    """Keys of a learnt parameter, value by value: one that it does not suit (a text for a date) is not indexed."""
    for value in values:
        try:
            keys(parameter, [value], into)
        except (Problem, ValueError, TypeError, AttributeError, KeyError, ArithmeticError):
            continue
