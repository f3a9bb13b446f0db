"""The directory in the house: pages over two registers."""

from typing import Final

from socle.foundations.directory import pages
from socle.kernel.module import Entry, Module, Room
from socle.kernel.outcome import Text

MODULE: Final = Module(
    name="foundations.directory",
    room=Room.FOUNDATIONS,
    title=Text("Trouver", "Find"),
    summary=Text(
        "Trouver un professionnel ou un établissement, avec les mots que l'on dirait.",
        "Find a professional or an establishment, with the words that one would say.",
    ),
    path=pages.PATH,
    routes=pages.routes,
    entries=(
        Entry(
            pages.PATH,
            Text("Qui soigne près de chez moi ?", "Who gives care near me?"),
            Text("Professionnels et établissements, sur une carte.", "Professionals and establishments, on a map."),
        ),
    ),
)
