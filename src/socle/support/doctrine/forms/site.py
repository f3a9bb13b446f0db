"""An edition as a folder of HTML pages that needs nothing else: no server, no script, no font, no other site."""

from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files

from markupsafe import Markup

from socle.support.doctrine.forms.epub import stylesheet
from socle.support.doctrine.forms.leaves import Leaf, leaves
from socle.support.doctrine.model import Edition

_PAGE = Markup("""<!DOCTYPE html>
<html lang="fr">
<head>
<meta charset="utf-8"/>
<meta name="viewport" content="width=device-width, initial-scale=1"/>
<title>{title}</title>
<link rel="stylesheet" href="edition.css"/>
</head>
<body>
<a class="skip" href="#contenu">Aller au contenu</a>
<header>
<p><a href="index.html">{edition}</a></p>
<nav aria-label="Édition"><ul>
{bar}
</ul></nav>
</header>
<main id="contenu">
{body}
</main>
{beside}
<footer><p>{edition}. Document produit par Socle à partir de la doctrine en données.</p></footer>
</body>
</html>
""")
_BAR = (
    ("synthese", "Synthèse"),
    ("calendrier", "Macro-planning"),
    ("schema", "Schéma cible"),
    ("qui", "Qui doit faire quoi"),
)


def to_site(edition: Edition) -> Mapping[str, bytes]:
    """The pages by name; `index.html` opens the edition."""
    pages = leaves(edition, ".html")
    found = {"edition.css": _style().encode()}
    for rank, page in enumerate(pages):
        name = "index" if rank == 0 else page.name
        found[f"{name}.html"] = _PAGE.format(
            title=page.title if rank == 0 else f"{page.title} · {edition.title}",
            edition=edition.title,
            bar=_bar(page),
            body=_front(page, pages) if rank == 0 else _opened(page),
            beside=_beside(pages, rank),
        ).encode()
    return found


@cache
def _style() -> str:
    """The colours and letters of the house, then the frame, then the leaves."""
    tokens = (files("socle.kernel.pages") / "static" / "tokens.css").read_text(encoding="utf-8")
    frame = (files("socle.support.doctrine.forms") / "site.css").read_text(encoding="utf-8")
    return f"{tokens}{frame}{stylesheet()}"


def _bar(current: Leaf) -> Markup:
    return Markup("\n").join(
        Markup('<li><a href="{}.html"{}>{}</a></li>').format(
            name, Markup(' aria-current="page"') if name == current.name else "", title
        )
        for name, title in _BAR
    )


def _opened(page: Leaf) -> Markup:
    """The body, with what it holds listed after its heading."""
    heading, closing, rest = page.body.partition("</h1>")
    return heading + closing + _inside(page) + rest


def _front(page: Leaf, pages: Sequence[Leaf]) -> Markup:
    """The first page: what the edition is, its contents, then how to read it."""
    before, heading, after = page.body.partition("<h2>")
    return before + _contents(pages) + heading + after


def _inside(page: Leaf) -> Markup:
    if not page.inside:
        return Markup("")
    items = Markup("").join(Markup('<li><a href="#{}">{}</a></li>').format(*one) for one in page.inside)
    return Markup('<nav class="inside" aria-label="Sur cette page"><ul>{}</ul></nav>').format(items)


def _contents(pages: Sequence[Leaf]) -> Markup:
    parts = [
        Markup('<div class="part"><h3>{}</h3><ul>{}</ul></div>').format(
            part,
            Markup("").join(
                Markup('<li><a href="{}.html">{}</a></li>').format(page.name, page.title)
                for page in pages
                if page.part == part
            ),
        )
        for part in dict.fromkeys(page.part for page in pages if page.part)
    ]
    return Markup('<nav aria-labelledby="sommaire"><h2 id="sommaire">Sommaire</h2>{}</nav>').format(
        Markup("\n").join(parts)
    )


def _beside(pages: Sequence[Leaf], rank: int) -> Markup:
    items = []
    if rank > 0:
        items.append(_neighbour("Précédent", pages[rank - 1], rank - 1))
    if rank + 1 < len(pages):
        items.append(_neighbour("Suivant", pages[rank + 1], rank + 1))
    return Markup('<nav class="beside" aria-label="Pages voisines"><ul>{}</ul></nav>').format(Markup("").join(items))


def _neighbour(word: str, page: Leaf, rank: int) -> Markup:
    return Markup('<li>{} : <a href="{}.html">{}</a></li>').format(word, page.name if rank else "index", page.title)
