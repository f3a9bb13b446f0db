"""What `check` says of a resource that is not legal: reasons, the places they climb from, the Problem they become."""

from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from typing import Final, NamedTuple

from socle.kernel.outcome import Issue, Kind, Problem, Text

MOST_ISSUES = 50

# By FHIR issue type.
_RULES = {
    "structure": "FHIR R4 json.html",
    "required": "FHIR R4 conformance-rules.html#cardinality",
    "value": "FHIR R4 datatypes.html",
    "code-invalid": "FHIR R4 terminologies.html#required",
    "not-found": "FHIR R4 references.html#contained",
    "business-rule": "FHIR R4 references.html",
}


class Reason(NamedTuple):
    """Why a value is refused: a FHIR issue code, and what to do, in French and in English, without a final stop."""

    code: str
    fr: str
    en: str


class Fault:
    """A reason and where it applies; the path grows at its head while the fault climbs to the resource."""

    __slots__ = ("path", "reason")

    def __init__(self, path: str, reason: Reason) -> None:
        self.path = path
        self.reason = reason


def problem(resource_type: str, faults: Iterable[Fault]) -> Problem:
    """The Problem(INVALID) that lists faults, at most 50, each with its FHIRPath."""
    return Problem(Kind.INVALID, *(_issue(resource_type, fault) for fault in list(faults)[:MOST_ISSUES]))


def _issue(resource_type: str, fault: Fault) -> Issue:
    expression = f"{resource_type}{fault.path}".removeprefix(".")
    code, fr, en = fault.reason
    place_fr, place_en = (f"{expression} : ", f"{expression}: ") if expression else ("", "")
    text = Text(f"{place_fr}{fr}{_stop(fr)}", f"{place_en}{en}{_stop(en)}")
    return Issue(text, (expression,) if expression else (), _RULES[code], code)


def _stop(sentence: str) -> str:
    return "" if sentence.endswith("?") else "."


def unknown_name(name: str, owner: str, known: Sequence[str]) -> Reason:
    """The reason that says that `owner` has no `name`, and which name was perhaps meant."""
    name = name[:64]
    guess = next((other for other in known if other.lower() == name.lower()), None)
    if guess is None:
        guess = next(iter(get_close_matches(name, known, n=1, cutoff=0.7)), None)
    fr, en = f"« {name} » n'existe pas dans {owner}", f'"{name}" does not exist in {owner}'
    if guess:
        return Reason("structure", f"{fr} ; vouliez-vous dire « {guess} » ?", f'{en}; did you mean "{guess}"?')
    return Reason("structure", f"{fr} ; retirez-le", f"{en}; leave it out")


def unknown_code(code: str, value_set: str, codes: Sequence[str]) -> Reason:
    """The reason that says that a closed value set has no `code`, and which codes it has."""
    shown = ", ".join(codes[:20]) + (", …" if len(codes) > 20 else "")
    short = code[:64]
    return Reason(
        "code-invalid",
        f"le code « {short} » n'est pas permis ; codes possibles : {shown} ({value_set})",
        f'the code "{short}" is not allowed; possible codes: {shown} ({value_set})',
    )


NOT_AN_OBJECT: Final = Reason("structure", "écrivez un objet JSON {…}", "write a JSON object {…}")
EMPTY_OBJECT: Final = Reason(
    "structure",
    "un élément a au moins une valeur ou une extension ; retirez-le s'il n'en a pas",
    "an element has at least a value or an extension; leave it out if it has none",
)
NOT_AN_ARRAY: Final = Reason(
    "structure", "cet élément se répète : écrivez un tableau […]", "this element repeats: write an array […]"
)
EMPTY_ARRAY: Final = Reason(
    "structure", "un tableau vide n'est pas permis ; retirez l'élément", "an empty array is not allowed; leave it out"
)
ONE_ONLY: Final = Reason(
    "structure",
    "cet élément n'a qu'une valeur : écrivez-la sans crochets",
    "this element has one value only: write it without brackets",
)
NULL: Final = Reason(
    "structure",
    "null n'est permis qu'à la place d'une valeur dont l'extension est donnée au même rang ; sinon retirez-le",
    "null is only allowed in place of a value whose extension is given at the same rank; otherwise leave it out",
)
# Never shown: an array says that it holds nulls, its owner, which sees the extensions, says which are wrong.
SOME_NULLS: Final = Reason(*NULL)
MISALIGNED: Final = Reason(
    "structure",
    "donnez autant d'éléments que de valeurs, null là où il n'y a pas d'extension",
    "give as many items as there are values, null where there is no extension",
)
REQUIRED: Final = Reason("required", "cet élément est obligatoire", "this element is required")
ONE_CHOICE: Final = Reason(
    "structure", "un seul type de valeur est permis ; gardez-en un", "only one type of value is allowed; keep one"
)
EXTENSION: Final = Reason(
    "structure",
    "une extension porte soit une valeur (value…), soit des extensions, jamais les deux ni aucune",
    "an extension carries either a value (value…) or extensions, never both, never neither",
)
NO_RESOURCE_TYPE: Final = Reason(
    "required",
    "indiquez le type de la ressource : « resourceType »",
    'say the type of the resource: "resourceType"',
)
NOT_IN_CONTAINED: Final = Reason(
    "structure",
    "une ressource contenue n'a ni ressource contenue, ni meta.versionId, ni meta.lastUpdated, ni meta.security",
    "a contained resource has no contained resource, no meta.versionId, no meta.lastUpdated, no meta.security",
)
NOT_CONTAINED: Final = Reason(
    "not-found",
    "aucune ressource contenue (« contained ») n'a cet identifiant",
    'no contained resource ("contained") has this id',
)
