"""The filters that several addresses share, declared once."""

from typing import Final

from socle.kernel.outcome import Text
from socle.support.doctrine.api.asking import LONGEST, Parameter
from socle.support.doctrine.model import Addressee, Force, Users
from socle.support.doctrine.rules.entries import EVERY_PUBLISHER
from socle.support.doctrine.rules.words import REGIONS

ACTOR: Final = Parameter(
    "actor",
    Text(
        f"Qui doit agir ; « {EVERY_PUBLISHER} » vaut pour tous les éditeurs. Répétable : l'un ou l'autre.",
        f"Who must act; “{EVERY_PUBLISHER}” stands for every publisher. Repeatable: one or the other.",
    ),
    {"enum": [EVERY_PUBLISHER, *(one.value for one in Addressee)]},
    many=True,
)
CHAPTER: Final = Parameter("chapter", Text("Chapitre. Répétable.", "Chapter. Repeatable."), many=True)
DATE: Final = Parameter(
    "date",
    Text(
        "Ce qui est dû à cette date ou avant, et ce qui n'a pas de date : 2027, 2027-03 ou 2027-03-26.",
        "What is due on that date or before, and what has no date: 2027, 2027-03 or 2027-03-26.",
    ),
    {"$ref": "#/components/schemas/partialDate"},
)
QUESTION: Final = Parameter(
    "q",
    Text(
        "Mots cherchés, tous ; accents et terminaisons ne comptent pas.",
        "Words looked for, all of them; accents and endings do not matter.",
    ),
    {"type": "string", "maxLength": LONGEST},
)
FILTERS: Final = (
    ACTOR,
    Parameter(
        "users",
        Text("Destinataires du logiciel. Répétable.", "Whom the software serves. Repeatable."),
        {"enum": [one.value for one in Users]},
        many=True,
    ),
    Parameter(
        "region",
        Text(
            "Région, code de l'INSEE : écarte ce qui ne vaut que pour d'autres.",
            "Region, INSEE code: leaves out what is only for others.",
        ),
        {"enum": list(REGIONS)},
    ),
    DATE,
    Parameter(
        "force",
        Text("Obligations ou recommandations.", "Obligations or recommendations."),
        {"enum": [one.value for one in Force]},
    ),
    CHAPTER,
    QUESTION,
)
