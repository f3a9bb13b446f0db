"""An identity as its page shows it: everything in words, and what may be done with it."""

from dataclasses import dataclass
from datetime import datetime
from functools import partial

from socle.foundations.ins import rules
from socle.foundations.ins.actions import Dossier
from socle.foundations.ins.model import Attribut, Identite, Piece, TypeDocument
from socle.foundations.ins.pages import words
from socle.foundations.ins.pages.rows import used_name
from socle.foundations.ins.rules import Conseil
from socle.kernel.outcome import Decision
from socle.kernel.pages import Markup, Page, day, when

Facts = list[tuple[str, str | Markup]]


@dataclass(frozen=True, slots=True)
class AttributeView:
    """An attribute: whether it is set, and whether the other way is allowed."""

    code: str
    present: bool
    decision: Decision


@dataclass(frozen=True, slots=True)
class View:
    """One identity, in words. `ins` is empty when INSi gave none; `label` is empty unless it is qualified."""

    id: str
    version: int
    identite: Identite
    name: str
    used: str
    birth: str
    age: str
    sex: str
    place: str
    conseil: Conseil
    may_insi: Decision
    may_check: Decision
    attributes: list[AttributeView]
    traits: Facts
    ins: Facts
    contact: Facts
    label: Facts
    datamatrix: bool


def view_of(page: Page, dossier: Dossier) -> View:
    """An identity for the eye."""
    identite = dossier.identite
    traits = identite.traits
    return View(
        id=dossier.id,
        version=dossier.version,
        identite=identite,
        name=words.full_name(traits),
        used=used_name(identite.complementaires),
        birth=words.long_date(page, traits.date_naissance),
        age=words.age(page, traits.date_naissance, page.now.date()),
        sex=words.sex(page, traits.sexe),
        place=words.place(page, traits.lieu_naissance),
        conseil=rules.next_best_action(identite, now=page.now),
        may_insi=rules.may_call_insi(identite, now=page.now),
        may_check=rules.may_accept_document(identite, Piece(TypeDocument.CN), now=page.now),
        attributes=[_attribute(identite, attribut) for attribut in Attribut],
        traits=_traits(page, identite),
        ins=_ins(page, identite),
        contact=_contact(page, identite),
        label=_label(page, identite),
        datamatrix=identite.ins_transmissible is not None,
    )


def _attribute(identite: Identite, attribut: Attribut) -> AttributeView:
    present = attribut in identite.attributs
    may = rules.may_lift_attribute if present else rules.may_set_attribute
    return AttributeView(attribut.value, present, may(identite, attribut))


def _traits(page: Page, identite: Identite) -> Facts:
    traits = identite.traits
    found: Facts = [
        (page.text("trait.birth_name"), traits.nom_naissance),
        (page.text("trait.first_given_name"), traits.premier_prenom),
        (page.text("trait.given_names"), traits.liste_prenoms),
        (page.text("trait.sex"), words.sex(page, traits.sexe)),
        (page.text("trait.birth_date"), words.short_date(traits.date_naissance)),
        (page.text("trait.birth_place"), words.place(page, traits.lieu_naissance)),
    ]
    if controle := identite.controle:
        shown = page.text(f"papers.{controle.piece.document.code}")
        found.append((page.text("side.document"), f"{shown}, {day(controle.on, page.language)}"))
    return found


def _ins(page: Page, identite: Identite) -> Facts:
    shown = partial(when, now=page.now, language=page.language)
    found: Facts = []
    if recuperation := identite.recuperation:
        ins = recuperation.ins
        found += [
            (page.text("side.matricule"), ins.matricule.spaced()),
            (page.text("side.oid"), f"{ins.oid} ({ins.autorite.code_fhir})"),
            (page.text("side.retrieved"), shown(recuperation.at)),
        ]
        if recuperation.verified_at:
            found.append((page.text("side.verified"), shown(recuperation.verified_at)))
        found += [(page.text("side.former"), old.ins.matricule.spaced()) for old in recuperation.historique]
    return found


def _contact(page: Page, identite: Identite) -> Facts:
    more = identite.complementaires
    named = {
        "used_name": more.nom_utilise,
        "used_given_name": more.prenom_utilise,
        "address": more.adresse,
        "postal_code": more.code_postal,
        "city": more.commune,
        "phone": more.telephone,
        "email": more.courriel,
        "ipp": identite.ipp,
    }
    return [(page.text(f"trait.{name}"), value) for name, value in named.items() if value]


def _label(page: Page, identite: Identite) -> Facts:
    ins, traits = identite.ins_transmissible, identite.traits
    if ins is None:
        return []
    return [
        (page.text("trait.birth_name"), traits.nom_naissance),
        (page.text("trait.given_names"), traits.liste_prenoms),
        (page.text("trait.birth_date"), f"{words.short_date(traits.date_naissance)} ({traits.sexe.value})"),
        (page.text("trait.birth_place"), traits.lieu_naissance),
        (page.text("side.ins"), f"{ins.matricule.spaced()} · {ins.autorite.code_fhir}"),
    ]


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the history. `status` only when it changed."""

    at: datetime
    what: str
    who: str = ""
    detail: str = ""
    status: str = ""
