"""What each type allows, as closures that check one value: the engine of `check`.

A checker takes (value, scope) and answers None, a `Reason` (the value itself is wrong) or a list of `Fault` (something
in it is). It is built when its type is first met, its elements when they are first met. Each value is visited once.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from socle.kernel.fhir.definitions import Element, r4
from socle.kernel.fhir.faults import MOST_ISSUES, Fault, Reason, unknown_code, unknown_name
from socle.kernel.fhir.narrative import narrative
from socle.kernel.fhir.primitives import CHECKS, NOT_A_STRING
from socle.kernel.fhir.references import legal_reference, references

Json = dict[str, Any]


class Scope:
    """What a check must remember while it goes down.

    conditional  whether references may be searches
    fragments    ids of contained resources referred to in the current resource
    """

    __slots__ = ("conditional", "fragments")

    def __init__(self, conditional: bool) -> None:
        self.conditional = conditional
        self.fragments: list[str] = []


Answer = Reason | list[Fault] | None
Checker = Callable[[Any, Scope], Answer]

_NOT_AN_OBJECT: Final = Reason("structure", "écrivez un objet JSON {…}", "write a JSON object {…}")
_EMPTY_OBJECT: Final = Reason(
    "structure",
    "un élément a au moins une valeur ou une extension ; retirez-le s'il n'en a pas",
    "an element has at least a value or an extension; leave it out if it has none",
)
_NOT_AN_ARRAY: Final = Reason(
    "structure", "cet élément se répète : écrivez un tableau […]", "this element repeats: write an array […]"
)
_EMPTY_ARRAY: Final = Reason(
    "structure", "un tableau vide n'est pas permis ; retirez l'élément", "an empty array is not allowed; leave it out"
)
_ONE_ONLY: Final = Reason(
    "structure",
    "cet élément n'a qu'une valeur : écrivez-la sans crochets",
    "this element has one value only: write it without brackets",
)
_NULL: Final = Reason(
    "structure",
    "null n'est permis qu'à la place d'une valeur dont l'extension est donnée au même rang ; sinon retirez-le",
    "null is only allowed in place of a value whose extension is given at the same rank; otherwise leave it out",
)
# Never shown: an array says that it holds nulls, its owner, which sees the extensions, says which are wrong.
_SOME_NULLS: Final = Reason(*_NULL)
_MISALIGNED: Final = Reason(
    "structure",
    "donnez autant d'éléments que de valeurs, null là où il n'y a pas d'extension",
    "give as many items as there are values, null where there is no extension",
)
_REQUIRED: Final = Reason("required", "cet élément est obligatoire", "this element is required")
_ONE_CHOICE: Final = Reason(
    "structure", "un seul type de valeur est permis ; gardez-en un", "only one type of value is allowed; keep one"
)
_EXTENSION: Final = Reason(
    "structure",
    "une extension porte soit une valeur (value…), soit des extensions, jamais les deux ni aucune",
    "an extension carries either a value (value…) or extensions, never both, never neither",
)
_NO_RESOURCE_TYPE: Final = Reason(
    "required",
    "indiquez le type de la ressource : « resourceType »",
    'say the type of the resource: "resourceType"',
)
_NOT_IN_CONTAINED: Final = Reason(
    "structure",
    "une ressource contenue n'a ni ressource contenue, ni meta.versionId, ni meta.lastUpdated, ni meta.security",
    "a contained resource has no contained resource, no meta.versionId, no meta.lastUpdated, no meta.security",
)
_NOT_CONTAINED: Final = Reason(
    "not-found",
    "aucune ressource contenue (« contained ») n'a cet identifiant",
    'no contained resource ("contained") has this id',
)


@cache
def resource_checker(resource_type: str) -> Checker:
    """The checker of a whole resource of a known type, as a top level or in a Bundle or Parameters."""
    inside = _object(resource_type)
    bundle = resource_type == "Bundle"

    def whole(value: Any, scope: Scope) -> Answer:
        outer, conditional = scope.fragments, scope.conditional
        scope.fragments = []
        if bundle and type(value) is dict:
            scope.conditional = value.get("type") in ("transaction", "batch")
        answer = inside(value, scope)
        if scope.fragments:
            answer = _with_dangling(answer, value, scope.fragments)
        scope.fragments, scope.conditional = outer, conditional
        return answer

    return whole


def _with_dangling(answer: Answer, resource: Json, fragments: list[str]) -> Answer:
    """Add the references to contained resources that are not there."""
    contained = resource.get("contained")
    held = {c.get("id") for c in contained if type(c) is dict} if type(contained) is list else set()
    missing = {f"#{fragment}" for fragment in fragments if fragment and fragment not in held}
    if not missing or answer is not None:
        return answer
    prefix = len(resource["resourceType"])
    return [
        Fault(f"{path[prefix:]}.reference", _NOT_CONTAINED)
        for reference, path in references(resource)
        if reference["reference"] in missing
    ][:MOST_ISSUES]


def _resource(value: Any, scope: Scope) -> Answer:
    """A resource of any type inside a Bundle or Parameters."""
    return _dispatch(value, scope, resource_checker)


def _contained(value: Any, scope: Scope) -> Answer:
    """A resource in `contained`: it shares the fragments of its container."""
    answer = _dispatch(value, scope, _object)
    if answer is None:
        meta = value.get("meta")
        if "contained" in value or (meta and ("versionId" in meta or "lastUpdated" in meta or "security" in meta)):
            return _NOT_IN_CONTAINED
    return answer


def _dispatch(value: Any, scope: Scope, checkers: Callable[[str], Checker]) -> Answer:
    if type(value) is not dict:
        return _NOT_AN_OBJECT
    resource_type = value.get("resourceType")
    if type(resource_type) is str and r4().is_resource(resource_type):
        return checkers(resource_type)(value, scope)
    if resource_type is None:
        return [Fault(".resourceType", _NO_RESOURCE_TYPE)]
    return [Fault(".resourceType", unknown_name(str(resource_type)[:64], "FHIR R4", r4().resource_types))]


@cache
def _object(path: str) -> Checker:
    """The checker of objects of a type ("Patient") or nested element ("Patient.contact")."""
    members = _Members(path)
    known = members.ordinary.get
    required, required_choices = members.required, members.required_choices
    companion = path == "Element"  # the extensions of a primitive; the value is elsewhere

    def check_object(value: Any, scope: Scope) -> Answer:
        if type(value) is not dict:
            return _NOT_AN_OBJECT
        faults: list[Fault] | None = None
        chosen: dict[str, str] | None = None
        for name, item in value.items():
            checker = known(name)
            if checker is not None:
                answer = checker(item, scope)
            elif (special := members.find(name)) is not None:
                form, element = special.form, special.choice
                if element is not None:
                    if chosen is None:
                        chosen = {element: form}
                    elif chosen.setdefault(element, form) != form:
                        faults = _add(faults, f".{element}", _ONE_CHOICE)
                answer = special.checker(item if special.plain else (item, value.get(form)), scope)
            else:
                answer = [Fault("", members.unknown(name))]
            if answer is not None:
                faults = _add(faults, f".{members.element_name(name)}", _precise(answer, name, item, value))
                if len(faults or ()) >= MOST_ISSUES:
                    return faults
        for name in required:
            if name not in value and f"_{name}" not in value:
                faults = _add(faults, f".{name}", _REQUIRED)
        for name in required_choices:
            if chosen is None or name not in chosen:
                faults = _add(faults, f".{name}", _REQUIRED)
        if len(value) < 2 and (not value or ("id" in value and not companion)) and faults is None:
            return _EMPTY_OBJECT
        return faults

    if path == "Extension":
        return _extension(check_object)
    return check_object


@dataclass(frozen=True, slots=True)
class _Special:
    """How a member is checked that is a form of a choice, or the extensions of a primitive (its name starts with _).

    checker  of the value; of (the value, the value of `form`) when not `plain`
    choice   the element, when it is a choice
    form     the name without its _
    """

    checker: Checker
    choice: str | None
    form: str
    plain: bool


class _Members:
    """What the members of an object may be: checkers by JSON name, built as they are met."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.ordinary: dict[str, Checker] = {"resourceType": _anything} if r4().is_resource(path) else {}
        self.special: dict[str, _Special] = {}
        elements = r4().elements(path).values()
        self.forms = {name: (element, code) for element in elements for name, code in element.json_names()}
        needed = [element for element in elements if element.min]
        self.required = tuple(element.name for element in needed if not element.choice)
        self.required_choices = tuple(element.name for element in needed if element.choice)

    def element_name(self, name: str) -> str:
        """The element of a JSON name, for paths: valueQuantity → value, _birthDate → birthDate."""
        form = self.forms.get(name.removeprefix("_"))
        return form[0].name if form else name[:64]

    def find(self, name: str) -> "_Special | None":
        """How to check a member that has no ordinary checker yet; None when it is not allowed."""
        if (found := self.special.get(name)) is not None:
            return found
        form = name.removeprefix("_")
        if form not in self.forms:
            return None
        element, code = self.forms[form]
        choice = element.name if element.choice else None
        if form != name:
            if element.attribute or r4().kind(code) != "primitive" or code == "xhtml":
                return None
            self.special[name] = _Special(_companion if element.max == 1 else _companions, choice, form, plain=False)
        elif choice:
            self.special[name] = _Special(_checker(element, code), choice, form, plain=True)
        else:
            self.ordinary[name] = _checker(element, code)
            return _Special(self.ordinary[name], None, form, plain=True)
        return self.special[name]

    def unknown(self, name: str) -> Reason:
        """The reason that says that a member does not exist."""
        return unknown_name(name, self.path, tuple(self.forms))


