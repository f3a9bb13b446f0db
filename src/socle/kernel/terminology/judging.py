"""Is this code good? Source: FHIR R4 codesystem-operation-validate-code.html, valueset-operation-validate-code.html."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from socle.kernel.fhir.knowledge import Cause
from socle.kernel.outcome import Text
from socle.kernel.terminology import displays
from socle.kernel.terminology.compose import Part, Plan, holder, listed_entry
from socle.kernel.terminology.entries import WHOLE, Edition, Entry, Name
from socle.kernel.terminology.source import Source
from socle.kernel.terminology.versions import VersionRules, matches, newest

_SHOWN: Final = 5  # names told when a display is wrong


@dataclass(frozen=True, slots=True)
class Asked:
    """A coding to judge, and how.

    languages  in which the display answered is looked for, best first
    abstract   False refuses codes that only group others
    lenient    a display that is wrong is told, and does not make the code wrong
    """

    system: str
    code: str
    version: str = ""
    display: str = ""
    languages: tuple[str, ...] = ()
    abstract: bool = True
    lenient: bool = False


@dataclass(frozen=True, slots=True)
class Verdict:
    """good is None when it cannot be judged; text says why when it is not good, or what to know although it is."""

    good: bool | None
    cause: Cause = Cause.NONE
    text: Text | None = None
    display: str = ""
    edition: Edition | None = None
    entry: Entry | None = None


async def in_system(source: Source, asked: Asked, rules: VersionRules) -> Verdict:
    """Whether the code belongs to its code system. Raises: Problem(RULE_VIOLATED) when a version check fails."""
    held = source.editions(asked.system)
    wanted = rules.chosen(asked.system, asked.version)
    edition = newest(held, wanted)
    if edition is None:
        return _unknown_system(asked.system, wanted, held)
    rules.accept(edition, asked.system)
    entry = (await source.entries(edition, [asked.code])).get(asked.code)
    if entry is None:
        return _no_such_code(asked, edition)
    return finished(asked, edition, entry)


async def in_value_set(source: Source, plan: Plan, asked: Asked) -> Verdict:
    """Whether the value set holds the code; its system is looked for when it is not said.

    Raises: Problem(TOO_COSTLY) when a pattern of the value set takes too long.
    """
    editions = plan.editions()
    if asked.system:
        family = {asked.system, *(edition.family for edition in source.editions(asked.system))}
        editions = [edition for edition in editions if edition.family in family or edition.url in family]
    families: dict[str, list[Edition]] = {}
    for edition in editions:
        families.setdefault(edition.family, []).append(edition)
    elsewhere: Verdict | None = None
    for group in families.values():
        facts = await _facts(source, plan, group, asked.code)
        part = holder(plan, facts)
        if part is not None and part.edition is not None:
            return _held(asked, part, part.edition, facts[part.edition.id])
        partial = next((edition for edition in group if edition.content not in WHOLE), None)
        if not facts and partial is not None:
            elsewhere = elsewhere or _in_part(asked, partial)
    if elsewhere is not None:
        return elsewhere
    unlisted = frozenset(system for inner in plan.plans() for system in inner.open)
    if unlisted and (not asked.system or "" in unlisted or asked.system in unlisted):
        return _cannot_tell(plan)
    if asked.system:
        known = await in_system(source, replace(asked, display="", version=""), VersionRules())
        if known.good is False and known.cause is Cause.UNKNOWN_CODE:
            return known
        return _not_in(asked, plan, known)
    return _not_in(asked, plan, Verdict(None))


async def _facts(source: Source, plan: Plan, editions: Sequence[Edition], code: str) -> dict[int, Entry]:
    found: dict[int, Entry] = {}
    for edition in editions:
        entry = (await source.entries(edition, [code])).get(code)
        if entry is None and edition.content not in WHOLE:
            compared = edition.compared(code)
            chosen = next(
                (
                    part.listed[compared]
                    for part in plan.parts()
                    if part.edition is not None
                    and part.edition.id == edition.id
                    and part.listed
                    and compared in part.listed
                ),
                None,
            )
            entry = listed_entry(edition, chosen) if chosen else None
        if entry is not None:
            found[edition.id] = entry
    return found


def _held(asked: Asked, part: Part, edition: Edition, entry: Entry) -> Verdict:
    if asked.version and edition.version and not matches(asked.version, edition.version):
        return Verdict(
            False,
            Cause.NOT_IN_VALUE_SET,
            Text(
                f"Le jeu de valeurs prend {edition.url} en version {edition.version} ; le code est donné en version "
                f"{asked.version[:100]}.",
                f"The value set takes {edition.url} in version {edition.version}; the code is given in version "
                f"{asked.version[:100]}.",
            ),
            edition=edition,
            entry=entry,
        )
    chosen = part.listed.get(edition.compared(entry.code)) if part.listed else None
    if chosen is None:
        return finished(asked, edition, entry)
    own = (*chosen.names, *((Name(chosen.display),) if chosen.display else ()))
    return finished(asked, edition, entry, own, chosen.display)


def finished(asked: Asked, edition: Edition, entry: Entry, more: Sequence[Name] = (), preferred: str = "") -> Verdict:
    """The verdict on a code that exists: may it be chosen, is it called that?

    more       names that the value set adds
    preferred  the display that the value set gives it
    """
    shown = displays.display(
        replace(entry, names=(*entry.names, *more)) if more else entry, edition.language, asked.languages
    )
    if preferred and not asked.languages:
        shown = preferred
    verdict = Verdict(True, display=shown, edition=edition, entry=entry)
    if entry.abstract and not asked.abstract:
        text = Text(
            f"Le code « {entry.code} » de {edition.url} regroupe d'autres codes et ne peut pas être choisi lui-même.",
            f"The code “{entry.code}” of {edition.url} groups other codes and cannot be chosen itself.",
        )
        return replace(verdict, good=False, cause=Cause.NOT_IN_VALUE_SET, text=text)
    if asked.display and not displays.is_named(entry, asked.display, more):
        return replace(
            verdict, good=asked.lenient, cause=Cause.WRONG_DISPLAY, text=_wrong_display(asked, edition, entry, shown)
        )
    if entry.inactive:
        text = Text(
            f"Le code « {entry.code} » de {edition.url} existe, mais ne doit plus être utilisé.",
            f"The code “{entry.code}” of {edition.url} exists, but is no longer to be used.",
        )
        return replace(verdict, cause=Cause.INACTIVE, text=text)
    return verdict


def _wrong_display(asked: Asked, edition: Edition, entry: Entry, shown: str) -> Text:
    names = displays.names_in(entry, edition.language, asked.languages) or [shown]
    told = " ; ".join(f"« {name} »" for name in names[:_SHOWN])
    english = "; ".join(f"“{name}”" for name in names[:_SHOWN])
    return Text(
        f"« {asked.display[:200]} » n'est pas un libellé du code « {entry.code} » de {edition.url} ; libellés : {told}.",
        f"“{asked.display[:200]}” is not a name of the code “{entry.code}” of {edition.url}; names: {english}.",
    )


def _unknown_system(system: str, version: str, held: Sequence[Edition]) -> Verdict:
    if held and version:
        versions = ", ".join(sorted({edition.version or "—" for edition in held})[:10])
        text = Text(
            f"Code non vérifié : {system[:300]} n'est pas tenu en version {version[:100]} (versions tenues : {versions}).",
            f"Code not checked: {system[:300]} is not held in version {version[:100]} (versions held: {versions}).",
        )
    else:
        text = Text(
            f"Code non vérifié : le système de codes {system[:300]} n'est pas connu de cette maison.",
            f"Code not checked: the code system {system[:300]} is not known to this house.",
        )
    return Verdict(None, Cause.UNKNOWN_SYSTEM, text)


def _no_such_code(asked: Asked, edition: Edition) -> Verdict:
    if edition.content not in WHOLE:
        return _in_part(asked, edition)
    text = Text(
        f"Le code « {asked.code[:200]} » n'existe pas dans {edition.canonical}.",
        f"The code “{asked.code[:200]}” does not exist in {edition.canonical}.",
    )
    return Verdict(False, Cause.UNKNOWN_CODE, text, edition=edition)


def _in_part(asked: Asked, edition: Edition) -> Verdict:
    text = Text(
        f"Code non vérifié : {edition.canonical} n'est tenu qu'en partie ({edition.content}), et « {asked.code[:200]} » "
        "n'est pas de cette partie.",
        f"Code not checked: {edition.canonical} is held only in part ({edition.content}), and “{asked.code[:200]}” is not "
        "of that part.",
    )
    return Verdict(None, Cause.UNKNOWN_SYSTEM, text, edition=edition)


def _cannot_tell(plan: Plan) -> Verdict:
    text = Text(
        f"Code non vérifié : le jeu de valeurs {plan.canonical} prend des codes dans un système qui n'est pas chargé ici.",
        f"Code not checked: the value set {plan.canonical} takes codes from a system that is not loaded here.",
    )
    return Verdict(None, Cause.UNKNOWN_VALUE_SET, text)


def _not_in(asked: Asked, plan: Plan, known: Verdict) -> Verdict:
    name = plan.canonical or "demandé"
    english = plan.canonical or "that was given"
    system = f"{asked.system[:300]}|" if asked.system else ""
    if known.good is None and known.cause is Cause.UNKNOWN_SYSTEM:
        text = Text(
            f"Le jeu de valeurs {name} ne prend rien dans {asked.system[:300]} (système inconnu de cette maison).",
            f"The value set {english} takes nothing from {asked.system[:300]} (a system unknown to this house).",
        )
    else:
        text = Text(
            f"Le code « {system}{asked.code[:200]} » n'est pas dans le jeu de valeurs {name}.",
            f"The code “{system}{asked.code[:200]}” is not in the value set {english}.",
        )
    return Verdict(False, Cause.NOT_IN_VALUE_SET, text, known.display, known.edition, known.entry)
