"""compare: two portraits, a verdict, and the reasons for it."""

from typing import Final

from socle.foundations.ins.index.model import Comparison, Finding, Identifier, Portrait, Verdict
from socle.foundations.ins.index.rules.configuration import Configuration, finding
from socle.foundations.ins.index.rules.french import FRENCH
from socle.kernel.outcome import Text

INS_SAME: Final = 60.0  # bits: beyond any doubt that other fields could raise
INS_OTHER: Final = -60.0
_LABEL: Final = Text("INS qualifiée", "Qualified INS")
_TEXTS: Final = {
    "same": Text("même matricule, même autorité", "same matricule, same authority"),
    "former": Text(
        "matricule antérieur de la même personne (NIA devenu NIR)",
        "former matricule of the same person (NIA, then NIR)",
    ),
    "differs": Text("deux INS qualifiées différentes", "two different qualified INS"),
}
_CONFLICT: Final = (
    "ins-conflict",
    Text(
        "Deux INS qualifiées différentes : jamais liées sans quelqu'un (RNIV, référentiel INS).",
        "Two different qualified INS: never linked without somebody (RNIV, référentiel INS).",
    ),
)
_DISCORD: Final = (
    "ins-discord",
    Text(
        "Même INS, mais les traits se contredisent : l'une des deux identités porte l'INS d'une autre.",
        "Same INS, but the traits contradict each other: one of the two identities carries the INS of another.",
    ),
)
_ORDER: Final = {Verdict.APART: 0, Verdict.DOUBTFUL: 1, Verdict.LINK: 2}


def compare(a: Portrait, b: Portrait, configuration: Configuration = FRENCH) -> Comparison:
    """What two records say of each other. Symmetric but for the order of what is shown; depends on nothing else.

    Deterministic on the qualified INS: the same (or a former one of the other) links, unless name and date both
    contradict it; two different ones never link. Otherwise the weights of the fields that both fill are added (Fellegi
    and Sunter), the thresholds of the configuration conclude, and its guards have the last word.
    """
    levels = {one.name: level for one in configuration.fields if (level := one.compare(a, b))}
    findings = tuple(finding(one, levels[one.name], a, b) for one in configuration.fields if one.name in levels)
    about_ins = ins_level(a, b) if configuration.uses_ins else ""
    if about_ins:
        findings = (_of_ins(about_ins, a, b), *findings)
    weight = sum(one.weight for one in findings)
    if about_ins == "differs":
        alone = weight - INS_OTHER
        verdict = Verdict.DOUBTFUL if alone >= configuration.link else Verdict.APART
        return Comparison(verdict, weight, findings, (_CONFLICT,), True, 0.0)
    if about_ins:
        if levels.get("born") == "differs" and levels.get("given") in ("differs", "other"):
            return Comparison(Verdict.DOUBTFUL, weight, findings, (_DISCORD,), True, 0.5)
        return Comparison(Verdict.LINK, weight, findings, (), False, configuration.probability(weight))
    verdict = (
        Verdict.LINK
        if weight >= configuration.link
        else Verdict.DOUBTFUL
        if weight >= configuration.doubtful
        else Verdict.APART
    )
    reasons: list[tuple[str, Text]] = []
    barred = False
    for guard in configuration.guards:
        if guard.holds(a, b, levels):
            barred = barred or guard.bars
            most = Verdict(guard.at_most)
            if _ORDER[most] < _ORDER[verdict]:
                verdict = most
                reasons.append((guard.code, guard.text))
    return Comparison(verdict, weight, findings, tuple(reasons), barred, configuration.probability(weight))


def ins_level(a: Portrait, b: Portrait) -> str:
    """How two qualified INS agree: "same", "former" (one carried the other's before), "differs"; "" when one has none."""
    if a.ins is None or b.ins is None:
        return ""
    left, right = number(a.ins), number(b.ins)
    if left == right:
        return "same"
    if right in map(number, a.former_ins) or left in map(number, b.former_ins):
        return "former"
    return "differs"


def number(ins: Identifier) -> Identifier:
    """The INS without the key of its matricule: the thirteen characters and the authority are the identity."""
    return Identifier(ins.system, ins.value[:13])


def _of_ins(level: str, a: Portrait, b: Portrait) -> Finding:
    weight = INS_OTHER if level == "differs" else INS_SAME
    return Finding("ins", _LABEL, level, _TEXTS[level], weight, _shown(a), _shown(b))


def _shown(portrait: Portrait) -> str:
    return portrait.ins.value if portrait.ins else ""
