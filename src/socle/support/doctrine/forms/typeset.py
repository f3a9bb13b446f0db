"""An edition as Typst source: calls of the functions of edition.typ."""

import re
from collections.abc import Iterable, Sequence

from socle.support.doctrine.forms.leaves.chapter import RECONSTRUCTION, verification
from socle.support.doctrine.forms.leaves.diagram import flows
from socle.support.doctrine.forms.leaves.front import FORCES_TOLD
from socle.support.doctrine.forms.leaves.planning import by_date, slip, when
from socle.support.doctrine.forms.markdown import Link, to_typst
from socle.support.doctrine.forms.markdown.typst import literal, said, words
from socle.support.doctrine.forms.words import (
    ADDRESSEES,
    CERTAINTIES,
    FORCES,
    STATUSES,
    USERS,
    addressees_short,
    date_words,
    dates_words,
    regions_words,
    sources_words,
)
from socle.support.doctrine.model import (
    Addressee,
    Band,
    Chapter,
    Diagram,
    DiagramBlock,
    Edition,
    FrontDoor,
    Milestone,
    Requirement,
    Section,
)


def typeset(edition: Edition) -> str:
    """The whole text, after the template."""
    link = _link(edition)
    day = edition.published.first if edition.published else None
    date = f"datetime(year: {day.year}, month: {day.month}, day: {day.day})" if day else "none"
    pieces = [
        f"#show: edition.with(title: {said(edition.title)}, date: {date}, id: {literal(edition.id)})",
        _cover(edition),
        "#pagebreak(weak: true)\n#outline(depth: 2, title: [Sommaire])",
        '#part("none", [Lire cette édition])',
        _how_to_read(edition),
        f'#part("none", [{words(edition.synthesis.title)}])',
        *(to_typst(block.markdown, link=link, level=2) for block in edition.synthesis.blocks),
        *(
            _part(edition, link, orientation.value, title)
            for orientation, title in edition.orientations.items()
            if any(chapter.orientation is orientation for chapter in edition.chapters)
        ),
        '#part("none", [Macro-planning])',
        _call("milestones", [_milestone(edition, one) for one in by_date(edition)]),
        '#part("none", [Schéma cible])',
        _diagram(edition.diagram),
        '#part("none", [Qui doit faire quoi])',
        _who(edition),
    ]
    return "\n\n".join(pieces) + "\n"


def _link(edition: Edition) -> Link:
    def link(target: str) -> str | None:
        if target in edition.requirement_by_id:
            return f"<req-{target}>"
        chapter = target.partition("#")[0]
        return f"<ch-{chapter}>" if chapter in edition.chapter_by_id else None

    return link


def _cover(edition: Edition) -> str:
    published = f", {date_words(edition.published)}" if edition.published else ""
    lines = [
        f"{len(edition.chapters)} chapitres, {len(edition.requirements)} exigences, {len(edition.milestones)} jalons.",
        f"Révise l'édition {edition.based_on}." if edition.based_on else "",
        edition.note,
    ]
    subtitle = f"{STATUSES[edition.status]}{published}"
    title = re.sub(r" (?=[0-9]{4}$)", "\u00a0", edition.title)  # the year stays with its word
    return f"#cover({said(title)}, {said(subtitle)}, {_strings(line for line in lines if line)})"


def _how_to_read(edition: Edition) -> str:
    codes = ", ".join(f"[#strong[{code.value}] : {words(told)}]" for code, told in CERTAINTIES.items())
    forces = ", ".join(f"[#strong[{words(FORCES[force])}] : {words(told)}]" for force, told in FORCES_TOLD.items())
    thanks = ", ".join(f"[{words(one)}]" for one in edition.thanks)
    return (
        "Chaque chapitre dit son contexte, sa cible, sa trajectoire, ses composants, puis ses exigences.\n\n"
        "#heading(level: 2, outlined: false)[Force d'une exigence]\n\n"
        f"#list({forces})\n\n"
        "#heading(level: 2, outlined: false)[Certitude d'une date ou d'un fait]\n\n"
        f"#list({codes})\n\n"
    ) + (f"#heading(level: 2, outlined: false)[Remerciements]\n\n#list({thanks})\n\n" if thanks else "")


def _part(edition: Edition, link: Link, name: str, title: str) -> str:
    chapters = [one for one in edition.chapters if one.orientation.value == name]
    listed = ", ".join(f"[#link(<ch-{one.id}>)[{words(f'{one.number} {one.title}')}]]" for one in chapters)
    return "\n\n".join(
        [
            f"#part({literal(name)}, [{words(title)}], intro: list(marker: none, indent: 0pt, {listed}))",
            *(_chapter(one, link) for one in chapters),
        ]
    )


def _chapter(of: Chapter, link: Link) -> str:
    body = [_section(section, link) for section in of.sections]
    if of.requirements:
        body.append(_call("requirements", [_requirement(one) for one in of.requirements]))
    if of.modules:
        modules = ", ".join(f"#raw({literal(name)})" for name in of.modules)
        body.append(f"#heading(level: 3)[Dans Socle]\n\nModules : {modules}.")
    if of.sources:
        sources = ", ".join(f"[{words(source)}]" for source in of.sources)
        body.append(f"#heading(level: 3)[Sources]\n\n#list({sources})")
    arguments = (
        of.orientation.value,
        of.id,
        f"{of.number} {of.title}",
        of.summary,
        of.target,
        of.trajectory,
        RECONSTRUCTION if of.reconstruction else "",
    )
    told = "\n\n".join(body)
    return f"#chapter({', '.join(said(one) for one in arguments)})[\n{told}\n]"


