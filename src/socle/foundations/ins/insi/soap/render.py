"""Answers and faults as envelopes: string templates, every value escaped. Element order is that of INSiResultat."""

from datetime import date
from typing import Final
from xml.sax.saxutils import escape, quoteattr

from lxml import etree

from socle.foundations.ins.insi.model import Fiche, Identifiant, Reponse
from socle.foundations.ins.insi.soap.faults import Fault
from socle.foundations.ins.insi.soap.names import ACTION, RESULTAT, SERVICE, SIRAM, SOAP, SOAP_11, SOCLE, WSA
from socle.kernel.outcome import Problem

MEDIA_TYPE: Final = "application/soap+xml; charset=utf-8"
MEDIA_TYPE_11: Final = "text/xml; charset=utf-8"
_OPEN: Final = (
    f'<?xml version="1.0" encoding="UTF-8"?>\n<soap:Envelope xmlns:soap="{SOAP}" xmlns:wsa="{WSA}"><soap:Header>'
)


def answer(reponse: Reponse, operation: str, *, relates_to: str, message_id: str) -> bytes:
    """The envelope that answers a search; `relates_to` is the MessageID of the question."""
    return (
        f"{_OPEN}{_headers(f'{ACTION}{operation}Response', relates_to, message_id)}</soap:Header><soap:Body>"
        f'<RESULTAT xmlns="{RESULTAT}"><CR><CodeCR>{reponse.code.value}</CodeCR>'
        f"<LibelleCR>{reponse.code.libelle}</LibelleCR></CR>"
        f"{_individu(reponse.fiche) if reponse.fiche else ''}</RESULTAT></soap:Body></soap:Envelope>"
    ).encode()


def fault(
    fault: Fault,
    problem: Problem,
    *,
    relates_to: str,
    message_id: str,
    operation: str = "",
    not_understood: list[etree._Element] | None = None,
) -> bytes:
    """The envelope that says what is wrong, in French and in English; siram:Erreur holds the code.

    Source: SOAP 1.2 part 1 §5.4; detail as observed from the national service: Detail/siram:Erreur{severite, code}.
    """
    texts = [issue.text for issue in problem.issues]
    fr, en = " ".join(text.fr for text in texts), " ".join(text.en for text in texts)
    space, name = fault.subcode
    prefix = {SOAP: "soap", WSA: "wsa", SOCLE: "socle"}[space]
    inner = f"<soap:Subcode><soap:Value>wsa:{fault.detail}</soap:Value></soap:Subcode>" if fault.detail else ""
    message = f" messageID={quoteattr(relates_to)}" if relates_to else ""
    headers = _headers(_fault_action(fault, operation), relates_to, message_id) + _extra(fault, not_understood or [])
    return (
        f"{_OPEN}{headers}</soap:Header><soap:Body>"
        f"<soap:Fault><soap:Code><soap:Value>soap:{fault.role}</soap:Value>"
        "<soap:Subcode "
        f'xmlns:socle="{SOCLE}"><soap:Value>{prefix}:{name}</soap:Value>{inner}</soap:Subcode></soap:Code>'
        f'<soap:Reason><soap:Text xml:lang="fr">{escape(fr)}</soap:Text>'
        f'<soap:Text xml:lang="en">{escape(en)}</soap:Text></soap:Reason>'
        f'<soap:Detail><siram:Erreur xmlns:siram="{SIRAM}" severite="{fault.severite}" code="{fault.code}"{message}>'
        f"{escape(fr)}</siram:Erreur></soap:Detail></soap:Fault></soap:Body></soap:Envelope>"
    ).encode()


def fault_11(fault: Fault, problem: Problem) -> bytes:
    """The VersionMismatch that a SOAP 1.1 client can read. Source: SOAP 1.2 part 1, appendix A."""
    fr = escape(" ".join(issue.text.fr for issue in problem.issues))
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<env:Envelope xmlns:env="{SOAP_11}"><env:Header>'
        f'<V:Upgrade xmlns:V="{SOAP}"><V:SupportedEnvelope qname="ns1:Envelope" xmlns:ns1="{SOAP}"/></V:Upgrade>'
        f"</env:Header><env:Body><env:Fault><faultcode>env:VersionMismatch</faultcode>"
        f"<faultstring>{fr}</faultstring><detail>"
        f'<siram:Erreur xmlns:siram="{SIRAM}" severite="{fault.severite}" code="{fault.code}">{fr}</siram:Erreur>'
        f"</detail></env:Fault></env:Body></env:Envelope>"
    ).encode()


def _fault_action(fault: Fault, operation: str) -> str:
    """Source: WS-Addressing 1.0 SOAP binding §6; WSDL binding §4.4.4 (default action of a declared fault)."""
    if fault.subcode[0] == WSA:
        return WSA + "/fault"
    if operation and fault.role in ("Sender", "Receiver"):
        return f"{SERVICE}/ICIRService/{operation}/Fault/Erreur"
    return WSA + "/soap/fault"


def _headers(action: str, relates_to: str, message_id: str) -> str:
    related = f"<wsa:RelatesTo>{escape(relates_to)}</wsa:RelatesTo>" if relates_to else ""
    return f"<wsa:Action>{action}</wsa:Action><wsa:MessageID>{message_id}</wsa:MessageID>{related}"


def _extra(fault: Fault, not_understood: list[etree._Element]) -> str:
    """soap:Upgrade and soap:NotUnderstood. Source: SOAP 1.2 part 1 §5.4.7, §5.4.8."""
    if fault.role == "VersionMismatch":
        return '<soap:Upgrade><soap:SupportedEnvelope qname="soap:Envelope"/></soap:Upgrade>'
    out = []
    for block in not_understood:
        qname = etree.QName(block)
        out.append(
            f"<soap:NotUnderstood xmlns:h={quoteattr(qname.namespace or '')} "
            f"qname={quoteattr('h:' + qname.localname)}/>"
        )
    return "".join(out)


def _individu(fiche: Fiche) -> str:
    histo = "".join(f"<INSHISTO>{_identifiant(each)}</INSHISTO>" for each in fiche.histo)
    lieu = f"<LieuNaissance>{escape(fiche.lieu_naissance)}</LieuNaissance>" if fiche.lieu_naissance else ""
    return (
        f"<INDIVIDU><INSACTIF>{_identifiant(fiche.actif)}</INSACTIF>{histo}"
        f"<TIQ><NomNaissance>{escape(fiche.nom_naissance)}</NomNaissance>"
        f"<ListePrenom>{escape(fiche.liste_prenoms)}</ListePrenom><Sexe>{fiche.sexe}</Sexe>"
        f"<DateNaissance>{fiche.date_naissance}</DateNaissance>{lieu}</TIQ></INDIVIDU>"
    )


def _identifiant(identifiant: Identifiant) -> str:
    return (
        f"<IdIndividu><NumIdentifiant>{identifiant.matricule}</NumIdentifiant><Cle>{identifiant.cle}</Cle></IdIndividu>"
        f"<OID>{identifiant.oid}</OID>{_date('DateDeb', identifiant.date_deb)}{_date('DateFin', identifiant.date_fin)}"
    )


def _date(name: str, value: date | None) -> str:
    return f"<{name}>{value.isoformat()}</{name}>" if value else ""
