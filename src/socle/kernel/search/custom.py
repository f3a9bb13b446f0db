"""SearchParameter resources that a register obeys: which it accepts, and what each says of one resource type.

Source: FHIR R4 searchparameter.html.
"""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from socle.kernel.fhir.definitions import Definitions, SearchParameter, SearchType
from socle.kernel.fhir.extract import Paths, Write, compiled, written
from socle.kernel.fhir.path import Node
from socle.kernel.outcome import Kind, Problem
from socle.kernel.store.contract import Json

TYPE: Final = "SearchParameter"
MOST_BITS: Final = 62  # parameters of one type, whatever they are: one bit each in a bigint
_CODE: Final = re.compile(r"[A-Za-z][A-Za-z0-9\-]{0,63}")
_LONGEST: Final = 2_000
_ROOT: Final = re.compile(r"\(*\s*([A-Z]\w*)\b")
_RULE: Final = "FHIR R4 searchparameter.html"
KINDS: Final[Mapping[str, SearchType]] = {
    "token": "token",
    "string": "string",
    "reference": "reference",
    "date": "date",
    "number": "number",
    "quantity": "quantity",
    "uri": "uri",
}
# What each type of parameter reads, and what is of these types. Source: FHIR R4 search.html#table.
_READ: Final[Mapping[str, tuple[str, ...]]] = {
    "token": ("Coding", "CodeableConcept", "Identifier", "ContactPoint", "boolean", "string", "uri"),
    "string": ("string", "uri", "HumanName", "Address"),
    "reference": ("Reference", "uri"),
    "date": ("date", "dateTime", "instant", "Period", "Timing"),
    "number": ("decimal", "integer", "Range"),
    "quantity": ("Quantity", "Money", "Range", "SampledData"),
    "uri": ("uri",),
}


@dataclass(frozen=True, slots=True)
class Learnt:
    """A parameter of one type, learnt from the resource `id`. Not `ready`: it is kept of what is written, not yet of all.

    `retired`: it is no longer asked nor kept, but its bit stays its own.
    """

    base: str
    definition: SearchParameter
    id: str
    ready: bool = False
    retired: bool = False


def active(resource: Json) -> bool:
    """Whether a SearchParameter is to be obeyed: its status is active."""
    return resource.get("status") == "active"


def learnt_from(resource: Json, id: str, types: Sequence[str], definitions: Definitions) -> list[Learnt]:
    """What an active SearchParameter says, type by type.

    Raises: Problem(INVALID) that names the element, when the register cannot obey it.
    """
    for element in ("code", "type", "base"):
        if element not in resource:  # R4 lets extensions stand for a value, which is of no use here
            raise _refuse(element, "une valeur est nécessaire", "a value is needed")
    code, kind, expression = resource["code"], resource["type"], resource.get("expression", "").strip()
    if not _CODE.fullmatch(code):
        raise _refuse(
            "code",
            "le code compte 1 à 64 lettres, chiffres ou « - » et commence par une lettre",
            "the code has 1 to 64 letters, digits or “-” and starts with a letter",
        )
    if kind not in KINDS:
        listed = ", ".join(KINDS)
        raise _refuse("type", f"types obéis ici : {listed}", f"types obeyed here: {listed}")
    if not expression or len(expression) > _LONGEST:
        raise _refuse(
            "expression",
            f"une expression FHIRPath d'au plus {_LONGEST} caractères est nécessaire",
            f"a FHIRPath expression of at most {_LONGEST} characters is needed",
        )
    found = [_of(base, code, KINDS[kind], expression, resource, id, types, definitions) for base in resource["base"]]
    return list(dict.fromkeys(found))


def _of(
    base: str,
    code: str,
    kind: SearchType,
    expression: str,
    resource: Json,
    id: str,
    types: Sequence[str],
    definitions: Definitions,
) -> Learnt:
    if base not in types:
        raise _refuse("base", f"ce registre ne contient pas de {base}", f"this register holds no {base}")
    if code in definitions.search_parameters(base):
        raise _refuse(
            "code",
            f"{base} a déjà un paramètre « {code} » dans FHIR R4 ; choisissez un autre code",
            f"{base} already has a parameter “{code}” in FHIR R4; choose another code",
        )
    branches = [one.strip() for one in expression.split("|")]
    own = [one for one in branches if not (root := _ROOT.match(one)) or root[1] in (base, "Resource", "DomainResource")]
    if not own:
        raise _refuse("expression", f"l'expression ne dit rien de {base}", f"the expression says nothing of {base}")
    mine = " | ".join(own)
    kinds: set[str] = set()

    def ends(_: Paths[None], type_: str) -> tuple[Sequence[Write], Collection[Node]]:
        kinds.add(type_)
        return (), ()

    try:
        compiled(mine, base)
        written(mine, base, ends, None)
    except Problem as problem:
        said = problem.issues[0].text
        raise _refuse("expression", said.fr.rstrip("."), said.en.rstrip(".")) from problem
    except RecursionError:
        raise _refuse("expression", "l'expression est trop imbriquée", "the expression is too deeply nested") from None
    if kinds and not any(definitions.is_a(found, read) for found in kinds for read in _READ[kind]):
        found, read = ", ".join(sorted(kinds)[:5]), ", ".join(_READ[kind])
        raise _refuse(
            "type",
            f"l'expression donne {found}, qu'un paramètre « {kind} » ne lit pas (il lit {read})",
            f"the expression gives {found}, which a parameter of type “{kind}” does not read (it reads {read})",
        )
    targets = tuple(one for one in resource.get("target", ()) if definitions.is_resource(one))
    return Learnt(base, SearchParameter(code, kind, mine, targets), id)


def _refuse(element: str, fr: str, en: str) -> Problem:
    return Problem.of(
        Kind.INVALID,
        f"SearchParameter.{element} : {fr} ; ou gardez « status » à draft.",
        f"SearchParameter.{element}: {en}; or keep “status” at draft.",
        expression=f"SearchParameter.{element}",
        rule=_RULE,
    )