def _add(faults: list[Fault] | None, step: str, answer: Answer) -> list[Fault] | None:
    """Faults with those of an answer, one step higher."""
    if answer is None:
        return faults
    if isinstance(answer, Reason):
        answer = [Fault("", answer)]
    for fault in answer:
        fault.path = step + fault.path
    return answer if faults is None else faults + answer


def _precise(answer: Reason | list[Fault], name: str, item: Any, owner: Json) -> Answer:
    """The answer about a member, clearer where the shape is wrong, without the nulls that an extension justifies."""
    if isinstance(answer, Reason):
        if item is None:
            return _NULL
        if type(item) is list and answer.code == "structure" and answer is not _EMPTY_ARRAY:
            return _ONE_ONLY
        return answer
    if answer[-1].reason is _SOME_NULLS:
        companions = owner.get(f"_{name}")
        justified = companions if type(companions) is list and len(companions) == len(item) else ()
        answer.pop()
        for rank, one in enumerate(item):
            if one is None and (not justified or justified[rank] is None) and len(answer) < MOST_ISSUES:
                answer.append(Fault(f"[{rank}]", _NULL))
    return answer or None


def _anything(value: Any, scope: Scope) -> Answer:
    return None


@cache
def _element_type(code: str) -> Checker:
    """The checker of one value of a type, whatever the element."""
    if code == "xhtml":
        return narrative
    if code == "Resource":
        return _resource
    return CHECKS.get(code) or _object(code)


