"""The leaves of an edition, in the order of reading."""

from markupsafe import Markup

from socle.support.doctrine.forms.leaves.chapter import chapter
from socle.support.doctrine.forms.leaves.diagram import diagram
from socle.support.doctrine.forms.leaves.leaf import Leaf, Leaves, joined
from socle.support.doctrine.forms.leaves.planning import planning
from socle.support.doctrine.forms.words import ADDRESSEES, CERTAINTIES, FORCES, STATUSES, date_words
from socle.support.doctrine.model import Addressee, Edition


def leaves(edition: Edition, ending: str) -> tuple[Leaf, ...]:
    """Title, synthesis, chapters by orientation, macro-planning, diagram, who must do what."""
    among = Leaves(edition, ending)
    chapters = [
        chapter(among, one, title)
        for orientation, title in edition.orientations.items()
        for one in edition.chapters
        if one.orientation is orientation
    ]
    return (_front(edition), _synthesis(among), *chapters, planning(among), diagram(among), _who(among))


def _front(edition: Edition) -> Leaf:
    published = f", publiée en {date_words(edition.published)}" if edition.published else ""
    pieces = [
        Markup("<h1>{}</h1>").format(edition.title),
        Markup("<p>{}{}. {} chapitres, {} exigences, {} jalons.</p>").format(
            STATUSES[edition.status].capitalize(),
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
    forces = Markup("").join(Markup("<dt>{}</dt><dd>{}</dd>").format(name, told) for name, told in _FORCES)
    codes = Markup("").join(
        Markup("<dt>{}</dt><dd>{}</dd>").format(code.value, told) for code, told in CERTAINTIES.items()
    )
    pieces.append(Markup("<h3>Force d'une exigence</h3><dl>{}</dl>").format(forces))
    pieces.append(Markup("<h3>Certitude d'une date ou d'un fait</h3><dl>{}</dl>").format(codes))
    if edition.thanks:
        thanked = Markup("").join(Markup("<li>{}</li>").format(one) for one in edition.thanks)
        pieces.append(Markup("<h2>Remerciements</h2><ul>{}</ul>").format(thanked))
    return Leaf("edition", edition.title, "", joined(pieces))


_FORCES = [
    (FORCES[force], told)
    for force, told in zip(FORCES, ("qui n'y répond pas n'est pas conforme", "à faire, ou à expliquer"), strict=True)
]


def _synthesis(among: Leaves) -> Leaf:
    synthesis = among.edition.synthesis
    blocks = [
        Markup('<div id="{}">{}</div>').format(block.anchor, among.html(block.markdown)) for block in synthesis.blocks
    ]
    return Leaf("synthese", synthesis.title, "", joined([Markup("<h1>{}</h1>").format(synthesis.title), *blocks]))


def _who(among: Leaves) -> Leaf:
    pieces = [Markup("<h1>Qui doit faire quoi</h1>")]
    inside = []
    for addressee in Addressee:
        mine = [one for one in among.edition.requirements if addressee in one.addressees]
        if not mine:
            continue
        title = ADDRESSEES[addressee][:1].upper() + ADDRESSEES[addressee][1:]
        inside.append((addressee.value, title))
        pieces.append(Markup('<h2 id="{}">{}</h2>').format(addressee.value, title))
        items = [
            Markup('<li><a href="{}">{}</a> ({}) : {}</li>').format(
                among.link(one.id) or "", one.id, FORCES[one.force], one.statement
            )
            for one in mine
        ]
        pieces.append(Markup("<ul>{}</ul>").format(joined(items)))
    return Leaf("qui", "Qui doit faire quoi", "", joined(pieces), tuple(inside))
