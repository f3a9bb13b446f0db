"""Is this code good? Source: FHIR R4 codesystem-operation-validate-code.html, valueset-operation-validate-code.html."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from socle.kernel.fhir.knowledge import Cause
from socle.kernel.outcome import Text
from socle.kernel.terminology import displays, findings
from socle.kernel.terminology.compose import Chosen, Missing, Part, Plan, chosen_of, holder, listed_entry
from socle.kernel.terminology.entries import WHOLE, Edition, Entry, Name
from socle.kernel.terminology.findings import Finding, Topic
from socle.kernel.terminology.source import Source
from socle.kernel.terminology.versions import VersionRules, joined, matches, newest


@dataclass(frozen=True, slots=True)
class Asked:
    """A coding to judge, and how.

    languages  in which the display answered is looked for, best first
    abstract   False refuses codes that only group others
    lenient    a display that is wrong is told, and does not make the code wrong
    spoken     the display is to be a name in one of `languages`
    active     codes that are no longer to be used are refused
    alone      a code may be in one system only of the value set, when it names none
    """

    system: str
    code: str
    version: str = ""
    display: str = ""
    languages: tuple[str, ...] = ()
    abstract: bool = True
    lenient: bool = False
    spoken: bool = False
    active: bool = False
    alone: bool = False


@dataclass(frozen=True, slots=True)
class Verdict:
    """good is None when it cannot be judged; text says why when it is not good, or what to know although it is.

    findings  all that there is to say, the reason of `text` among it
    lacking   canonical of the code system for want of which it could not be judged
    outside   the value set takes nothing from that system: the code is wrong whatever the system holds
    in_part   the code may well be good: its system is published in part, and held so
    """

    good: bool | None
    cause: Cause = Cause.NONE
    text: Text | None = None
    display: str = ""
    edition: Edition | None = None
    entry: Entry | None = None
    findings: tuple[Finding, ...] = ()
    lacking: str = ""
    outside: bool = False
    in_part: bool = False


async def in_system(source: Source, asked: Asked, rules: VersionRules) -> Verdict:
    """Whether the code belongs to its code system. Raises: Problem(RULE_VIOLATED) when a version check fails."""
    held = source.editions(asked.system)
    wanted = rules.chosen(asked.system, asked.version)
    edition = newest(held, wanted)
    told: tuple[Finding, ...] = ()
    if edition is None and rules.latest and held:
        edition = newest(held)
        assert edition is not None
        told = (findings.latest_instead(edition, wanted),)
    if edition is None:
        return await _unknown_system(source, asked.system, wanted, held)
    rules.accept(edition, asked.system)
    entry = (await source.entries(edition, [asked.code])).get(asked.code)
    found = _no_such_code(asked, edition) if entry is None else finished(asked, edition, entry)
    return replace(found, findings=(*told, *found.findings)) if told else found


async def in_value_set(source: Source, plan: Plan, asked: Asked) -> Verdict:
    """Whether the value set holds the code; its system is looked for when it is not said.

    Raises: Problem(TOO_COSTLY) when a pattern of the value set takes too long.
    """
    editions = plan.editions()
    family = _family(source, asked.system)
    if asked.system:
        editions = [edition for edition in editions if edition.family in family or edition.url in family]
    families: dict[str, list[Edition]] = {}
    for edition in editions:
        families.setdefault(edition.family, []).append(edition)
    elsewhere: Verdict | None = None
    held: list[Verdict] = []
    for group in families.values():
        facts = await _facts(source, plan, group, asked.code)
        part = holder(plan, facts)
        if part is not None and part.edition is not None and not _meant(asked, part.edition):
            part = holder(plan, facts, frozenset(one.id for one in group if _meant(asked, one))) or part
        if part is not None and part.edition is not None:
            found = _held(source, asked, plan, part, facts[part.edition.id])
            if asked.active and found.entry is not None and found.entry.inactive:
                outside = findings.not_in_set(plan.canonical, part.edition.url, asked.code)
                found = replace(found, findings=(*found.findings, outside))
            held.append(found)
            if not asked.alone or asked.system:
                break
            continue
        partial = _partial(plan, group)
        if not facts and partial is not None:
            elsewhere = elsewhere or _in_part(asked, partial)
    missing = [(one, out) for one, out in plan.missing if _touches(source, one, asked.system, family)]
    if len(held) > 1:
        return _several(asked, plan, held)
    if held:
        lost = next((one for one, out in missing if out), None)
        return _lost(source, plan, asked, lost) if lost is not None else held[0]
    if elsewhere is not None:
        return elsewhere
    lost = next((one for one, out in missing if not out), None)
    if lost is not None:
        return _lost(source, plan, asked, lost)
    unlisted = frozenset(system for inner in plan.plans() for system in inner.open)
    if unlisted and (not asked.system or "" in unlisted or asked.system in unlisted):
        return _cannot_tell(plan)
    return await _not_in(source, asked, plan)


def _partial(plan: Plan, group: Sequence[Edition]) -> Edition | None:
    """An edition held in part from which the value set takes codes without listing them."""
    ids = {edition.id for edition in group if edition.content not in WHOLE}
    if not ids:
        return None
    taken = (part.edition for part in plan.parts() if part.listed is None and part.edition is not None)
    return next((edition for edition in taken if edition.id in ids), None)


def _family(source: Source, system: str) -> frozenset[str]:
    """Every name under which a system may be met."""
    editions = source.editions(system) if system else ()
    return frozenset({system, *(one.family for one in editions), *(one.url for one in editions)})


def _touches(source: Source, missing: Missing, system: str, family: frozenset[str]) -> bool:
    """Whether what is missing might tell of codes of the system."""
    if not system or not missing.system or missing.system in family:
        return True
    return not family.isdisjoint(_family(source, missing.system))


async def _facts(source: Source, plan: Plan, editions: Sequence[Edition], code: str) -> dict[int, Entry]:
    found: dict[int, Entry] = {}
    for edition in editions:
        entry = (await source.entries(edition, [code])).get(code)
        if entry is None and edition.content not in WHOLE:
            chosen = chosen_of(plan, edition).get(edition.compared(code))
            entry = listed_entry(edition, chosen) if chosen else None
        if entry is not None:
            found[edition.id] = entry
    return found


def _meant(asked: Asked, edition: Edition) -> bool:
    """Whether an edition is of the version that the coding says, if it says one."""
    return not asked.version or not edition.version or matches(asked.version, edition.version)


def _held(source: Source, asked: Asked, plan: Plan, part: Part, entry: Entry) -> Verdict:
    edition = part.edition
    assert edition is not None
    if not _meant(asked, edition):
        return _of_other_version(source, asked, edition, entry)
    chosen = part.listed.get(edition.compared(entry.code)) if part.listed else None
    if chosen is None:
        return finished(asked, edition, entry)
    return _listed(asked, plan, edition, entry, chosen)


def _listed(asked: Asked, plan: Plan, edition: Edition, entry: Entry, chosen: Chosen) -> Verdict:
    own = (*chosen.names, *((Name(chosen.display),) if chosen.display else ()))
    found = finished(asked, edition, entry, own, chosen.display)
    if not chosen.deprecated:
        return found
    return replace(found, findings=(*found.findings, findings.deprecated_in_set(entry, plan.canonical)))


def _of_other_version(source: Source, asked: Asked, edition: Edition, entry: Entry) -> Verdict:
    told = findings.other_version(edition, asked.version)
    held = source.editions(asked.system)
    missing = newest(held, asked.version) is None
    return Verdict(
        False,
        Cause.NOT_IN_VALUE_SET,
        told.text,
        displays.display(entry, edition.language, asked.languages),
        edition,
        entry,
        (told, *([findings.unknown_system(asked.system, asked.version, held)] if missing else [])),
        joined(asked.system, asked.version) if missing else "",
    )


def finished(asked: Asked, edition: Edition, entry: Entry, more: Sequence[Name] = (), preferred: str = "") -> Verdict:
    """The verdict on a code that exists: may it be chosen, is it called that?

    more       names that the value set adds
    preferred  the display that the value set gives it
    """
    named = replace(entry, names=(*entry.names, *more)) if more else entry
    shown = displays.display(named, edition.language, asked.languages)
    if preferred and not (asked.languages and shown):
        shown = preferred
    verdict = Verdict(True, display=shown, edition=edition, entry=entry)
    told: list[Finding] = []
    if entry.abstract and not asked.abstract:
        told.append(findings.only_groups(entry, edition))
        verdict = replace(verdict, good=False, cause=Cause.NOT_IN_VALUE_SET, text=told[-1].text)
    if entry.inactive and asked.active:
        told.append(findings.active_only(entry))
        verdict = replace(verdict, good=False, cause=Cause.NOT_IN_VALUE_SET, text=verdict.text or told[-1].text)
    languages = asked.languages if asked.spoken else ()
    named = named if entry.display or entry.names else entry  # of a code without names, any may be its own
    if asked.display and not displays.is_named(named, asked.display, edition.language, languages):
        names = displays.names_in(named, edition.language, asked.languages) or [shown]
        told.append(findings.wrong_display(asked.display, entry, edition, names, asked.lenient))
        if verdict.good:
            verdict = replace(verdict, good=asked.lenient, cause=Cause.WRONG_DISPLAY, text=told[-1].text)
    elif asked.display and languages and not displays.has_name_in(named, edition.language, languages):
        told.append(findings.no_name_in(languages, entry, edition))
    if entry.inactive:
        told.append(findings.no_longer(entry, edition))
        if verdict.good and verdict.cause is Cause.NONE:
            verdict = replace(verdict, cause=Cause.INACTIVE, text=told[-1].text)
    elif entry.status == "deprecated":
        told.append(findings.discouraged(entry, edition))
    if asked.code != entry.code:
        told.append(findings.other_case(asked.code, entry, edition))
    return replace(verdict, findings=tuple(told)) if told else verdict


async def _unknown_system(source: Source, system: str, version: str, held: Sequence[Edition]) -> Verdict:
    told = findings.unknown_system(system, version, held)
    every = [told]
    if not held:
        if source.supplements_at(system):
            every = [findings.other_thing(system, supplement=True)]
        elif await source.value_set(system) is not None:
            every = [findings.other_thing(system, supplement=False)]
        elif ":" not in system:
            every.insert(0, findings.not_absolute(system))
    lacking = joined(system, version) if told in every else ""
    return Verdict(None, Cause.UNKNOWN_SYSTEM, every[-1].text, findings=tuple(every), lacking=lacking)


def _no_such_code(asked: Asked, edition: Edition) -> Verdict:
    if edition.content not in WHOLE:
        return _in_part(asked, edition)
    told = findings.no_such_code(asked.code, edition)
    return Verdict(False, Cause.UNKNOWN_CODE, told.text, edition=edition, findings=(told,))


def _in_part(asked: Asked, edition: Edition) -> Verdict:
    told = findings.not_in_part(asked.code, edition)
    fragment = edition.content == "fragment" and not edition.timeless
    if not fragment:
        told = replace(told, topic=Topic.NOT_FOUND, code="not-found", severity="error", about="system")
    lacking = "" if fragment else edition.canonical
    return Verdict(
        None,
        Cause.UNKNOWN_SYSTEM,
        told.text,
        edition=edition,
        findings=(told,),
        lacking=lacking,
        in_part=fragment,
    )


def _several(asked: Asked, plan: Plan, held: Sequence[Verdict]) -> Verdict:
    systems = [one.edition.url for one in held if one.edition is not None]
    told = findings.several_systems(asked.code, plan.canonical, systems)
    outside = findings.not_in_set(plan.canonical, "", asked.code)
    return Verdict(False, Cause.NOT_IN_VALUE_SET, told.text, findings=(told, outside))


def _lost(source: Source, plan: Plan, asked: Asked, missing: Missing) -> Verdict:
    """The code cannot be judged for want of a part of the value set."""
    if missing.refused:
        told = Finding(Topic.VERSION, "exception", missing.issue.text, about="version")
        return Verdict(False, Cause.NOT_IN_VALUE_SET, told.text, findings=(told,))
    text = findings.not_followed(plan.canonical, missing.canonical)
    system = missing.canonical.partition("|")[0]
    if missing.is_set:
        first = Finding(Topic.NOT_FOUND, "not-found", missing.issue.text, about="")
        return Verdict(None, Cause.UNKNOWN_VALUE_SET, text.text, findings=(first, text))
    first = findings.unknown_system(system, missing.canonical.partition("|")[2], source.editions(system))
    if asked.system and asked.system not in _family(source, system):
        first = replace(first, about="")
    return Verdict(None, Cause.UNKNOWN_VALUE_SET, text.text, findings=(first, text), lacking=missing.canonical)


def _cannot_tell(plan: Plan) -> Verdict:
    text = Text(
        f"Code non vérifié : le jeu de valeurs {plan.canonical} prend des codes dans un système qui n'est pas chargé ici.",
        f"Code not checked: the value set {plan.canonical} takes codes from a system that is not loaded here.",
    )
    told = Finding(Topic.NOT_FOUND, "not-found", text, about="")
    return Verdict(None, Cause.UNKNOWN_VALUE_SET, text, findings=(told,))


async def _not_in(source: Source, asked: Asked, plan: Plan) -> Verdict:
    """The value set does not hold the code; what its own system says of it is told too."""
    told = findings.not_in_set(plan.canonical, asked.system, asked.code)
    if not asked.system:
        return Verdict(False, Cause.NOT_IN_VALUE_SET, told.text, findings=(told,))
    held = source.editions(asked.system)
    version = asked.version if not held or newest(held, asked.version) is not None else ""
    known = await in_system(source, replace(asked, version=version, lenient=True, abstract=True), VersionRules())
    every = (*known.findings, told)
    if known.good is False and known.cause is Cause.UNKNOWN_CODE:
        return replace(known, findings=every)
    entry = known.entry
    if entry is not None and entry.inactive and not asked.active and any(one.active for one in plan.plans()):
        every = (findings.active_only(entry), *every)
    return Verdict(
        False,
        Cause.NOT_IN_VALUE_SET,
        told.text,
        known.display,
        known.edition,
        entry,
        every,
        known.lacking,
        outside=True,
    )
