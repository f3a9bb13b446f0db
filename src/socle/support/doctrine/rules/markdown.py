"""The Markdown of a chapter, cut into sections and blocks that can be pointed at."""

import re
import unicodedata
from collections.abc import Iterator

from socle.support.doctrine.model import Block, Place, Section
from socle.support.doctrine.rules.checking import Names
from socle.support.doctrine.rules.nodes import note_control

_FENCE = re.compile(r" {0,3}(```|~~~)")
_ITEM = re.compile(r"(?:[-*+]|\d{1,9}[.)])\s")
_HEADING = re.compile(r"(#{1,6})(?:\s+(.*?))?\s*#*\s*$")
_HTML = re.compile(r"<(?:[A-Za-z][A-Za-z0-9-]*(?=[\s/>])|/[A-Za-z]|!|\?)")
_CODE = re.compile(r"(`+)(?!`).*?(?<!`)\1(?!`)", re.DOTALL)
_LINK = re.compile(
    r"\]\(\s*<?(?P<inline>[^)\s>]*)|^\[[^\]]+\]:\s*<?(?P<below>\S+)|\[(?P<bare>[A-Z]{3}-[0-9]{3,4})\](?!\(|:)",
    re.MULTILINE,
)
_UNDERLINE = re.compile(r"^(?=[^\s|>#-]).*\n {0,3}(?:=+|-{2,})[ ]*$", re.MULTILINE)
_REQUIREMENT = re.compile(r"[A-Z]{3}-[0-9]{3,4}")
_PLACE = re.compile(r"[a-z][a-z0-9_]*(?:#[a-z0-9-]+)?")
_SAFE = ("http://", "https://", "/", "#", "mailto:")


def slug(title: str) -> str:
    """A title as an identifier: "Trajectoire & coûts" → "trajectoire-couts"."""
    plain = unicodedata.normalize("NFKD", title.replace("œ", "oe").replace("æ", "ae")).encode("ascii", "ignore")
    return re.sub(r"[^a-z0-9]+", "-", plain.decode().lower()).strip("-")


def sections(file: str, text: str, first_line: int, chapter: str, names: Names) -> tuple[Section, ...]:
    """The second-level sections of a chapter's Markdown, whose first line is line `first_line` of the file.

    Its blocks may be pointed at ("ins#cible-2"); what its links point at is checked once everything was read.
    """
    faults = names.faults
    found: list[Section] = []
    titles: list[tuple[str, str, int]] = []  # id, title, line
    blocks: list[Block] = []

    def close() -> None:
        if not titles:
            return
        section, title, line = titles[-1]
        if not blocks:
            faults.add(Place(file, line), f"la section « {title} » est vide.", f"section “{title}” is empty.")
        found.append(Section(section, title, tuple(blocks)))
        blocks.clear()

    for line, markdown in _cut(text, first_line):
        heading = _HEADING.match(markdown) if markdown.startswith("#") else None
        level = len(heading[1]) if heading else 0
        title = (heading[2] or "") if heading else ""
        if level == 1:
            faults.add(
                Place(file, line),
                "pas de titre de premier niveau (#) : le titre est dans l'en-tête.",
                "no first-level heading (#): the title is in the front matter.",
            )
        elif level == 2:
            close()
            section = slug(title)
            if not section:
                faults.add(Place(file, line), "titre de section vide.", "empty section title.")
            if section in (known for known, _, _ in titles):
                faults.add(Place(file, line), f"section « {title} » en double.", f"section “{title}” appears twice.")
            titles.append((section, title, line))
        elif not titles:
            faults.add(
                Place(file, line), "texte avant la première section (##).", "text before the first section (##)."
            )
        else:
            block = _block(titles[-1][0], len(blocks) + 1, markdown, file, line, names)
            names.declare("anchor", f"{chapter}#{block.anchor}", Place(file, line))
            blocks.append(block)
    close()
    return tuple(found)


