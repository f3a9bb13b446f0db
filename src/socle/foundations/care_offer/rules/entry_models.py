"""Entry models: the Questionnaires by which establishments describe their offers. Who sees an offer or not has no part in them.

Source: IG ROR 0.7.0, profile ror-questionnaire-healthcareservice (draft). What its value sets bind is left to a validator.
"""

from collections.abc import Iterator
from typing import Any, Final

from socle.foundations.care_offer.model import names
from socle.kernel.outcome import Issue, Text

Json = dict[str, Any]
RULE: Final = "ROR ror-questionnaire-healthcareservice"


def faults(model: Json) -> Iterator[Issue]:
    """What is wrong with an entry model, each with the element and what to do."""
    for name, fr, en in (
        (
            "name",
            "le nom par lequel les systèmes le désignent (MS-141)",
            "the name by which systems refer to it (MS-141)",
        ),
        ("title", "le titre du modèle", "the title of the model"),
    ):
        if not model.get(name):
            yield _fault(f"Questionnaire.{name}", f"Donnez {fr}.", f"Give {en}.")
    if len(model.get("subjectType", ())) != 1:
        yield _fault(
            "Questionnaire.subjectType",
            "Dites une fois quelle ressource le modèle alimente : HealthcareService, Organization ou Location.",
            "Say once which resource the model feeds: HealthcareService, Organization or Location.",
        )
    if sum(one.get("url") == names.LAUNCH_CONTEXT for one in model.get("extension", ())) != 1:
        yield _fault(
            f"Questionnaire.extension('{names.LAUNCH_CONTEXT}')",
            "Dites une fois dans quel contexte le modèle s'ouvre (sdc-questionnaire-launchContext).",
            "Say once in which context the model opens (sdc-questionnaire-launchContext).",
        )
    if not any(_is_category(one) for one in model.get("useContext", ())):
        yield _fault(
            "Questionnaire.useContext",
            "Dites au moins une catégorie d'établissement où le modèle vaut : code EG de TRE_R67-TypeStructure-EJ-EG, valeur de "
            "TRE_R66-CategorieEtablissement.",
            "Say at least one category of establishment in which the model holds: code EG of TRE_R67-TypeStructure-EJ-EG, value "
            "of TRE_R66-CategorieEtablissement.",
        )
    for where, part in (("Questionnaire", model), *_items(model, "Questionnaire")):
        if "code" in part:
            yield _fault(
                f"{where}.code", "Retirez « code » : le profil l'exclut.", "Remove “code”: the profile bars it."
            )


def _is_category(context: Json) -> bool:
    code = context.get("code", {})
    return (code.get("system"), code.get("code")) == (names.STRUCTURE_KIND, "EG") and bool(
        context.get("valueCodeableConcept", {}).get("coding")
    )


def _items(of: Json, where: str) -> Iterator[tuple[str, Json]]:
    for place, item in enumerate(of.get("item", ())):
        here = f"{where}.item[{place}]"
        yield here, item
        yield from _items(item, here)


def _fault(expression: str, fr: str, en: str) -> Issue:
    return Issue(Text(fr, en), (expression,), RULE)