def _section(of: Section, link: Link) -> str:
    blocks = "\n\n".join(to_typst(block.markdown, link=link) for block in of.blocks)
    return f"#heading(level: 3)[{words(of.title)}]\n\n{blocks}"


def _requirement(of: Requirement) -> str:
    details = [
        of.legal and f"Fondement : {of.legal}",
        of.users and f"Pour : {', '.join(USERS[users] for users in of.users)}",
        of.regions and f"Régions : {regions_words(of.regions)}",
        of.note,
        f"Source : {' ; '.join(dict.fromkeys(filter(None, (of.source, *sources_words(of.dates)))))} ({of.certainty.value})",
    ]
    return "requirement({})".format(
        ", ".join(
            (
                literal(of.id),
                said(FORCES[of.force]),
                _whole(of.statement, *map(str, details)),
                said(of.statement),
                _strings(str(one) for one in details if one),
                _strings(addressees_short(of.addressees)),
                _strings(dates_words(of.dates) or ["sans date"]),
                said(verification(of)),
            )
        )
    )


def _whole(*texts: str) -> str:
    return "true" if sum(map(len, texts)) < 1_500 else "false"


def _milestone(edition: Edition, of: Milestone) -> str:
    details = [
        of.note,
        of.conflict and f"Sources en désaccord : {of.conflict}",
        *(f"Source : {source}" for source in sources_words(of.dates)),
    ]
    known = [edition.chapter_by_id[name] for name in of.chapters if name in edition.chapter_by_id]
    chapters = ", ".join(f"#link(<ch-{one.id}>)[{words(one.number)}]" for one in known)
    return "milestone({})".format(
        ", ".join(
            (
                said(of.title),
                _whole(of.title, *details),
                _strings(one for one in details if one),
                _strings(when(of)),
                said(slip(of)),
                _strings(addressees_short(of.addressees)),
                f"[{chapters}]",
            )
        )
    )


def _diagram(of: Diagram) -> str:
    told = " ".join(_told(of, band) for band in of.bands)
    bands = ", ".join(_band(of, band) for band in of.bands)
    listed = ", ".join(
        f"[#strong[{words(band.title)}]#list({', '.join(f'[{item}]' for item in _items(of, band)) or '[aucun bloc]'})]"
        for band in of.bands
    )
    out = []
    if of.bands:
        out.append(f"#diagram({said('Schéma en bandes, de haut en bas. ' + told)}, {bands})")
        out.append(f"#heading(level: 2, outlined: false)[Le schéma en liste]\n\n#list({listed})")
    if of.flows:
        out.append(
            "#heading(level: 2, outlined: false)[Flux]\n\n#list("
            + ", ".join(f"[{words(said)}]" for said in flows(of))
            + ")"
        )
    return "\n\n".join(out)


def _told(of: Diagram, band: Band) -> str:
    doors = [
        f"{door.title} ({', '.join(block.title for block in of.blocks if block.door == door.id)})"
        for door in of.doors
        if door.band == band.id
    ]
    return f"{band.title} : {', '.join([*doors, *(block.title for block in _free(of, band))]) or 'aucun bloc'}."


def _items(of: Diagram, band: Band) -> list[str]:
    doors = [
        words(f"{door.title} : {door.motto}")
        + f"#list({', '.join(f'[{_item(block)}]' for block in _inside(of, door)) or '[aucun bloc]'})"
        for door in of.doors
        if door.band == band.id
    ]
    return doors + [_item(block) for block in _free(of, band)]


def _item(block: DiagramBlock) -> str:
    title = f"#link(<ch-{block.chapter}>)[{words(block.title)}]" if block.chapter else words(block.title)
    return title + (words(f" : {block.note}") if block.note else "")


def _band(of: Diagram, band: Band) -> str:
    doors = [
        f"door({said(door.title)}, {said(door.motto)}, {_boxes(_inside(of, door))})"
        for door in of.doors
        if door.band == band.id
    ]
    return f"band({said(band.title)}, {_tuple(doors)}, {_boxes(_free(of, band))})"


def _inside(of: Diagram, door: FrontDoor) -> list[DiagramBlock]:
    return [block for block in of.blocks if block.door == door.id]


def _free(of: Diagram, band: Band) -> list[DiagramBlock]:
    return [block for block in of.blocks if block.band == band.id and not block.door]


def _boxes(blocks: Sequence[DiagramBlock]) -> str:
    return _tuple(f"({said(block.title)}, {literal(_room(block))})" for block in blocks)


def _room(block: DiagramBlock) -> str:
    rooms = {module.partition(".")[0] for module in block.modules}
    return next(iter(sorted(rooms & {"foundations", "services", "platforms", "support"})), "none")


def _who(edition: Edition) -> str:
    out = []
    for addressee in Addressee:
        mine = [one.id for one in edition.requirements if addressee in one.addressees]
        if mine:
            links = ", ".join(f"#link(<req-{one}>)[{words(one)}]" for one in mine)
            out.append(f"([{words(ADDRESSEES[addressee])}], [{links}])")
    return _call("who", out)


def _call(function: str, arguments: Sequence[str]) -> str:
    inside = "".join(f"  {argument},\n" for argument in arguments)
    return f"#{function}(\n{inside})"


def _strings(texts: Iterable[str]) -> str:
    return _tuple(said(text) for text in texts)


def _tuple(items: Iterable[str]) -> str:
    return "(" + "".join(f"{item}, " for item in items) + ")"