def synthesis(file: str, text: str, names: Names) -> Section:
    """The whole text as one section; its headings are blocks like the others."""
    blocks = [
        _block("synthese", position, markdown, file, line, names)
        for position, (line, markdown) in enumerate(_cut(text, 1), 1)
    ]
    if not blocks:
        names.faults.add(Place(file, 1), "la synthèse est vide.", "the synthesis is empty.")
    return Section("synthese", "Synthèse", tuple(blocks))


def _block(section: str, position: int, markdown: str, file: str, line: int, names: Names) -> Block:
    bare = markdown
    note_control(markdown, Place(file, line), names.faults)
    if not _FENCE.match(markdown):
        # Code is blanked, its lines kept: what it shows is text, never markup.
        bare = _CODE.sub(lambda match: "\n" * match[0].count("\n"), markdown)
        for match in _HTML.finditer(bare):
            names.faults.add(
                Place(file, line + bare.count("\n", 0, match.start())),
                "HTML interdit dans le Markdown ; écrivez « ` » autour pour le montrer.",
                "HTML is not allowed in the Markdown; put “`” around to show it.",
            )
        for match in _UNDERLINE.finditer(bare):
            at = Place(file, line + bare.count("\n", 0, match.end()))
            names.faults.add(at, "titre souligné : écrivez « ### titre ».", "underlined heading: write “### title”.")
        for match in _LINK.finditer(bare):
            at = Place(file, line + bare.count("\n", 0, match.start()))
            _link(next(target for target in match.groups() if target is not None), at, names)
    return Block(f"{section}-{position}", markdown, line)


def _link(target: str, at: Place, names: Names) -> None:
    """A link leads to a requirement (INS-001), a chapter (ins), a place in one (ins#cible-2) or an address."""
    if _REQUIREMENT.fullmatch(target):
        names.use("requirement", target, at)
    elif _PLACE.fullmatch(target):
        names.use("anchor" if "#" in target else "chapter", target, at)
    elif not target.startswith(_SAFE):
        names.faults.add(
            at,
            f"lien « {target} » : attendu une exigence (INS-001), un chapitre (ins, ins#cible-2), https://… ou /….",
            f"link “{target}”: expected a requirement (INS-001), a chapter (ins, ins#cible-2), https://… or /….",
        )


def _cut(text: str, first_line: int) -> Iterator[tuple[int, str]]:
    """Blocks with their first lines: what blank lines separate, except inside a code fence or a list."""
    lines = text.replace("\r\n", "\n").split("\n")
    begun, kept = 0, list[str]()
    fence = ""

    def whole() -> str:
        return "\n".join(kept).rstrip()

    for number, line in enumerate(lines):
        opening = _FENCE.match(line)
        if fence:
            kept.append(line.rstrip())
            if opening and line.strip().startswith(fence) and line.strip() == line.strip()[0] * len(line.strip()):
                fence = ""
                yield first_line + begun, whole()
                kept = []
            continue
        if not line.strip():
            if kept and (not _is_list(kept) or not _goes_on(lines, number)):
                yield first_line + begun, whole()
                kept = []
            elif kept:
                kept.append("")
            continue
        heading = _HEADING.match(line) is not None
        if kept and (heading or (opening and not _is_list(kept))):
            yield first_line + begun, whole()
            kept = []
        if heading:
            yield first_line + number, line.rstrip()
            continue
        if not kept:
            begun = number
            fence = opening[1] if opening else ""
        kept.append(line.rstrip())
    if kept:
        yield first_line + begun, whole()


def _is_list(kept: list[str]) -> bool:
    return _ITEM.match(kept[0]) is not None


def _goes_on(lines: list[str], blank: int) -> bool:
    """Whether a list goes on after a blank line: an item or an indented line follows."""
    following = next((line for line in lines[blank:] if line.strip()), "")
    return following.startswith(("  ", "\t")) or _ITEM.match(following) is not None
