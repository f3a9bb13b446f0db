"""What a search tells beside what structures fed: which of the records are the same person. Source: IHE PDQm ITI-78, the profile
of its Patient: several Patients of one person SHALL be told so by Patient.link.
"""

from dataclasses import replace

from socle.foundations.ins.index.store import TYPE, Index, linked
from socle.kernel.fhir import json
from socle.kernel.search.engine import Page
from socle.kernel.search.repository import Repository
from socle.kernel.store import Stored


async def with_links(repository: Repository, page: Page) -> Page:
    """The page, each Patient with links to the other active records of its person, whatever page they are on.

    An answer that was asked without `link` (_elements, _summary=text) stays without.
    """
    query = page.query
    if query.summary == "text" or (query.elements and "link" not in query.elements):
        return page
    patients = [one.id for one in page.matches if one.type == TYPE]
    siblings = await Index(repository.store).siblings(patients) if patients else {}
    return replace(page, matches=[_linked(one, siblings.get(one.id, [])) for one in page.matches])


def _linked(one: Stored, others: list[str]) -> Stored:
    if not others or one.type != TYPE:
        return one
    return replace(one, body=json.serialise(linked(json.parse(one.body), others)))
