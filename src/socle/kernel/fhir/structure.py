"""What each type allows, as closures that check one value: the engine of `check`.

A checker takes (value, scope) and answers None, a `Reason` (the value itself is wrong) or a list of `Fault` (something
in it is). It is built when its type is first met, its elements when they are first met. Each value is visited once.
"""

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, NamedTuple

from socle.kernel.fhir.definitions import Element, r4
from socle.kernel.fhir.faults import (
    EMPTY_ARRAY,
    EMPTY_OBJECT,
    EXTENSION,
    MISALIGNED,
    MOST_ISSUES,
    NO_RESOURCE_TYPE,
    NOT_AN_ARRAY,
    NOT_AN_OBJECT,
    NOT_CONTAINED,
    NOT_IN_CONTAINED,
    NULL,
    ONE_CHOICE,
    ONE_ONLY,
    REQUIRED,
    SOME_NULLS,
    Fault,
    Reason,
    unknown_code,
    unknown_name,
)
from socle.kernel.fhir.narrative import narrative
from socle.kernel.fhir.primitives import CHECKS, NOT_A_STRING, is_id
from socle.kernel.fhir.references import URNS, legal_reference, references

Json = dict[str, Any]


# Types that are a text with no other rule, and whether it may have spaces.
_TEXTS = {"string": True, "markdown": True, "uri": False, "url": False, "canonical": False, "code": False}
_SHORT = 10_000  # characters; longer texts go to their checker, which knows the limit


class Scope:
    """What a check must remember while it goes down.

    conditional  whether references may be searches
    fragments    ids of contained resources referred to in the current resource
    urns         the References to a urn:uuid or urn:oid that were met
    """

    __slots__ = ("conditional", "fragments", "urns")

    def __init__(self, conditional: bool) -> None:
        self.conditional = conditional
        self.fragments: list[str] = []
        self.urns: list[Json] = []


Answer = Reason | list[Fault] | None
Checker = Callable[[Any, Scope], Answer]


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
    if contained is None:
        contained = []
    if type(contained) is not list or any(type(c) is not dict or type(c.get("id", "")) is not str for c in contained):
        return answer  # told already: nobody can say which ids are missing
    held = {c.get("id") for c in contained}
    missing = {f"#{fragment}" for fragment in fragments if fragment and fragment not in held}
    if not missing:
        return answer
    prefix = len(resource["resourceType"])
    try:
        dangling = [
            Fault(f"{path[prefix:]}.reference", NOT_CONTAINED)
            for reference, path in references(resource)
            if reference["reference"] in missing
        ]
    except (AttributeError, KeyError, TypeError, ValueError):
        return answer  # shapes that are wrong: told
    told = [Fault("", answer)] if isinstance(answer, Reason) else answer or []
    return (told + dangling)[:MOST_ISSUES]


def _resource(value: Any, scope: Scope) -> Answer:
    """A resource of any type inside a Bundle or Parameters."""
    return _dispatch(value, scope, resource_checker)


def _contained(value: Any, scope: Scope) -> Answer:
    """A resource in `contained`: it shares the fragments of its container."""
    answer = _dispatch(value, scope, _object)
    if answer is None:
        meta = value.get("meta")
        if "contained" in value or (meta and ("versionId" in meta or "lastUpdated" in meta or "security" in meta)):
            return NOT_IN_CONTAINED
    return answer


def _dispatch(value: Any, scope: Scope, checkers: Callable[[str], Checker]) -> Answer:
    if type(value) is not dict:
        return NOT_AN_OBJECT
    resource_type = value.get("resourceType")
    if type(resource_type) is str and r4().is_resource(resource_type):
        return checkers(resource_type)(value, scope)
    if resource_type is None:
        return [Fault(".resourceType", NO_RESOURCE_TYPE)]
    return [Fault(".resourceType", unknown_name(str(resource_type)[:64], "FHIR R4", r4().resource_types))]


@cache
def _object(path: str) -> Checker:
    """The checker of objects of a type ("Patient") or nested element ("Patient.contact")."""
    members = _Members(path)
    text_of, checker_of, special_of = members.texts.get, members.checkers.get, members.special.get
    mandatory = bool(members.required or members.required_choices)
    extension = path == "Extension"
    companion = path == "Element"  # the extensions of a primitive; the value is elsewhere

    def check_object(value: Any, scope: Scope) -> Answer:
        if type(value) is not dict:
            return NOT_AN_OBJECT
        faults: list[Fault] | None = None
        chosen: dict[str, str] | None = None
        for name, item in value.items():
            if type(item) is str and (rule := text_of(name)) is not None:  # most members, without a call
                if rule is True:
                    if item.isprintable() and 0 < len(item) < _SHORT:
                        continue
                elif rule is False:
                    if item and item.isprintable() and " " not in item:
                        continue
                elif item in rule:
                    continue
            checker = checker_of(name)
            if checker is not None:
                answer = checker(item, scope)
            elif (special := special_of(name) or members.find(name)) is not None:
                checker, choice, form, plain = special
                if choice is not None:
                    if chosen is None:
                        chosen = {choice: form}
                    elif chosen.setdefault(choice, form) != form:
                        faults = _add(faults, f".{choice}", ONE_CHOICE)
                answer = checker(item if plain else (item, value.get(form)), scope)
            else:
                answer = [Fault("", unknown_name(name, path, tuple(members.forms)))]
            if answer is not None:
                faults = _add(faults, f".{members.element_name(name)}", _precise(answer, name, item, value))
                if len(faults or ()) >= MOST_ISSUES:
                    return faults
        if mandatory:
            faults = members.add_missing(faults, value, chosen)
        if extension and faults is None:
            nested = "extension" in value
            if (chosen is not None) is nested:
                return EXTENSION
        if len(value) < 2 and (not value or ("id" in value and not companion)) and faults is None:
            return EMPTY_OBJECT
        return faults

    return check_object


