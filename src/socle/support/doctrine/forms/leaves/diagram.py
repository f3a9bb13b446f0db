"""The target diagram as nested lists: bands, doors, boxes; then the flows. Style makes boxes of them."""

from collections.abc import Sequence
from itertools import chain

from markupsafe import Markup

from socle.support.doctrine.forms.leaves.leaf import Leaf, Leaves, joined
from socle.support.doctrine.model import Diagram, DiagramBlock


def names(of: Diagram) -> dict[str, str]:
    """The titles of whatever a flow may link, by identifier."""
    pairs = (
        [(band.id, band.title) for band in of.bands],
        [(door.id, door.title) for door in of.doors],
        [(block.id, block.title) for block in of.blocks],
    )
    return dict(chain.from_iterable(pairs))


def flows(of: Diagram) -> list[str]:
    """Each flow in words: "ROR → annuaire : offre de soins"."""
    known = names(of)
    return [
        f"{known.get(flow.source, flow.source)} {'↔' if flow.both_ways else '→'} {known.get(flow.target, flow.target)}"
        + (f" : {flow.label}" if flow.label else "")
        for flow in of.flows
    ]


def diagram(among: Leaves) -> Leaf:
    """The leaf of the diagram."""
    of = among.edition.diagram
    bands = [
        Markup('<li class="band"><h2>{}</h2>{}{}</li>').format(
            band.title,
            Markup("").join(
                Markup('<div class="door"><h3>{}</h3><p>{}</p>{}</div>').format(
                    door.title, door.motto, _boxes(among, [one for one in of.blocks if one.door == door.id])
                )
                for door in of.doors
                if door.band == band.id
            ),
            _boxes(among, [one for one in of.blocks if one.band == band.id and not one.door]),
        )
        for band in of.bands
    ]
    pieces = [Markup("<h1>Schéma cible</h1>"), Markup('<ol class="diagram">{}</ol>').format(joined(bands))]
    if of.flows:
        items = joined([Markup("<li>{}</li>").format(said) for said in flows(of)])
        pieces.append(Markup('<h2 id="flux">Flux</h2><ul>{}</ul>').format(items))
    return Leaf("schema", "Schéma cible", "", joined(pieces))


def _boxes(among: Leaves, blocks: Sequence[DiagramBlock]) -> Markup:
    if not blocks:
        return Markup("")
    return Markup('<ul class="boxes">{}</ul>').format(joined([_box(among, one) for one in blocks]))


def _box(among: Leaves, of: DiagramBlock) -> Markup:
    where = among.link(of.chapter) if of.chapter else None
    title = Markup('<a href="{}">{}</a>').format(where, of.title) if where else Markup("{}").format(of.title)
    note = Markup('<span class="detail">{}</span>').format(of.note) if of.note else Markup("")
    return Markup("<li>{}{}</li>").format(title, note)
