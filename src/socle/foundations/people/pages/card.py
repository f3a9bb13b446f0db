"""`/annuaire/professionnels/{number}`: a professional, with situations of practice and mailboxes."""

from starlette.responses import Response

from socle.foundations.people.actions import finding
from socle.foundations.people.permissions import REGISTER
from socle.kernel.module import House
from socle.kernel.outcome import Kind, Problem
from socle.kernel.pages import Handler, Page


def show(house: House) -> Handler:
    """The card, by RPPS number or national identification."""

    async def handle(page: Page) -> Response:
        number = page.path("number")
        found = await finding.card(house.repositories[REGISTER], house.database, number, by=page.actor)
        if found is None:
            raise Problem.of(
                Kind.NOT_FOUND,
                f"L'annuaire ne connaît personne sous le numéro « {number[:20]} ». Vérifiez-le : un numéro RPPS a onze chiffres.",
                f"The directory knows nobody under the number “{number[:20]}”. Check it: an RPPS number has eleven digits.",
            )
        return page.render("card.html", one=found)

    return handle
