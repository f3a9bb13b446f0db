"""What can go wrong, said once.

`Problem` is the only exception that an action raises on purpose; `Decision` is what a rule answers.
`kernel.rest` renders a Problem as an OperationOutcome, `kernel.pages` as a page, the command line as a line:
nobody else writes an error.
"""

from socle.kernel.outcome.decision import Allowed, Decision, Refused
from socle.kernel.outcome.operation_outcome import operation_outcome
from socle.kernel.outcome.problem import Issue, Kind, Problem, Severity
from socle.kernel.outcome.system import system_said
from socle.kernel.outcome.text import Language, Text

__all__ = [
    "Allowed",
    "Decision",
    "Issue",
    "Kind",
    "Language",
    "Problem",
    "Refused",
    "Severity",
    "Text",
    "operation_outcome",
    "system_said",
]
