"""The pages that everyone reads, and those by which one takes part."""

from starlette.routing import BaseRoute

from socle.kernel.module import House
from socle.kernel.pages import Pages
from socle.support.consultation.pages import (
    consulting,
    contributing,
    one,
    oneself,
    opendata,
    overview,
    synthesis,
    threads,
)
from socle.support.consultation.pages.frame import ROOT, Hall


def routes(house: House) -> list[BaseRoute]:
    """Every public page. Those with a fixed word come before `{chapter}`."""
    pages, at = Pages(house, "support.consultation"), Hall(house)
    each = ROOT + "/{id}"
    thread = each + "/contributions/{number}"
    return [
        pages.get(ROOT, at.forum(overview.show_overview)),
        pages.get(f"{ROOT}/mes-contributions", at.forum(oneself.show_oneself)),
        pages.post(f"{ROOT}/mes-contributions", at.forum(oneself.receive_oneself)),
        pages.get(each, at(consulting.show_consultation)),
        pages.get(f"{each}/texte", at(consulting.show_synthesis_text)),
        pages.get(f"{each}/contributions", at(threads.show_list)),
        pages.get(thread, at(one.show_one)),
        pages.post(f"{thread}/soutien", at(one.support)),
        pages.post(f"{thread}/arguments", at(one.argue)),
        pages.post(f"{thread}/arguments/{{argument}}/retrait", at(one.withdraw_argument)),
        pages.post(f"{thread}/retrait", at(one.withdraw)),
        pages.get(f"{thread}/fichiers/{{file}}", at(one.download)),
        pages.get(f"{thread}/modifier", at(contributing.show_amend)),
        pages.post(f"{thread}/modifier", at(contributing.receive_amend)),
        pages.get(f"{each}/contribuer", at(contributing.show_form)),
        pages.post(f"{each}/contribuer", at(contributing.receive)),
        pages.get(f"{each}/synthese", at(synthesis.show_synthesis)),
        pages.get(f"{each}/donnees", at(opendata.show_data)),
        pages.get(f"{each}/donnees/concertation.csv", at(opendata.give_csv)),
        pages.get(f"{each}/donnees/concertation.json", at(opendata.give_json)),
        pages.get(each + "/{chapter}", at(consulting.show_chapter)),
    ]
