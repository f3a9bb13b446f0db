"""The label and the datamatrix: only for a qualified identity, and each print leaves its trace (RNIV EXI SI 08)."""

from starlette.responses import Response

from socle.foundations.ins import actions, datamatrix, rules
from socle.foundations.ins.pages import identity
from socle.foundations.ins.pages.handlers import Counter, trace_of
from socle.foundations.ins.pages.view import view_of
from socle.foundations.ins.permissions import READ
from socle.kernel.pages import Page


async def label(page: Page, counter: Counter) -> Response:
    """The label, ready to print. Raises: Problem(RULE_VIOLATED) unless the identity is qualified."""
    page.require(READ)
    dossier = await identity.read(page, counter)
    rules.may_transmit_matricule(dossier.identite).or_raise()
    return page.render("label.html", view=view_of(page, dossier))


async def _text(page: Page, counter: Counter) -> str:
    page.require(READ)
    return await actions.datamatrix_of(counter.desk, page.path("id"), by=page.actor, trace=trace_of(page, "datamatrix"))


async def svg(page: Page, counter: Counter) -> Response:
    """The datamatrix as SVG."""
    image = datamatrix.to_svg(await _text(page, counter))
    return page.download(image, "datamatrix-ins.svg", "image/svg+xml", inline=True)


async def png(page: Page, counter: Counter) -> Response:
    """The datamatrix as PNG."""
    image = datamatrix.to_png(await _text(page, counter), module=8)
    return page.download(image, "datamatrix-ins.png", "image/png")
