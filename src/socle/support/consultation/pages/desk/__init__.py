"""The editor's desk: the queue, the bench, the next edition, the year. For editors and moderators alone."""

from starlette.routing import BaseRoute

from socle.kernel.module import House
from socle.kernel.pages import Pages
from socle.support.consultation.pages.desk import answers, around, bench, draft, files, queue, requirement, steering
from socle.support.consultation.pages.desk.shell import ROOT, Desk
from socle.support.consultation.permissions import EDIT, MODERATE, PERSONAL


def routes(house: House) -> list[BaseRoute]:
    """Every page of the desk. Fixed addresses come before those that name a consultation."""
    pages, at = Pages(house, "support.consultation"), Desk(house)
    one, here = f"{ROOT}/contributions/{{number}}", f"{ROOT}/{{id}}"
    return [
        pages.get(ROOT, at(queue.show_current)),
        pages.get(f"{ROOT}/nouvelle", at(steering.show_new, EDIT)),
        pages.post(f"{ROOT}/nouvelle", at(steering.receive_new, EDIT)),
        pages.get(f"{ROOT}/reponses-types", at(around.show_canned, EDIT)),
        pages.post(f"{ROOT}/reponses-types", at(around.receive_canned, EDIT)),
        pages.get(f"{ROOT}/participants", at(around.show_people, PERSONAL)),
        pages.post(f"{ROOT}/participants", at(around.receive_verified, MODERATE)),
        pages.get(f"{ROOT}/avis", at(around.show_outbox, PERSONAL)),
        pages.get(one, at(bench.show_one)),
        pages.post(f"{one}/reponse", at(answers.answer, EDIT)),
        pages.post(f"{one}/masquer", at(answers.hide_one, MODERATE)),
        pages.post(f"{one}/retablir", at(answers.restore_one, MODERATE)),
        pages.post(f"{one}/arguments/{{argument}}", at(answers.moderate_argument, MODERATE)),
        pages.get(here, at(queue.show_queue)),
        pages.post(f"{here}/charge", at(queue.assign_some, EDIT)),
        pages.post(f"{here}/fusion", at(answers.merge_some, EDIT)),
        pages.get(f"{here}/doublons", at(around.show_groups, EDIT)),
        pages.get(f"{here}/edition", at(draft.show_draft, EDIT)),
        pages.get(f"{here}/edition/texte", at(draft.show_file, EDIT)),
        pages.post(f"{here}/edition/texte", at(draft.receive_file, EDIT)),
        pages.get(f"{here}/edition/exigences/{{requirement}}", at(requirement.show_requirement, EDIT)),
        pages.post(f"{here}/edition/exigences/{{requirement}}", at(requirement.receive_requirement, EDIT)),
        pages.get(f"{here}/cycle", at(steering.show_cycle, EDIT)),
        pages.post(f"{here}/cycle/{{transition}}", at(steering.receive_move, EDIT)),
        pages.post(f"{here}/reglages", at(steering.receive_settings, EDIT)),
        pages.get(f"{here}/fichiers", at(files.show_files, EDIT)),
        pages.post(f"{here}/fichiers", at(files.receive_import, EDIT)),
        pages.get(f"{here}/export.csv", at(files.export, EDIT)),
    ]
