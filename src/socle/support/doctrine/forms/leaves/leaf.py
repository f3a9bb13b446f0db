"""One leaf, and where things stand among the leaves."""

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from socle.support.doctrine.forms.markdown import to_html
from socle.support.doctrine.model import Edition


@dataclass(frozen=True, slots=True)
class Leaf:
    """A page of the edition.

    name     of its file, without its ending
    part     the title of the orientation that it stands in, "" outside
    body     XHTML, from its h1
    inside   (anchor, title) of what a table of contents shows below it
    """

    name: str
    title: str
    part: str
    body: Markup
    inside: tuple[tuple[str, str], ...] = ()


class Leaves:
    """Addresses among the leaves of an edition whose files end with `ending`."""

    def __init__(self, edition: Edition, ending: str) -> None:
        self.edition = edition
        self.ending = ending

    def link(self, target: str) -> str | None:
        """The address of a chapter, a place in a chapter or a requirement; None when the edition has none such."""
        requirement = self.edition.requirement_by_id.get(target)
        if requirement is not None:
            return f"{requirement.chapter}{self.ending}#{requirement.id}"
        chapter, _, anchor = target.partition("#")
        found = self.edition.chapter_by_id.get(chapter)
        if found is None:
            return None
        places = {
            place for section in found.sections for place in (section.id, *(block.anchor for block in section.blocks))
        }
        return f"{chapter}{self.ending}" + (f"#{anchor}" if anchor in places else "")

    def html(self, markdown: str, shift: int = 0) -> Markup:
        """Some Markdown of the edition, its references leading to the leaves."""
        return to_html(markdown, link=self.link, shift=shift, local=False)


def joined(pieces: Sequence[Markup]) -> Markup:
    """Pieces one after another, a line each."""
    return Markup("\n").join(pieces)
