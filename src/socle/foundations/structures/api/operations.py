"""Operations of ours: what a FINESS number names, and whether it is of the nature that is meant."""

from typing import Final

from socle.foundations.structures import actions
from socle.foundations.structures.model import Nature, NumeroFiness
from socle.foundations.structures.permissions import READ
from socle.kernel.outcome import Kind, Problem, Text
from socle.kernel.rest.endpoint import Call, Operation
from socle.kernel.store import Json


async def finess(call: Call) -> Json:
    """Parameters: nature, name, whether the key holds, the legal entity or the establishments.

    Raises: Problem(INVALID) for what is no FINESS number; Problem(NOT_FOUND); Problem(RULE_VIOLATED) when another nature was
    expected: it says which it is, and names the others.
    """
    text, expected = _one(call, "numero"), _one(call, "attendu", required=False)
    if expected not in ("", "EJ", "ET"):
        raise Problem.of(
            Kind.INVALID,
            f"« attendu » vaut « {expected} » ; il faut EJ ou ET.",
            f"“attendu” is “{expected}”; EJ or ET is needed.",
            expression="http.attendu",
        )
    found = await actions.look(call.repository.store, text, by=call.actor)
    one = found.structure
    if expected and one.nature is not Nature(expected):
        told = await actions.meant(call.repository.store, one.numero, Nature(expected))
        assert told is not None
        raise Problem.of(Kind.RULE_VIOLATED, told.fr, told.en, expression="http.numero", rule="SOCLE-FINESS-EJ-ET")
    holds = NumeroFiness(one.numero).key_holds
    said: list[Json] = [
        {"name": "numero", "valueString": one.numero},
        {"name": "nature", "valueCode": one.nature.value},
        {"name": "nom", "valueString": one.name},
        {"name": "organisation", "valueReference": {"reference": f"Organization/{one.numero}"}},
    ]
    if holds is not None:
        said.append({"name": "cle-juste", "valueBoolean": holds})
    if found.entity is not None:
        said.append(_named("entite-juridique", found.entity.numero, found.entity.name))
    if one.nature is Nature.EJ:
        said += [_named("etablissement", site.numero, site.name) for site in found.establishments]
    return {"resourceType": "Parameters", "parameter": said}


def _named(name: str, numero: str, display: str) -> Json:
    return {"name": name, "valueReference": {"reference": f"Organization/{numero}", "display": display}}


def _one(call: Call, name: str, *, required: bool = True) -> str:
    values = call.parameters.get(name, [])
    if len(values) > 1 or (required and not values):
        raise Problem.of(
            Kind.INVALID,
            f"« {name} » est attendu une fois.",
            f"“{name}” is expected once.",
            expression=f"http.{name}",
        )
    return values[0] if values else ""


OPERATIONS: Final = (
    Operation(
        name="finess",
        text=Text("Dire ce qu'un numéro FINESS nomme", "Tell what a FINESS number names"),
        permission=READ,
        handler=finess,
        types=("Organization",),
        parameters=("numero", "attendu"),
        writes=False,
    ),
)
