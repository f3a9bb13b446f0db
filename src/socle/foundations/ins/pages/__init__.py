"""The pages of the identity desk: search, create, bring to the right status, print; the quality board; the statuses."""

from starlette.routing import BaseRoute

from socle.foundations.ins.pages import (
    acts,
    create,
    desk,
    identity,
    places,
    printing,
    quality,
    retrieval,
    statuses,
    traits,
)
from socle.foundations.ins.pages.handlers import At
from socle.kernel.module import House
from socle.kernel.pages import Pages, Tab

TABS = (
    Tab("/ins", "tab.desk"),
    Tab("/ins/qualite", "tab.quality"),
    Tab("/ins/index", "tab.index"),
    Tab("/ins/statuts", "tab.statuses"),
)


def routes(house: House) -> list[BaseRoute]:
    """Every page of the desk."""
    pages = Pages(house, "foundations.ins", tabs=TABS)
    at = At(house)
    one = "/ins/identites/{id}"
    return [
        pages.get("/ins", at(desk.show)),
        pages.get("/ins/export.csv", at(desk.export)),
        pages.get("/ins/nouvelle", at(create.show)),
        pages.post("/ins/nouvelle", at(create.receive)),
        pages.get("/ins/lieux", places.show),
        pages.get("/ins/qualite", at(quality.show)),
        pages.get("/ins/qualite.csv", at(quality.export)),
        pages.get("/ins/statuts", statuses.show),
        pages.get(one, at(identity.show)),
        pages.post(f"{one}/piece", at(acts.record_document)),
        pages.post(f"{one}/attribut", at(acts.attribute)),
        pages.post(f"{one}/verification", at(acts.verify)),
        pages.get(f"{one}/insi", at(retrieval.show)),
        pages.post(f"{one}/insi", at(retrieval.accept)),
        pages.get(f"{one}/traits", at(traits.show)),
        pages.post(f"{one}/traits", at(traits.receive)),
        pages.get(f"{one}/etiquette", at(printing.label)),
        pages.get(f"{one}/datamatrix.svg", at(printing.svg)),
        pages.get(f"{one}/datamatrix.png", at(printing.png)),
    ]
