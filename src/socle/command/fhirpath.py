"""socle fhirpath: try an expression on a file."""

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from socle.command.language import t
from socle.command.report import ERR, CommandError, say
from socle.kernel.outcome import system_said

MAX_BYTES = 100_000_000


def declare(app: typer.Typer) -> None:
    """Add the command."""

    @app.command(
        help=t(
            "Évalue une expression FHIRPath sur une ressource FHIR R4 (JSON ou XML) et écrit ce qu'elle trouve : un élément par "
            "ligne, son type, puis sa valeur.\n\n"
            "Un chemin suit les noms des éléments ; where(…) choisit, first() prend le premier, exists() répond vrai ou faux. "
            "Les noms sont vérifiés : une faute de frappe est dite avec sa place. Un résultat vide n'est pas une erreur.\n\n"
            "Exemples :\n\n"
            "  socle fhirpath \"name.where(use = 'official').family\" patient.json\n\n"
            '  socle fhirpath "birthDate + 18 years <= today()" patient.json --steps\n\n'
            "  socle fhirpath \"Bundle.entry.resource.ofType(Observation).value.trace('v') > 10 'mg'\" lot.json --trace\n\n"
            '  cat patient.json | socle fhirpath "name.given" -\n\n'
            "Sort avec 1 quand l'expression ou le fichier ne va pas.",
            "Evaluates a FHIRPath expression on a FHIR R4 resource (JSON or XML) and writes what it finds: one item a line, "
            "its type, then its value.\n\n"
            "A path follows the names of elements; where(…) chooses, first() takes the first, exists() answers true or false. "
            "Names are checked: a typing error is told with its place. An empty result is no error.\n\n"
            "Examples:\n\n"
            "  socle fhirpath \"name.where(use = 'official').family\" patient.json\n\n"
            '  socle fhirpath "birthDate + 18 years <= today()" patient.json --steps\n\n'
            "  socle fhirpath \"Bundle.entry.resource.ofType(Observation).value.trace('v') > 10 'mg'\" batch.json --trace\n\n"
            '  cat patient.json | socle fhirpath "name.given" -\n\n'
            "Exits with 1 when the expression or the file is wrong.",
        )
    )
    def fhirpath(
        expression: Annotated[str, typer.Argument(help=t("L'expression.", "The expression."))],
        file: Annotated[
            str,
            typer.Argument(
                help=t("Fichier JSON ou XML ; - pour l'entrée standard.", "JSON or XML file; - for standard input.")
            ),
        ],
        trace: Annotated[
            bool,
            typer.Option(
                "--trace",
                help=t(
                    "Écrit sur la sortie d'erreur ce que trace('nom') voit passer.",
                    "Writes to standard error what trace('name') sees pass.",
                ),
            ),
        ] = False,
        steps: Annotated[
            bool,
            typer.Option(
                "--steps",
                help=t(
                    "Écrit sur la sortie d'erreur ce que trouve chaque partie de l'expression, dans l'ordre de "
                    "l'évaluation : on y voit où le résultat devient vide.",
                    "Writes to standard error what each part of the expression finds, in the order of evaluation: it shows "
                    "where a result becomes empty.",
                ),
            ),
        ] = False,
        as_json: Annotated[
            bool, typer.Option("--json", help=t("Un tableau JSON de {type, value}.", "A JSON array of {type, value}."))
        ] = False,
    ) -> None:
        from socle.kernel.fhir.fhirpath import Items, compiled, resource_item, results
        from socle.kernel.fhir.fhirpath.steps import CONSTANT, Step, by_steps
        from socle.kernel.fhir.json import serialise
        from socle.kernel.fhir.validation import CoreCodes, Shelf, knowing

        resource = read(file)
        focus = resource_item(resource)

        def told(name: str, items: Items) -> None:
            for item in items:
                _line(ERR.file, f"{name}: {results.type_name(item)}", results.text(item))
            if not items:
                _line(ERR.file, f"{name}:", t("(vide)", "(empty)"))

        def stepped(step: Step) -> None:
            if step.name != CONSTANT:
                part = " ".join(expression[slice(*step.whole)].split())
                _line(ERR.file, f"{part} →", results.line(step.found) if step.found else t("(vide)", "(empty)"))

        core = Shelf()
        environment = knowing(resource, core, CoreCodes(core), now=datetime.now(UTC).astimezone())
        if trace:
            environment.trace = told
        type_ = focus[0][0]
        find = by_steps(expression, type_, stepped) if steps else compiled(expression, type_).find
        items = find(focus, environment)
        if as_json:
            sys.stdout.buffer.write(serialise(results.rows(items), pretty=True) + b"\n")
        else:
            width = max((len(results.type_name(item)) for item in items), default=0)
            for item in items:
                _line(sys.stdout, results.type_name(item).ljust(width), results.text(item))
        for unchecked in environment.unchecked:
            say(
                t(
                    f"non vérifié, rien ici ne le connaît : {unchecked}",
                    f"not checked, nothing here knows it: {unchecked}",
                )
            )
        if not items:
            say(t("rien (résultat vide)", "nothing (empty result)"))


def read(file: str) -> dict[str, Any]:
    """The FHIR resource of a file, checked. Raises: CommandError, Problem with the line of the fault."""
    from socle.kernel.fhir.check import check
    from socle.kernel.fhir.validation import read_text

    try:
        data = sys.stdin.buffer.read(MAX_BYTES + 1) if file == "-" else Path(file).read_bytes()
    except OSError as error:
        told = system_said(error)
        raise CommandError(
            t(f"{file} : lecture impossible ({told.fr})", f"{file}: cannot be read ({told.en})")
        ) from error
    if len(data) > MAX_BYTES:
        raise CommandError(t(f"{file} dépasse 100 Mo", f"{file} exceeds 100 MB"))
    resource = read_text(data)
    check(resource)
    found: dict[str, Any] = resource
    return found


def _line(out: Any, label: str, value: str) -> None:
    """One item, one line, whatever the value holds: control characters are shown, not obeyed."""
    shown = "".join(char if char.isprintable() else repr(char)[1:-1] for char in value)
    print(f"{label}  {shown}".rstrip(), file=out)