class _Special(NamedTuple):
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
    """What the members of an object may be, by JSON name, built as they are met.

    texts     for members that are one text without further rule, whether it may have spaces; or its possible codes
    checkers  for members that are neither a choice nor the extensions of a primitive
    special   for the others
    """

    def __init__(self, path: str) -> None:
        self.texts: dict[str, bool | frozenset[str]] = {}
        self.checkers: dict[str, Checker] = {"resourceType": _anything} if r4().is_resource(path) else {}
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

    def add_missing(
        self, faults: list[Fault] | None, value: Json, chosen: Mapping[str, str] | None
    ) -> list[Fault] | None:
        """Faults with one for each mandatory element that has neither a value nor extensions."""
        for name in self.required:
            if name not in value and f"_{name}" not in value:
                faults = _add(faults, f".{name}", REQUIRED)
        for name in self.required_choices:
            if chosen is None or name not in chosen:
                faults = _add(faults, f".{name}", REQUIRED)
        return faults

    def find(self, name: str) -> _Special | None:
        """How to check a member met for the first time; None when it is not allowed."""
        form = name.removeprefix("_")
        if form not in self.forms:
            return None
        element, code = self.forms[form]
        choice = element.name if element.choice else None
        if form != name:
            if element.attribute or r4().kind(code) != "primitive" or code == "xhtml":
                return None
            found = _Special(_companion if element.max == 1 else _companions, choice, form, plain=False)
            self.special[name] = found
        else:
            found = _Special(_checker(element, code), choice, form, plain=True)
            if choice:
                self.special[name] = found
            else:
                self.checkers[name] = found.checker
                if element.max == 1 and code == "code" and element.value_set:
                    self.texts[name] = _codes(element.value_set)
                elif element.max == 1 and code in _TEXTS:
                    self.texts[name] = _TEXTS[code]
        return found


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
            return NULL
        if type(item) is list and answer.code == "structure" and answer is not EMPTY_ARRAY:
            return ONE_ONLY
        return answer
    if answer[-1].reason is SOME_NULLS:
        companions = owner.get(f"_{name}")
        justified = companions if type(companions) is list and len(companions) == len(item) else ()
        answer.pop()
        for rank, one in enumerate(item):
            if one is None and (not justified or justified[rank] is None) and len(answer) < MOST_ISSUES:
                answer.append(Fault(f"[{rank}]", NULL))
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
            return NOT_AN_ARRAY
        if not value:
            return EMPTY_ARRAY
        for item in value:
            if (answer := one(item, scope)) is not None:
                return rest(value, next(rank for rank, other in enumerate(value) if other is item), answer, scope)
        return None

    def rest(value: list[Any], rank: int, answer: Answer, scope: Scope) -> Answer:
        """Faults from the item at `rank`, whose answer is known: checking it again at each level would multiply."""
        faults: list[Fault] | None = None
        nulls = False
        for place in range(rank, len(value)):
            item = value[place]
            answer = answer if place == rank else one(item, scope)
            if item is None and primitive:
                nulls = True
            elif answer is not None:
                faults = _add(faults, f"[{place}]", ONE_ONLY if type(item) is list else answer)
                if len(faults or ()) >= MOST_ISSUES:
                    return faults
        return [*(faults or ()), Fault("", SOME_NULLS)] if nulls else faults  # `_precise` says which are wrong

    return check_array


def _companion(pair: tuple[Any, Any], scope: Scope) -> Answer:
    """_name, for an element that does not repeat: an object with extensions, or with an id beside a value."""
    companion, value = pair
    if value is None and type(companion) is dict and companion.keys() == {"id"}:
        return EMPTY_OBJECT
    return _object("Element")(companion, scope)


def _companions(pair: tuple[Any, Any], scope: Scope) -> Answer:
    """_name, for an element that repeats: as many objects or nulls as there are values."""
    companions, values = pair
    if type(companions) is not list:
        return NOT_AN_ARRAY
    if not companions:
        return EMPTY_ARRAY
    if type(values) is list and len(values) != len(companions):
        return MISALIGNED
    check_one = _object("Element")
    faults: list[Fault] | None = None
    for rank, item in enumerate(companions):
        if item is None:
            missing = type(values) is not list or values[rank] is None
            faults = _add(faults, f"[{rank}]", NULL if missing else None)
        else:
            faults = _add(faults, f"[{rank}]", check_one(item, scope))
        if len(faults or ()) >= MOST_ISSUES:
            break
    return faults


@cache
def _codes(value_set: str) -> frozenset[str]:
    return frozenset().union(*r4().codes(value_set).values())


@cache
def _coded(value_set: str) -> Checker:
    """A code of a closed value set."""
    codes = _codes(value_set)
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
    usual = targets or frozenset(r4().resource_types)

    def check_reference(value: Any, scope: Scope) -> Answer:
        answer = plain(value, scope)
        if answer is not None:
            return answer
        text = value.get("reference")
        if text is not None:
            head, _, tail = text.partition("/")
            if head in usual and is_id(tail):
                return None
            if text[0] == "#":
                scope.fragments.append(text[1:])
            elif (reason := legal_reference(text, targets, conditional=scope.conditional)) is not None:
                return [Fault(".reference", reason)]
            elif text.startswith(URNS):
                scope.urns.append(value)
        return None

    return check_reference
