"""What happened to an identity, told line by line from the traces and the versions of its record."""

from socle.foundations.ins.actions.lists import Happening
from socle.foundations.ins.model import Declaration, StatutIdentite
from socle.foundations.ins.pages.view import Line
from socle.kernel.pages import Page

_PROOF = {StatutIdentite.RECUP, StatutIdentite.QUAL}  # statuses that hold an INS


def told(page: Page, one: Happening) -> Line:
    """One line."""
    who = one.event.trace.name if one.event else ""
    if one.after is None:
        return Line(one.at, *_not_written(page, one))
    before = one.before.says if one.before else None
    after = one.after.says
    if after is None:
        return Line(one.at, page.text("happened.deleted"), who)
    if one.after.version == 1 or before is None:
        key = "happened.created" if one.after.version == 1 else "happened.changed"
        return Line(one.at, page.text(key), who, status=after.statut or "")
    status = after.statut or "" if after.statut != before.statut else ""
    return Line(one.at, ", ".join(changes(page, before, after)) or page.text("happened.verified"), who, status=status)


def changes(page: Page, before: Declaration, after: Declaration) -> list[str]:
    """What differs between two versions, in words; nothing when only INSi's confirmation was renewed."""
    found: list[str] = []
    was, becomes = before.attributs or frozenset(), after.attributs or frozenset()
    named = {attribut: page.text(f"attribute.{attribut.value}") for attribut in was | becomes}
    found += [page.text("happened.attribute_set", name=named[attribut]) for attribut in sorted(becomes - was)]
    found += [page.text("happened.attribute_lifted", name=named[attribut]) for attribut in sorted(was - becomes)]
    had, has = before.statut in _PROOF, after.statut in _PROOF
    if has and not had:
        found.append(page.text("happened.retrieved"))
    elif before.traits != after.traits:
        found.append(page.text("happened.traits"))
    if had and not has:
        found.append(page.text("happened.detached"))
    if after.document and after.document != before.document:
        found.append(page.text("happened.document", name=page.text(f"papers.{after.document}")))
    if before.complementaires != after.complementaires:
        found.append(page.text("happened.contact"))
    return found


def _not_written(page: Page, one: Happening) -> tuple[str, str, str]:
    """What an event that changed nothing says: (what, who, detail)."""
    assert one.event is not None  # what has no version has its event
    event = one.event
    if event.query.startswith("INSi "):
        return page.text(f"happened.insi_{event.query.removeprefix('INSi ')[:2]}"), event.trace.name, ""
    rule = event.detail.partition(" ")[2]
    return page.text("happened.refused"), event.trace.name, page.text("happened.rule", rule=rule) if rule else ""
