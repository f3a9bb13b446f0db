"""Namespaces and addresses of the published contract (WSDL 1.5.0 of 2020-11-06)."""

from typing import Final

SOAP: Final = "http://www.w3.org/2003/05/soap-envelope"
SOAP_11: Final = "http://schemas.xmlsoap.org/soap/envelope/"
WSA: Final = "http://www.w3.org/2005/08/addressing"
WSSE: Final = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd"
CTXBAM: Final = "urn:siram:bam:ctxbam"
CTXLPS: Final = "urn:siram:lps:ctxlps"
SIRAM: Final = "urn:siram"
RECSANS: Final = "http://www.cnamts.fr/INSiRecSans"
RECVIT: Final = "http://www.cnamts.fr/INSiRecVit"
RESULTAT: Final = "http://www.cnamts.fr/INSiResultat"
SERVICE: Final = "http://www.cnamts.fr/webservice"
SOCLE: Final = "urn:socle:insi:faute"  # ours: faults that the national service does not document

ACTION: Final = "urn:ServiceIdentiteCertifiee:1.0.0:"
TRAITS: Final = "rechercherInsAvecTraitsIdentite"
VITALE: Final = "rechercherInsAvecCarteVitale"

ANONYMOUS: Final = WSA + "/anonymous"
NONE: Final = WSA + "/none"
PATH: Final = "/insi/lps"
