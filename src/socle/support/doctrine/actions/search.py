"""Searching an edition: one index a shelf of editions, made when somebody first searches."""

from socle.support.doctrine.forms.markdown import to_text
from socle.support.doctrine.model import Edition
from socle.support.doctrine.rules.search import Entry, Index, Kind


class Indexes:
    """The index of each edition, kept for as long as the edition stays the same object."""

    def __init__(self) -> None:
        self._made: dict[str, tuple[Edition, Index]] = {}

    def of(self, edition: Edition) -> Index:
        """The index of an edition: chapters, paragraphs, requirements, milestones."""
        made = self._made.get(edition.id)
        if made is None or made[0] is not edition:
            made = self._made[edition.id] = (edition, Index(entries(edition)))
        return made[1]

    def matching(self, edition: Edition, text: str) -> frozenset[str]:
        """Identifiers of the requirements that hold every word of `text`."""
        index = self.of(edition)
        found = index.find(index.question(text))
        return frozenset(hit.entry.id for hit in found if hit.entry.kind is Kind.REQUIREMENT)


def entries(edition: Edition) -> list[Entry]:
    """Everything that can be found in an edition."""
    found = []
    for chapter in edition.chapters:
        about = f"{chapter.summary} {chapter.target} {chapter.trajectory}"
        found.append(Entry(Kind.CHAPTER, chapter.id, chapter.id, f"{chapter.number} {chapter.title}", about))
        found += [
            Entry(Kind.BLOCK, block.anchor, chapter.id, section.title, to_text(block.markdown))
            for section in chapter.sections
            for block in section.blocks
        ]
        found += [
            Entry(
                Kind.REQUIREMENT,
                one.id,
                chapter.id,
                f"{one.id} {one.statement}",
                f"{one.legal} {to_text(one.note)} {one.source}",
            )
            for one in chapter.requirements
        ]
    found += [Entry(Kind.MILESTONE, one.id, "", one.title, f"{one.note} {one.conflict}") for one in edition.milestones]
    return found
