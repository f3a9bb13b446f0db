"""The pages of agendas."""

import os
from collections.abc import Sequence

from starlette.routing import BaseRoute

from socle.foundations.care_offer.agenda.adapters import connect
from socle.foundations.care_offer.agenda.permissions import REGISTER
from socle.kernel.module import House
from socle.kernel.outbound.hooks import Reach


def routes(house: House) -> Sequence[BaseRoute]:
    """Every page. Where the aggregator may reach is said here, once in each process: as for notifications (SOCLE_HOOKS)."""
    connect(house.repositories[REGISTER], Reach.read(os.environ.get("SOCLE_HOOKS", ""), demo=house.settings.demo))
    return []
