"""A chapter: its card, its sections, its requirements."""

from typing import Final

from markupsafe import Markup

from socle.support.doctrine.forms.leaves.leaf import Leaf, Leaves, joined
from socle.support.doctrine.forms.words import (
    CERTAINTIES,
    FORCES,
    USERS,
    VERIFICATIONS,
    addressees_words,
    dates_words,
    regions_words,
    sources_words,
)
from socle.support.doctrine.model import Chapter, Requirement

RECONSTRUCTION: Final = (
    "Reconstruction : le titre ou le numéro de ce chapitre dans l'édition d'origine n'est pas connu."
)


def chapter(among: Leaves, of: Chapter, part: str) -> Leaf:
    """The leaf of a chapter."""
    title = f"{of.number} {of.title}"
    pieces = [
        Markup("<h1>{}</h1>").format(title),
        Markup('<p class="lead">{}</p>').format(of.summary),
    ]
    if of.reconstruction:
        pieces.append(Markup('<p class="note">{}</p>').format(RECONSTRUCTION))
    pieces.append(
        Markup('<dl class="card"><dt>Cible</dt><dd>{}</dd><dt>Trajectoire</dt><dd>{}</dd></dl>').format(
            of.target, of.trajectory
        )
    )
    for section in of.sections:
        pieces.append(Markup('<h2 id="{}">{}</h2>').format(section.id, section.title))
        pieces += [
            Markup('<div id="{}">{}</div>').format(block.anchor, among.html(block.markdown)) for block in section.blocks
        ]
    if of.requirements:
        pieces.append(Markup('<h2 id="exigences">Exigences</h2>'))
        pieces += [_requirement(one) for one in of.requirements]
    if of.modules:
        names = Markup(", ").join(Markup("<code>{}</code>").format(name) for name in of.modules)
        pieces.append(Markup("<h2>Dans Socle</h2><p>Modules : {}.</p>").format(names))
    if of.sources:
        items = joined([Markup("<li>{}</li>").format(source) for source in of.sources])
        pieces.append(Markup('<h2 id="sources">Sources</h2><ul>{}</ul>').format(items))
    inside = tuple((section.id, section.title) for section in of.sections)
    return Leaf(of.id, title, part, joined(pieces), inside + ((("exigences", "Exigences"),) if of.requirements else ()))


def _requirement(of: Requirement) -> Markup:
    rows = [
        ("Qui", " ; ".join(addressees_words(of.addressees))),
        ("Pour", ", ".join(USERS[users] for users in of.users)),
        ("Régions", regions_words(of.regions)),
        ("Quand", " ; ".join(dates_words(of.dates))),
        ("Fondement", of.legal),
        ("Vérification", verification(of)),
        ("Source", " ; ".join(dict.fromkeys(filter(None, (of.source, *sources_words(of.dates)))))),
        ("Certitude", f"{of.certainty.value} : {CERTAINTIES[of.certainty]}"),
        ("Note", of.note),
    ]
    told = joined([Markup("<dt>{}</dt><dd>{}</dd>").format(name, value) for name, value in rows if value])
    return Markup(
        '<section class="requirement {}" id="{}"><h3>{} <span class="force">{}</span></h3><p>{}</p><dl>{}</dl></section>'
    ).format(of.force.value, of.id, of.id, FORCES[of.force], of.statement, told)


def verification(of: Requirement) -> str:
    """How a requirement is verified, or why it is not, in words."""
    if of.verified is None:
        return f"Non vérifiée : {of.not_verified}"
    reference = f" ({of.verified.reference})" if of.verified.reference else ""
    return f"{VERIFICATIONS[of.verified.by]} : {of.verified.how}{reference}"
