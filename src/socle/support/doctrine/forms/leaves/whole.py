"""The leaves of an edition, in the order of reading."""

from markupsafe import Markup

from socle.support.doctrine.forms.leaves.chapter import chapter
from socle.support.doctrine.forms.leaves.diagram import diagram
from socle.support.doctrine.forms.leaves.front import front
from socle.support.doctrine.forms.leaves.leaf import Leaf, Leaves, joined
from socle.support.doctrine.forms.leaves.planning import planning
from socle.support.doctrine.forms.words import ADDRESSEES, FORCES
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
    return (front(edition), _synthesis(among), *chapters, planning(among), diagram(among), _who(among))


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
        title = ADDRESSEES[addressee]
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
