"""The pages of the consultation: what everyone reads and how one takes part; the editors' desk."""

from starlette.routing import BaseRoute

from socle.kernel.module import House
from socle.support.consultation.pages import desk, public


def routes(house: House) -> list[BaseRoute]:
    """Every page; those of the public come last, since `/concertation/<id>/<chapter>` takes what is left."""
    return [*desk.routes(house), *public.routes(house)]
