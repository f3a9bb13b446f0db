"""Is this code, or one of the codings of this concept, good?"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace

from socle.foundations.terminologies.model import Json
from socle.foundations.terminologies.store import Snapshot
from socle.kernel.fhir.knowledge import Cause
from socle.kernel.terminology import findings, judging
from socle.kernel.terminology.compose import Plan, standings
from socle.kernel.terminology.judging import Asked, Verdict
from socle.kernel.terminology.planning import plan_of, unknown_value_set
from socle.kernel.terminology.versions import VersionRules, joined, newest, split


async def judge_in_system(snapshot: Snapshot, asked: Asked, rules: VersionRules) -> Verdict:
    """Whether a code belongs to its code system."""
    if wrong := _unjudgeable(asked):
        return wrong
    return await judging.in_system(snapshot, asked, rules)


async def plan(snapshot: Snapshot, value_set: str | Json, rules: VersionRules, *, partial: bool = False) -> Plan:
    """The plan of a value set, by canonical or given whole. Raises: Problem(NOT_FOUND) and as `plan_of`."""
    if isinstance(value_set, dict):
        return await plan_of(snapshot, value_set, rules, partial=partial)
    url, version = split(value_set)
    if not version and url in rules.sets:
        value_set = joined(url, rules.sets[url])
    found = await snapshot.plan(value_set, rules, partial=partial)
    if found is None:
        raise unknown_value_set(value_set)
    return found


async def judge_in_value_set(snapshot: Snapshot, value_set: str | Json, asked: Asked, rules: VersionRules) -> Verdict:
    """Whether a value set holds a code. The coding's own version serves where the value set names none, before any default.

    A coding that names no system is only judged when it may be `alone`. Raises: as `plan`, for the value set itself; what it
    needs and is not held is told in the verdict.
    """
    said = asked.version
    if rules.latest and said and newest(snapshot.editions(asked.system), said) is None:
        asked = replace(asked, version="")  # the newest will do
    elif said and asked.system:
        rules = replace(rules, default={**rules.default, **dict.fromkeys(snapshot.names(asked.system), said)})
    made = await plan(snapshot, value_set, rules, partial=True)
    if wrong := _unjudgeable(asked):
        told = [findings.not_in_set(made.canonical, "", asked.code)] if asked.code else []
        return replace(wrong, findings=(*wrong.findings, *told))
    found = await judging.in_value_set(snapshot, made, asked)
    if found.edition is not None and said != asked.version:
        found = replace(found, findings=(findings.latest_instead(found.edition, said), *found.findings))
    if not found.good or found.edition is None:
        return found
    told = [findings.standing(*one) for one in standings(made, [found.edition])]
    return replace(found, findings=(*found.findings, *told)) if told else found


def _unjudgeable(asked: Asked) -> Verdict | None:
    """Why a coding cannot be judged as it is; None when it can. Source: FHIR R4 datatypes.html#Coding."""
    if asked.code and (asked.system or asked.alone):
        return None
    told = findings.no_system() if asked.code else findings.no_code()
    return Verdict(False, Cause.UNKNOWN_CODE, told.text, findings=(told,))


async def judge_concept(
    codings: Sequence[Asked], judge: Callable[[Asked], Awaitable[Verdict]]
) -> tuple[Verdict, list[Verdict]]:
    """(the verdict on a CodeableConcept, that on each coding): good when one coding is; not judged when none is and one could
    not be.
    """
    verdicts = [await judge(asked) for asked in codings]
    good = next((one for one in verdicts if one.good), None)
    if good is not None:
        return good, verdicts
    unsure = next((one for one in verdicts if one.good is None), None)
    misnamed = next((one for one in verdicts if one.cause is Cause.WRONG_DISPLAY), None)  # its code is good: say so
    return unsure or misnamed or verdicts[0], verdicts