def _checker(element: Element, code: str) -> Checker:
    """The checker of an element in one of its types: binding, targets, array."""
    if element.name == "contained" and code == "Resource":
        one: Checker = _contained
    elif code == "Reference":
        one = _reference(frozenset(element.targets.get(code, ())))
    elif element.value_set and code == "code":
        one = _coded(element.value_set)
    elif element.value_set and code == "CodeableConcept":
        one = _concept(element.value_set)
    else:
        one = _element_type(code)
    if element.max == 1:
        return one
    return _array(one, primitive=r4().kind(code) == "primitive")


def _array(one: Checker, *, primitive: bool) -> Checker:
    def check_array(value: Any, scope: Scope) -> Answer:
        if type(value) is not list:
            return _NOT_AN_ARRAY
        if not value:
            return _EMPTY_ARRAY
        faults: list[Fault] | None = None
        nulls = False
        for rank, item in enumerate(value):
            answer = one(item, scope)
            if answer is not None:
                if item is None and primitive:
                    nulls = True
                    continue
                faults = _add(faults, f"[{rank}]", _ONE_ONLY if type(item) is list else answer)
                if len(faults or ()) >= MOST_ISSUES:
                    return faults
        return [*(faults or ()), Fault("", _SOME_NULLS)] if nulls else faults  # `_precise` says which nulls are wrong

    return check_array


