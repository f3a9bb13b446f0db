"""From the files of an edition to the edition: `load`. Every fault is told at once, with its file and line."""

import re
from collections.abc import Mapping

from socle.support.doctrine.model import (
    Band,
    Certainty,
    Chapter,
    Diagram,
    DiagramBlock,
    Edition,
    EditionStatus,
    Flow,
    FrontDoor,
    Orientation,
    PartialDate,
    Place,
    Requirement,
    Section,
)
from socle.support.doctrine.rules import markdown
from socle.support.doctrine.rules.checking import Known, Names
from socle.support.doctrine.rules.entries import milestone, requirement
from socle.support.doctrine.rules.faults import Faults
from socle.support.doctrine.rules.fields import Reader, readers
from socle.support.doctrine.rules.nodes import Fields, read_yaml

__all__ = ["Known", "load", "number_key"]

SECTIONS = ("contexte", "cible", "trajectoire", "composants")
# Chapters stand beside these in the address of an edition.
RESERVED = frozenset(
    {"api", "calendrier", "ecarts", "edition", "exigences", "oscal", "recherche", "schema", "synthese"}
)
_CHAPTER_FILE = re.compile(r"chapters/((?:[0-9]+-)+)([a-z][a-z0-9_]*)\.md")
_REQUIREMENTS_FILE = re.compile(r"requirements/([a-z][a-z0-9_]*)\.yaml")
_ALONE = frozenset({"edition.yaml", "synthesis.md", "milestones.yaml", "diagram.yaml"})
_NUMBER = re.compile(r"[0-9]+(?:\.[0-9]+)*")
NOTHING_KNOWN = Known()
_EDITION_ID = re.compile(r"[0-9]{4}")


def load(files: Mapping[str, str], *, known: Known = NOTHING_KNOWN, root: str = "") -> Edition:
    """The edition written in `files` (path below the edition's folder → text); `root` is put before paths in messages.

    Raises: Problem(INVALID) with one issue for each fault: "file:line: what is wrong and what is expected".
    """
    faults = Faults(root)
    edition = _Reading(files, faults).edition(known)
    if faults or edition is None:
        faults.stop()
    return edition


def number_key(number: str) -> tuple[int, ...]:
    """What sorts chapter numbers as a reader does: 2.4.5 before 2.10."""
    return tuple(int(part) for part in number.split(".") if part.isdecimal())


