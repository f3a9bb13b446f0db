"""The doors of INSi: SOAP at /insi/lps, its WSDL and schemas beside it, batches at /insi/lot."""

from collections.abc import Sequence

from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp

from socle.foundations.ins.insi.actions import INSi
from socle.foundations.ins.insi.api.contract import Schemas
from socle.foundations.ins.insi.api.lot import Lots
from socle.foundations.ins.insi.api.lps import Lps
from socle.foundations.ins.insi.soap.names import PATH
from socle.kernel.module.house import House
from socle.kernel.rest.csrf import RefuseForeign
from socle.kernel.rest.headers import SecurityHeaders


def direct(house: House) -> dict[str, ASGIApp]:
    """The SOAP door by its path, complete in itself: for a house that spares its hot paths the pages' fifty routes."""
    lps = Lps(house, INSi(house.database, house.secret))
    return {PATH: SecurityHeaders(RefuseForeign(lps), secure=house.settings.url.startswith("https://"))}


def routes(house: House) -> Sequence[BaseRoute]:
    """Every route of this door."""
    insi = INSi(house.database, house.secret)
    lots = Lots(house, insi)
    return [
        Route(PATH, Lps(house, insi)),
        Route("/insi/xsd/{name}", Schemas()),
        Route("/insi/lot", lots),
        Route("/insi/lot/{lot}", lots),
        Route("/insi/lot/{lot}/{part}", lots),
    ]