def _extension(plain: Checker) -> Checker:
    def check_extension(value: Any, scope: Scope) -> Answer:
        answer = plain(value, scope)
        if answer is None:
            nested = "extension" in value
            if (len(value) - 1 - nested - ("id" in value) > 0) is nested:
                return _EXTENSION
        return answer

    return check_extension


def _companion(pair: tuple[Any, Any], scope: Scope) -> Answer:
    """_name, for an element that does not repeat: an object with an id or extensions."""
    return _object("Element")(pair[0], scope)


def _companions(pair: tuple[Any, Any], scope: Scope) -> Answer:
    """_name, for an element that repeats: as many objects or nulls as there are values."""
    companions, values = pair
    if type(companions) is not list:
        return _NOT_AN_ARRAY
    if not companions:
        return _EMPTY_ARRAY
    if type(values) is list and len(values) != len(companions):
        return _MISALIGNED
    check_one = _object("Element")
    faults: list[Fault] | None = None
    for rank, item in enumerate(companions):
        if item is None:
            missing = type(values) is not list or values[rank] is None
            faults = _add(faults, f"[{rank}]", _NULL if missing else None)
        else:
            faults = _add(faults, f"[{rank}]", check_one(item, scope))
        if len(faults or ()) >= MOST_ISSUES:
            break
    return faults


@cache
def _coded(value_set: str) -> Checker:
    """A code of a closed value set."""
    codes = frozenset().union(*r4().codes(value_set).values())
    listed = tuple(sorted(codes))

    def check_code(value: Any, scope: Scope) -> Answer:
        if type(value) is not str:
            return NOT_A_STRING
        return None if value in codes else unknown_code(value, value_set, listed)

    return check_code


@cache
def _concept(value_set: str) -> Checker:
    """A CodeableConcept, one coding of which must be in a closed value set; only extensions may stand for it."""
    systems: Mapping[str, frozenset[str]] = r4().codes(value_set)
    listed = tuple(sorted({code for codes in systems.values() for code in codes}))
    plain = _object("CodeableConcept")

    def check_concept(value: Any, scope: Scope) -> Answer:
        answer = plain(value, scope)
        if answer is not None:
            return answer
        codings = value.get("coding", ())
        if any(coding.get("code") in systems.get(coding.get("system"), ()) for coding in codings):
            return None
        if not codings and "text" not in value:
            return None
        return unknown_code(next((c["code"] for c in codings if "code" in c), ""), value_set, listed)

    return check_concept


@cache
def _reference(targets: frozenset[str]) -> Checker:
    """A Reference to one of `targets` (any type when empty)."""
    plain = _object("Reference")

    def check_reference(value: Any, scope: Scope) -> Answer:
        answer = plain(value, scope)
        if answer is not None:
            return answer
        text = value.get("reference")
        if text is not None:
            if text[0] == "#":
                scope.fragments.append(text[1:])
            elif (reason := legal_reference(text, targets, conditional=scope.conditional)) is not None:
                return [Fault(".reference", reason)]
        return None

    return check_reference