class _Reading:
    """One reading of one set of files."""

    def __init__(self, files: Mapping[str, str], faults: Faults) -> None:
        self._files, self._faults = files, faults
        self._names = Names(faults)
        self._published: PartialDate | None = None

    def edition(self, known: Known) -> Edition | None:
        """The edition, None when its own file cannot be read."""
        self._refuse_strangers()
        head = self._head()
        text = self._files.get("synthesis.md")
        synthesis = markdown.synthesis("synthesis.md", text, self._names) if text is not None else _NOTHING
        requirements = self._requirements()
        chapters = self._chapters(requirements)
        milestones = tuple(
            milestone(reader, self._published, self._names, self._faults) for reader in self._list("milestones.yaml")
        )
        diagram = self._diagram()
        self._names.settle(known)
        if head is None:
            return None
        edition = Edition(
            id=head.text("id", required=True),
            title=head.text("title", required=True),
            status=head.choice("status", EditionStatus, EditionStatus.DRAFT),
            published=self._published,
            based_on=head.text("based_on"),
            orientations=self._orientations(head),
            synthesis=synthesis,
            chapters=chapters,
            milestones=milestones,
            diagram=diagram,
            note=head.text("note"),
            thanks=head.texts("thanks"),
        )
        head.done()
        self._check_head(edition, head)
        return edition

    def _refuse_strangers(self) -> None:
        for path in sorted(_ALONE - self._files.keys()):
            self._faults.add(Place(path, 1), "il manque ce fichier.", "this file is missing.")
        for path in self._files:
            if path not in _ALONE and not _CHAPTER_FILE.fullmatch(path) and not _REQUIREMENTS_FILE.fullmatch(path):
                self._faults.add(
                    Place(path, 1),
                    "fichier inattendu ; attendu : edition.yaml, synthesis.md, milestones.yaml, diagram.yaml, "
                    "chapters/<numéro>-<chapitre>.md, requirements/<chapitre>.yaml.",
                    "unexpected file; expected: edition.yaml, synthesis.md, milestones.yaml, diagram.yaml, "
                    "chapters/<number>-<chapter>.md, requirements/<chapter>.yaml.",
                )

    def _head(self) -> Reader | None:
        reader = self._fields("edition.yaml")
        if reader is not None:
            self._published = reader.date("published")
        return reader

    def _check_head(self, edition: Edition, head: Reader) -> None:
        if edition.id and not _EDITION_ID.fullmatch(edition.id):
            head.fault("id", f"« {edition.id} » : une année est attendue.", f"“{edition.id}”: a year is expected.")
        if edition.based_on == edition.id and edition.id:
            head.fault("based_on", "une édition ne se révise pas elle-même.", "an edition does not revise itself.")
        if edition.status is EditionStatus.DRAFT and head.has("published"):
            head.fault(
                "published", "un projet n'est pas publié ; retirez la date.", "a draft is not published; remove it."
            )
        if edition.status is not EditionStatus.DRAFT and not head.has("published"):
            head.fault("status", "date de publication attendue (published).", "publication date expected (published).")

    def _orientations(self, head: Reader) -> Mapping[Orientation, str]:
        part = head.part("orientations", required=True)
        if part is None:
            return {}
        found = {orientation: part.text(orientation.value, required=True) for orientation in Orientation}
        part.done()
        return found

    def _requirements(self) -> dict[str, tuple[Requirement, ...]]:
        """Requirements by chapter."""
        found = {}
        for path in sorted(self._files):
            if match := _REQUIREMENTS_FILE.fullmatch(path):
                chapter = match[1]
                self._names.use("chapter", chapter, Place(path, 1))
                found[chapter] = tuple(
                    requirement(reader, chapter, self._published, self._names, self._faults)
                    for reader in self._list(path)
                )
        return found

    def _chapters(self, requirements: Mapping[str, tuple[Requirement, ...]]) -> tuple[Chapter, ...]:
        chapters = []
        for path in self._files:
            if match := _CHAPTER_FILE.fullmatch(path):
                chapter = self._chapter(path, match[1].rstrip("-"), match[2], requirements.get(match[2], ()))
                if chapter is not None:
                    chapters.append(chapter)
        chapters.sort(key=lambda chapter: number_key(chapter.number))
        firsts: dict[str, Chapter] = {}
        for chapter in chapters:
            part = chapter.number.split(".")[0]
            first = firsts.setdefault(part, chapter)
            if first.orientation is not chapter.orientation:
                self._faults.add(
                    chapter.place,
                    f"orientation : « {chapter.orientation} », mais le chapitre {first.number} ({first.place.file}) est de "
                    f"« {first.orientation} » ; les numéros en {part} vont ensemble.",
                    f"orientation: “{chapter.orientation}”, but chapter {first.number} ({first.place.file}) is of "
                    f"“{first.orientation}”; numbers in {part} go together.",
                )
        if not chapters:
            self._faults.add(Place("edition.yaml", 1), "aucun chapitre.", "no chapter.")
        return tuple(chapters)

    def _chapter(self, path: str, dashed: str, expected: str, requirements: tuple[Requirement, ...]) -> Chapter | None:
        lines = self._files[path].replace("\r\n", "\n").split("\n")
        end = next((number for number, line in enumerate(lines) if number and line.rstrip() == "---"), 0)
        if lines[0].rstrip() != "---" or not end:
            self._faults.add(
                Place(path, 1),
                "l'en-tête manque : « --- », les champs, « --- », puis le texte.",
                "front matter missing: “---”, the fields, “---”, then the text.",
            )
            return None
        node = read_yaml(path, "\n".join(lines[1:end]), self._faults, before=1)
        if not isinstance(node, Fields):
            if node is not None:
                self._faults.add(
                    Place(path, 2), "des champs sont attendus (nom : valeur).", "fields are expected (name: value)."
                )
            return None
        body = markdown.sections(path, "\n".join(lines[end + 1 :]), end + 2, expected, self._names)
        there = {section.id for section in body}
        for wanted in SECTIONS:
            if wanted not in there:
                title = wanted.capitalize()
                self._faults.add(
                    Place(path, end + 1), f"il manque la section « ## {title} ».", f"section “## {title}” is missing."
                )
        return self._front(Reader(node, path, self._faults), path, dashed, expected, body, requirements)

    def _front(
        self, reader: Reader, path: str, dashed: str, expected: str, body: tuple[Section, ...],
        requirements: tuple[Requirement, ...],
    ) -> Chapter:  # fmt: skip
        names = self._names
        chapter = Chapter(
            id=reader.text("id", required=True),
            number=reader.text("number", required=True),
            orientation=reader.choice("orientation", Orientation, Orientation.FOUNDATIONS),
            title=reader.text("title", required=True),
            summary=reader.text("summary", required=True),
            target=reader.text("target", required=True),
            trajectory=reader.text("trajectory", required=True),
            certainty=reader.choice("certainty", Certainty, Certainty.C),
            sections=body,
            requirements=requirements,
            modules=_used(reader, "modules", "module", names),
            guides=_used(reader, "guides", "guide", names),
            sources=reader.texts("sources"),
            reconstruction=reader.flag("reconstruction"),
            place=Place(path, 1),
        )
        reader.done()
        names.declare("chapter", chapter.id or expected, reader.at("id"))
        names.declare("number", chapter.number, reader.at("number"))
        if chapter.id and chapter.id != expected:
            reader.fault(
                "id",
                f"« {chapter.id} », mais le fichier dit « {expected} ».",
                f"“{chapter.id}”, but the file says “{expected}”.",
            )
        if chapter.id in RESERVED:
            reader.fault("id", f"« {chapter.id} » est réservé.", f"“{chapter.id}” is reserved.")
        if chapter.number and not _NUMBER.fullmatch(chapter.number):
            reader.fault("number", f"« {chapter.number} » ; attendu 2.4.5.", f"“{chapter.number}”; expected 2.4.5.")
        elif chapter.number and chapter.number.replace(".", "-") != dashed:
            reader.fault(
                "number",
                f"« {chapter.number} », mais le fichier dit « {dashed} ».",
                f"“{chapter.number}”, but the file says “{dashed}”.",
            )
        return chapter

    def _diagram(self) -> Diagram:
        reader = self._fields("diagram.yaml")
        if reader is None:
            return Diagram()
        names = self._names
        bands, doors, blocks, flows = [], [], [], []
        for one in reader.parts("bands", required=True):
            bands.append(Band(self._element(one, "band"), one.text("title", required=True)))
            one.done()
        for one in reader.parts("doors"):
            band = _use(one, "band", "band", names, required=True)
            doors.append(
                FrontDoor(self._element(one, "door"), one.text("title", required=True), one.text("motto"), band)
            )
            one.done()
        for one in reader.parts("blocks", required=True):
            blocks.append(
                DiagramBlock(
                    id=self._element(one, ""),
                    title=one.text("title", required=True),
                    band=_use(one, "band", "band", names, required=True),
                    chapter=_use(one, "chapter", "chapter", names),
                    door=_use(one, "door", "door", names),
                    modules=_used(one, "modules", "module", names),
                    note=one.text("note"),
                )
            )
            one.done()
        for one in reader.parts("flows"):
            source = _use(one, "source", "diagram", names, required=True)
            target = _use(one, "target", "diagram", names, required=True)
            flows.append(Flow(source, target, one.text("label"), one.flag("both_ways")))
            one.done()
        reader.done()
        return Diagram(tuple(bands), tuple(doors), tuple(blocks), tuple(flows))

    def _element(self, reader: Reader, kind: str) -> str:
        """The id of an element of the diagram: unique among all, since a flow may go to any."""
        name = reader.text("id", required=True)
        self._names.declare("diagram", name, reader.at("id"))
        if kind:
            self._names.declared.setdefault((kind, name), reader.at("id"))
        return name

    def _fields(self, path: str) -> Reader | None:
        text = self._files.get(path)
        node = read_yaml(path, text, self._faults) if text is not None else None
        if node is not None and not isinstance(node, Fields):
            self._faults.add(
                Place(path, 1), "des champs sont attendus (nom : valeur).", "fields are expected (name: value)."
            )
            return None
        return Reader(node, path, self._faults) if node is not None else None

    def _list(self, path: str) -> list[Reader]:
        text = self._files.get(path)
        node = read_yaml(path, text, self._faults) if text is not None else None
        return list(readers(node, path, self._faults)) if node is not None else []


def _use(reader: Reader, name: str, kind: str, names: Names, *, required: bool = False) -> str:
    text = reader.text(name, required=required)
    names.use(kind, text, reader.at(name))
    return text


def _used(reader: Reader, name: str, kind: str, names: Names) -> tuple[str, ...]:
    found = reader.placed_texts(name)
    for text, place in found:
        names.use(kind, text, place)
    return tuple(text for text, _ in found)


_NOTHING = Section("synthese", "Synthèse", ())
