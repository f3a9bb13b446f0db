"""SOAP 1.2 and WS-Addressing by hand: read an envelope that may be hostile, check its headers, answer or fault."""
