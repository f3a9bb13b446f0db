"""A small edition as its author writes it: two chapters, three requirements, a milestone, a diagram."""

from collections.abc import Mapping

from socle.kernel.outcome import Problem
from socle.support.doctrine.model import Edition
from socle.support.doctrine.rules.checking import Known
from socle.support.doctrine.rules.reading import load

KNOWN = Known(
    modules=frozenset({"foundations.ins", "services.dmp"}),
    guides=frozenset({"docs/guides/insi.md"}),
    references=frozenset({"foundations.ins#INS-001"}),
)
FILES: Mapping[str, str] = {
    "edition.yaml": """\
id: "2030"
title: Doctrine d'essai, édition 2030
status: current
published: "2030-06"
based_on: "2026"
orientations: {foundations: Fondations, services: Services, platforms: Plateformes, support: Appui}
note: Tout est inventé.
thanks: []
""",
    "synthesis.md": "## L'essentiel\n\nDeux chapitres, [l'identité](ins) et [le dossier](dmp#cible-1).\n",
    "chapters/2-4-5-ins.md": """\
---
id: ins
number: "2.4.5"
orientation: foundations
title: Identité nationale de santé (INS)
summary: La même identité partout.
target: Une identité qualifiée.
trajectory: Obligatoire depuis 2021.
certainty: A
modules: [foundations.ins]
guides: [docs/guides/insi.md]
sources: [Référentiel INS]
---
## Contexte

Confondre deux patients est une **erreur de soins**.

- un matricule

- des traits

## Cible

Voir [INS-001].

## Trajectoire

| année | part |
|---|---|
| 2030 | tout |

## Composants

```
<code> & rien d'autre

sur trois lignes
```
""",
    "chapters/3-1-dmp.md": """\
---
id: dmp
number: "3.1"
orientation: services
title: Dossier médical partagé
summary: Les documents de chacun.
target: Tout document utile est déposé.
trajectory: Par étapes.
certainty: B
---
## Contexte

Le carnet.

## Cible

Le dépôt.

## Trajectoire

Peu à peu.

## Composants

Un dépôt.
""",
    "requirements/ins.yaml": """\
- id: INS-001
  addressees: [editeur-dpi, etablissement]
  force: must
  statement: L'établissement référence chaque donnée par une identité qualifiée.
  legal: Code de la santé publique, article L.1111-8-1
  source: Référentiel INS
  certainty: B
  modules: [foundations.ins]
  dates:
    planned: {on: "2020-01-01", source: Feuille de route, certainty: B}
    revised:
      - {on: "2020-07", source: Presse, certainty: B}
    actual: {on: "2021-01-01", source: Arrêté, certainty: B}
  verified: {by: scenario, how: Le scénario lit le statut., reference: "foundations.ins#INS-001"}

- id: INS-002
  addressees: [editeurs]
  force: should
  statement: L'éditeur affiche pourquoi une identité n'est pas qualifiée.
  source: Socle
  certainty: C
  users: [professionnels-etablissement]
  regions: ["53"]
  not_verified: Proposition de Socle.
""",
    "requirements/dmp.yaml": """\
- id: DMP-001
  addressees: [editeur-dpi]
  force: must
  statement: Le logiciel dépose le document le jour de l'acte.
  source: Pages de la CNAM
  certainty: B
  dates: {planned: {on: "2031", source: Feuille de route, certainty: B}}
  not_verified: Le service est fermé.
""",
    "milestones.yaml": """\
- id: ins-obligatoire
  title: INS obligatoire
  dates: {planned: {on: "2020-01-01", source: Loi, certainty: B}, actual: {on: "2021-01-01", source: Arrêté, certainty: B}}
  ends: "2021-12-31"
  chapters: [ins]
  addressees: [etablissement]
""",
    "diagram.yaml": """\
bands:
  - {id: services, title: Services}
  - {id: socle, title: Fondations}
doors:
  - {id: pros, title: Professionnels, motto: Travailler dans un espace de confiance, band: services}
blocks:
  - {id: ins, title: INS, band: socle, chapter: ins, modules: [foundations.ins]}
  - {id: dmp, title: DMP, band: services, chapter: dmp, door: pros}
flows:
  - {source: ins, target: dmp, label: identité}
""",
}


def edited(path: str, before: str, after: str, *, files: Mapping[str, str] = FILES) -> dict[str, str]:
    """The files with one passage of one of them changed; the passage is there, once."""
    assert files[path].count(before) == 1, f"{before!r} is {files[path].count(before)} times in {path}"
    return {**files, path: files[path].replace(before, after)}


def small(files: Mapping[str, str] = FILES) -> Edition:
    """The edition."""
    return load(files, known=KNOWN)


def faults(files: Mapping[str, str], *, root: str = "") -> list[str]:
    """What is wrong with the files, in English, one line a fault."""
    try:
        load(files, known=KNOWN, root=root)
    except Problem as problem:
        return [issue.text.en for issue in problem.issues]
    return []
