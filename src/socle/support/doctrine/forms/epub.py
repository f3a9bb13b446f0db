"""An edition as an EPUB 3.3: our own container, one XHTML document a leaf, the same bytes for the same edition.

Written to https://www.w3.org/TR/epub-33/ and EPUB Accessibility 1.1; checked in the tests by EPUBCheck.
"""

from functools import cache
from importlib.resources import files
from io import BytesIO
from itertools import groupby
from typing import Final
from uuid import NAMESPACE_URL, uuid5
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo

from markupsafe import Markup

from socle.support.doctrine.forms.leaves import Leaf, leaves
from socle.support.doctrine.forms.oscal import to_catalog
from socle.support.doctrine.model import Edition

_EPOCH: Final = (1980, 1, 1, 0, 0, 0)  # the first moment that a zip can tell
_CONTAINER: Final = """<?xml version="1.0" encoding="UTF-8"?>
<container version="1.0" xmlns="urn:oasis:names:tc:opendocument:xmlns:container">
<rootfiles><rootfile full-path="EPUB/package.opf" media-type="application/oebps-package+xml"/></rootfiles>
</container>
"""
_PAGE: Final = Markup("""<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE html>
<html xmlns="http://www.w3.org/1999/xhtml" xmlns:epub="http://www.idpf.org/2007/ops" lang="fr" xml:lang="fr">
<head><meta charset="UTF-8"/><title>{title}</title><link rel="stylesheet" href="edition.css"/></head>
<body>
{body}
</body>
</html>
""")


def to_epub(edition: Edition) -> bytes:
    """The EPUB of an edition."""
    pages = leaves(edition, ".xhtml")
    out = BytesIO()
    with ZipFile(out, "w") as archive:
        _put(archive, "mimetype", "application/epub+zip", ZIP_STORED)  # first and stored, so that it is read as it is
        _put(archive, "META-INF/container.xml", _CONTAINER)
        _put(archive, "EPUB/package.opf", _package(edition, pages))
        _put(archive, "EPUB/nav.xhtml", _PAGE.format(title="Sommaire", body=_nav(pages)))
        _put(archive, "EPUB/edition.css", stylesheet())
        for page in pages:
            _put(archive, f"EPUB/{page.name}.xhtml", _PAGE.format(title=page.title, body=_main(page)))
    return out.getvalue()


@cache
def stylesheet() -> str:
    """The style of the leaves."""
    return (files("socle.support.doctrine.forms") / "edition.css").read_text(encoding="utf-8")


def _main(page: Leaf) -> Markup:
    kind = Markup(' epub:type="chapter"') if page.part else Markup("")
    return Markup("<main{}>\n{}\n</main>").format(kind, page.body)


def _package(edition: Edition, pages: tuple[Leaf, ...]) -> str:
    catalog = to_catalog(edition)["catalog"]
    modified = str(catalog["metadata"]["last-modified"]).replace("+00:00", "Z")
    about = [
        Markup('<dc:identifier id="id">urn:uuid:{}</dc:identifier>').format(uuid5(NAMESPACE_URL, catalog["uuid"])),
        Markup("<dc:title>{}</dc:title>").format(edition.title),
        Markup("<dc:language>fr</dc:language>"),
        Markup("<dc:publisher>Socle</dc:publisher>"),
        Markup('<meta property="dcterms:modified">{}</meta>').format(modified),
    ]
    if edition.published:
        about.append(Markup("<dc:date>{}</dc:date>").format(edition.published))
    about += [Markup('<meta property="schema:{}">{}</meta>').format(name, value) for name, value in _ACCESSIBILITY]
    about.append(Markup('<meta property="dcterms:conformsTo">{}</meta>').format(_CONFORMS))
    manifest = [
        Markup('<item id="nav" href="nav.xhtml" media-type="application/xhtml+xml" properties="nav"/>'),
        Markup('<item id="css" href="edition.css" media-type="text/css"/>'),
        *(
            Markup('<item id="leaf-{0}" href="{0}.xhtml" media-type="application/xhtml+xml"/>').format(page.name)
            for page in pages
        ),
    ]
    spine = [Markup('<itemref idref="leaf-{}"/>').format(page.name) for page in pages]
    return Markup(
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<package xmlns="http://www.idpf.org/2007/opf" version="3.0" unique-identifier="id" xml:lang="fr">\n'
        '<metadata xmlns:dc="http://purl.org/dc/elements/1.1/">\n{}\n</metadata>\n'
        "<manifest>\n{}\n</manifest>\n<spine>\n{}\n</spine>\n</package>\n"
    ).format(*(Markup("\n").join(part) for part in (about, manifest, spine)))


_CONFORMS: Final = "EPUB Accessibility 1.1 - WCAG 2.2 Level AA"
_ACCESSIBILITY: Final = (
    ("accessMode", "textual"),
    ("accessModeSufficient", "textual"),
    ("accessibilityFeature", "structuralNavigation"),
    ("accessibilityFeature", "tableOfContents"),
    ("accessibilityFeature", "readingOrder"),
    ("accessibilityFeature", "displayTransformability"),
    ("accessibilityHazard", "none"),
    (
        "accessibilitySummary",
        "Texte seul, structuré par titres, listes et tableaux à en-têtes ; le schéma est une liste.",
    ),
)


def _nav(pages: tuple[Leaf, ...]) -> Markup:
    items: list[Markup] = []
    for part, group in groupby(pages, key=lambda page: page.part):
        entries = [_entry(page) for page in group]
        if part:
            inner = Markup("\n").join(entries)
            items.append(Markup("<li><span>{}</span><ol>\n{}\n</ol></li>").format(part, inner))
        else:
            items += entries
    landmarks = Markup(
        '<nav epub:type="landmarks" hidden="" aria-label="Repères"><ol>'
        '<li><a epub:type="bodymatter" href="synthese.xhtml">Synthèse</a></li></ol></nav>'
    )
    toc = Markup('<nav epub:type="toc" role="doc-toc"><h1>Sommaire</h1><ol>\n{}\n</ol></nav>').format(
        Markup("\n").join(items)
    )
    return toc + landmarks


def _entry(page: Leaf) -> Markup:
    if not page.inside:
        return Markup('<li><a href="{}.xhtml">{}</a></li>').format(page.name, page.title)
    inner = Markup("").join(
        Markup('<li><a href="{}.xhtml#{}">{}</a></li>').format(page.name, anchor, title)
        for anchor, title in page.inside
    )
    return Markup('<li><a href="{}.xhtml">{}</a><ol>{}</ol></li>').format(page.name, page.title, inner)


def _put(archive: ZipFile, name: str, content: str, method: int = ZIP_DEFLATED) -> None:
    entry = ZipInfo(name, _EPOCH)
    entry.compress_type = method
    entry.external_attr = 0o644 << 16
    archive.writestr(entry, content.encode())
