"""What one can do with terminologies: load them, take those of a package, ask them."""

from socle.foundations.terminologies.actions.asking import Terminologies, service
from socle.foundations.terminologies.actions.closing import Closed, close
from socle.foundations.terminologies.actions.expanding import Wanted, expand
from socle.foundations.terminologies.actions.judging import judge_concept, judge_in_system, judge_in_value_set
from socle.foundations.terminologies.actions.loading import SWEEP, Loading, Taken, admit, leave, load, sweep, take
from socle.foundations.terminologies.actions.looking import Found, look_up, subsumes
from socle.foundations.terminologies.actions.translating import Translation, translate
from socle.foundations.terminologies.store.held import FRESH

__all__ = [
    "FRESH",
    "SWEEP",
    "Closed",
    "Found",
    "Loading",
    "Taken",
    "Terminologies",
    "Translation",
    "Wanted",
    "admit",
    "close",
    "expand",
    "judge_concept",
    "judge_in_system",
    "judge_in_value_set",
    "leave",
    "load",
    "look_up",
    "service",
    "subsumes",
    "sweep",
    "take",
    "translate",
]
