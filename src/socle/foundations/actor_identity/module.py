"""The module's declaration."""

from collections.abc import Sequence

from starlette.routing import BaseRoute

from socle.foundations.actor_identity import pages
from socle.kernel.module import House, Module, Room
from socle.kernel.outcome import Text


def _routes(house: House) -> Sequence[BaseRoute]:
    return pages.routes(house)


MODULE = Module(
    name="foundations.actor_identity",
    room=Room.FOUNDATIONS,
    title=Text("Identité des acteurs", "Identity of actors"),
    summary=Text(
        "Prouver qui demande : clés d'accès pour les logiciels, connexion de démonstration pour les pages. "
        "Pro Santé Connect viendra par la même porte.",
        "Prove who asks: access keys for software, a demonstration login for pages. "
        "Pro Santé Connect will come through the same door.",
    ),
    routes=_routes,
)
