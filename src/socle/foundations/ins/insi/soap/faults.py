"""Every fault that this door can answer, as a table.

`siram_40`, `insi_102` and `DESIR_560` are codes of the national service; the other ones that it uses are only in its
restricted documentation, so what they would say is said here by codes of ours, `socle_*`.
"""

from dataclasses import dataclass
from typing import Final, Literal

from socle.foundations.ins.insi.soap.names import SOAP, SOCLE, WSA
from socle.kernel.outcome import Kind, Problem

Role = Literal["Sender", "Receiver", "MustUnderstand", "VersionMismatch"]


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault.

    role      soap:Code
    subcode   (namespace, name) of soap:Subcode
    detail    more precise subcode of WS-Addressing, "" when none
    status    HTTP status (SOAP 1.2 part 2, table 20; 403 and 413 are plain HTTP)
    code      code of siram:Erreur
    severite  as observed on the wire
    """

    code: str
    role: Role
    status: int
    subcode: tuple[str, str]
    detail: str = ""
    severite: Literal["erreur", "fatal"] = "erreur"


def _ours(code: str, status: int = 400, role: Role = "Sender") -> Fault:
    return Fault(code, role, status, (SOCLE, code))


def _wsa(code: str, subcode: str, detail: str = "") -> Fault:
    return Fault(code, "Sender", 400, (WSA, subcode), detail)


UNAVAILABLE: Final = Fault("insi_102", "Receiver", 500, (SOAP, "siram_40"), severite="fatal")
FORBIDDEN: Final = Fault("DESIR_560", "Sender", 403, (SOAP, "DESIR_560"))

FAULTS: Final[dict[str, Fault]] = {
    fault.code: fault
    for fault in (
        # the transport and the envelope
        _ours("socle_101", 415),  # media type
        _ours("socle_102", 413),  # too large
        _ours("socle_103"),  # encoding of characters
        _ours("socle_104"),  # DTD, entity
        _ours("socle_105"),  # not well-formed
        _ours("socle_106"),  # not an envelope
        _ours("socle_107", 500, "VersionMismatch"),  # SOAP 1.1
        _ours("socle_108", 500, "MustUnderstand"),
        _ours("socle_109", 500, "VersionMismatch"),  # no version that we know
        # the headers
        _wsa("socle_201", "MessageAddressingHeaderRequired"),
        _wsa("socle_202", "ActionNotSupported"),
        _wsa("socle_203", "InvalidAddressingHeader", "ActionMismatch"),
        _wsa("socle_204", "InvalidAddressingHeader"),  # MessageID
        _wsa("socle_205", "DestinationUnreachable"),
        _wsa("socle_206", "InvalidAddressingHeader", "OnlyAnonymousAddressSupported"),
        _wsa("socle_207", "InvalidAddressingHeader", "InvalidCardinality"),
        _ours("socle_211"),  # ContexteBAM absent
        _ours("socle_212"),  # ContexteBAM invalid
        _ours("socle_221"),  # ContexteLPS absent
        _ours("socle_222"),  # ContexteLPS invalid
        # the body
        _ours("socle_301"),  # element unexpected, repeated, misplaced
        _ours("socle_302"),  # element missing
        _ours("socle_303"),  # value not legal
        _ours("socle_304"),  # key of a number
        # who asks
        _ours("socle_401", 401),
        FORBIDDEN,
        UNAVAILABLE,
    )
}


def of(problem: Problem) -> Fault:
    """The fault that answers a problem: by the rule that it names, else by its kind; what is not the caller's fault is
    the national « service unavailable »."""
    for issue in problem.issues:
        if issue.rule in FAULTS:
            return FAULTS[issue.rule]
    if problem.kind is Kind.UNAUTHENTICATED:
        return FAULTS["socle_401"]
    if problem.kind is Kind.FORBIDDEN:
        return FORBIDDEN
    return UNAVAILABLE
