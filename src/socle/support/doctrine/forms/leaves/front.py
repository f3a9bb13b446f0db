"""The first leaf: what the edition is and how to read it."""

from typing import Final

from markupsafe import Markup

from socle.support.doctrine.forms.leaves.leaf import Leaf, joined
from socle.support.doctrine.forms.words import CERTAINTIES, FORCES, STATUSES, date_words
from socle.support.doctrine.model import Edition, Force

FORCES_TOLD: Final = {
    Force.MUST: "qui n'y répond pas n'est pas conforme",
    Force.SHOULD: "à faire, ou à expliquer",
}


def front(edition: Edition) -> Leaf:
    published = f", publiée en {date_words(edition.published)}" if edition.published else ""
    pieces = [
        Markup("<h1>{}</h1>").format(edition.title),
        Markup("<p>{}{}. {} chapitres, {} exigences, {} jalons.</p>").format(
            STATUSES[edition.status],
            published,
            len(edition.chapters),
            len(edition.requirements),
            len(edition.milestones),
        ),
    ]
    if edition.based_on:
        pieces.append(Markup("<p>Elle révise l'édition {}.</p>").format(edition.based_on))
    if edition.note:
        pieces.append(Markup("<p>{}</p>").format(edition.note))
    pieces.append(Markup("<h2>Lire cette édition</h2>"))
    pieces.append(
        Markup("<p>Chaque chapitre dit son contexte, sa cible, sa trajectoire, ses composants, puis ses exigences.</p>")
    )
    forces = Markup("").join(
        Markup("<dt>{}</dt><dd>{}</dd>").format(name, told)
        for name, told in ((FORCES[force], said) for force, said in FORCES_TOLD.items())
    )
    codes = Markup("").join(
        Markup("<dt>{}</dt><dd>{}</dd>").format(code.value, told) for code, told in CERTAINTIES.items()
    )
    pieces.append(Markup("<h3>Force d'une exigence</h3><dl>{}</dl>").format(forces))
    pieces.append(Markup("<h3>Certitude d'une date ou d'un fait</h3><dl>{}</dl>").format(codes))
    if edition.thanks:
        thanked = Markup("").join(Markup("<li>{}</li>").format(one) for one in edition.thanks)
        pieces.append(Markup("<h2>Remerciements</h2><ul>{}</ul>").format(thanked))
    return Leaf("edition", edition.title, "", joined(pieces))
