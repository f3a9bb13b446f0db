"""The editions, ready to be read: their texts as HTML, their words indexed, their figures counted, once each."""

from collections import Counter
from collections.abc import Callable, Hashable, Mapping, Sequence
from datetime import date
from functools import cached_property

from socle.kernel.module import House, Module, Status
from socle.kernel.pages import Markup
from socle.support.doctrine.actions import current, edition_of, editions
from socle.support.doctrine.forms.markdown import to_html, to_text
from socle.support.doctrine.model import Addressee, Chapter, Edition, Force, Orientation, Requirement
from socle.support.doctrine.pages.words import printed, printed_html
from socle.support.doctrine.rules import search

MOST_ROWS = 10_000


class Reader:
    """One edition and what its pages need, made at the first need and kept as long as the edition."""

    def __init__(self, edition: Edition, modules: Mapping[str, Module]) -> None:
        self.edition = edition
        self.path = f"/doctrine/{edition.id}"
        self._modules = modules
        self._html: dict[str, Markup] = {}
        self._held: dict[str, bool] = {}
        self._rows: dict[Hashable, Markup] = {}

    def html(self, markdown: str) -> Markup:
        """Some Markdown of the edition as HTML; references lead to the pages of this edition."""
        found = self._html.get(markdown)
        if found is None:
            found = self._html[markdown] = printed_html(to_html(markdown, link=self.link, shift=1))
        return found

    def link(self, target: str) -> str | None:
        """The address of a chapter, a place in a chapter or a requirement; None when the edition has none such."""
        if target in self.edition.requirement_by_id:
            return f"{self.path}/exigences/{target}"
        chapter, _, anchor = target.partition("#")
        if chapter not in self.edition.chapter_by_id:
            return None
        return f"{self.path}/{chapter}" + (f"#{anchor}" if anchor else "")

    def modules(self, names: Sequence[str]) -> list[Module]:
        """The modules of the house that bear these names."""
        return [self._modules[name] for name in names if name in self._modules]

    @cached_property
    def parts(self) -> list[tuple[Orientation, str, list[Chapter]]]:
        """The orientations with their titles and their chapters."""
        chapters = self.edition.chapters
        return [
            (orientation, title, [chapter for chapter in chapters if chapter.orientation is orientation])
            for orientation, title in self.edition.orientations.items()
        ]

    @cached_property
    def obligations(self) -> Mapping[Addressee, int]:
        """How many obligations each addressee has."""
        return Counter(
            addressee
            for requirement in self.edition.requirements
            if requirement.force is Force.MUST
            for addressee in requirement.addressees
        )

    @cached_property
    def words(self) -> Mapping[str, str]:
        """The plain words of each block, by "chapter#anchor"."""
        return {
            f"{chapter.id}#{block.anchor}": printed(" ".join(to_text(block.markdown).split()))
            for chapter in self.edition.chapters
            for section in chapter.sections
            for block in section.blocks
        }

    @cached_property
    def chapter_index(self) -> search.Index:
        """Chapters and milestones, each found by all its words."""
        chapters = [
            search.Entry(
                search.Kind.CHAPTER,
                chapter.id,
                chapter.id,
                f"{chapter.number} {chapter.title} {chapter.id}",
                " ".join([chapter.summary, chapter.target, chapter.trajectory, *self._blocks(chapter)]),
            )
            for chapter in self.edition.chapters
        ]
        milestones = [
            search.Entry(
                search.Kind.MILESTONE,
                milestone.id,
                "",
                milestone.title,
                " ".join(text for text in (to_text(milestone.note), milestone.conflict) if text),
            )
            for milestone in self.edition.milestones
        ]
        return search.Index([*chapters, *milestones])

    @cached_property
    def block_index(self) -> search.Index:
        """Every paragraph of every chapter: where in the chapter the words are."""
        return search.Index(
            search.Entry(search.Kind.BLOCK, place.partition("#")[2], place.partition("#")[0], "", text)
            for place, text in self.words.items()
        )

    @cached_property
    def requirement_index(self) -> search.Index:
        """Every requirement, found by its statement, its identifier, its legal text, its note, its source."""
        return search.Index(
            search.Entry(
                search.Kind.REQUIREMENT,
                one.id,
                one.chapter,
                f"{one.id} {one.statement}",
                " ".join([one.legal, to_text(one.note), one.source]),
            )
            for one in self.edition.requirements
        )

    def holds(self, text: str) -> bool:
        """Whether some chapter holds every word of `text`; remembered."""
        if text not in self._held:
            self._held[text] = bool(self.chapter_index.find(self.chapter_index.question(text)))
        return self._held[text]

    def row(self, key: Hashable, make: Callable[[], Markup]) -> Markup:
        """A piece of a page that shows only what the edition holds, made once; `key` says all that it depends on."""
        if len(self._rows) > MOST_ROWS:  # a new day makes every row anew
            self._rows.clear()
        found = self._rows.get(key)
        if found is None:
            found = self._rows[key] = make()
        return found

    def matching(self, text: str) -> frozenset[str]:
        """Identifiers of the requirements that hold every word of `text`."""
        index = self.requirement_index
        return frozenset(hit.entry.id for hit in index.find(index.question(text)))

    def _blocks(self, chapter: Chapter) -> list[str]:
        return [self.words[f"{chapter.id}#{b.anchor}"] for section in chapter.sections for b in section.blocks]


def next_date(requirements: Sequence[Requirement], today: date) -> Requirement | None:
    """The requirement that falls due next, None when none does."""
    ahead = [one for one in requirements if one.dates.due is not None and one.dates.due.on.first >= today]
    return min(ahead, key=lambda one: one.dates.due.on if one.dates.due else date.max, default=None)


class Library:
    """Every edition of the house, prepared once for as long as it stays the same."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._readers: dict[str, Reader] = {}
        self._changes = 0
        self.modules: Mapping[str, Module] = {module.name: module for module in house.modules}

    async def all(self) -> list[Reader]:
        """Every edition, the latest first."""
        found = []
        for edition in (await editions(self._house)).values():
            reader = self._readers.get(edition.id)
            if reader is None or reader.edition is not edition:
                reader = self._readers[edition.id] = Reader(edition, self.modules)
                self._changes += 1
            found.append(reader)
        return found[::-1]

    async def version(self) -> str:
        """A text that changes whenever an edition does."""
        return f"{len(await self.all())}-{self._changes}"

    async def get(self, year: str) -> Reader:
        """One edition. Raises: Problem(NOT_FOUND), naming those that there are."""
        await self.all()
        return self._readers[edition_of(await editions(self._house), year).id]

    async def current(self) -> Reader:
        """The edition in force. Raises: Problem(NOT_FOUND) when none is."""
        await self.all()
        return self._readers[current(await editions(self._house)).id]

    def running(self, name: str) -> Module | None:
        """A module of the house, when it runs and has pages."""
        module = self.modules.get(name)
        return module if module is not None and module.status is Status.RUNNING and module.path else None
