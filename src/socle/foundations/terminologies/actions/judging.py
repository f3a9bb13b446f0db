"""Is this code, or one of the codings of this concept, good?"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace

from socle.foundations.terminologies.model import Json
from socle.foundations.terminologies.store import Snapshot
from socle.kernel.fhir.knowledge import Cause
from socle.kernel.terminology import judging
from socle.kernel.terminology.compose import Plan, plan_of, unknown_value_set
from socle.kernel.terminology.judging import Asked, Verdict
from socle.kernel.terminology.versions import VersionRules


async def judge_in_system(snapshot: Snapshot, asked: Asked, rules: VersionRules) -> Verdict:
    """Whether a code belongs to its code system."""
    return await judging.in_system(snapshot, asked, rules)


async def plan(snapshot: Snapshot, value_set: str | Json, rules: VersionRules) -> Plan:
    """The plan of a value set, by canonical or given whole. Raises: Problem(NOT_FOUND) and as `plan_of`."""
    if isinstance(value_set, dict):
        return await plan_of(snapshot, value_set, rules)
    found = await snapshot.plan(value_set, rules)
    if found is None:
        raise unknown_value_set(value_set)
    return found


async def judge_in_value_set(snapshot: Snapshot, value_set: str | Json, asked: Asked, rules: VersionRules) -> Verdict:
    """Whether a value set holds a code. The coding's own version serves where the value set names none."""
    if asked.version and asked.system and asked.system not in rules.default:
        rules = replace(rules, default={**rules.default, asked.system: asked.version})
    return await judging.in_value_set(snapshot, await plan(snapshot, value_set, rules), asked)


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
