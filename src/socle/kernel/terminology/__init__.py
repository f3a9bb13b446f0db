"""Terminologies: what a value set holds, whether a code is good, what a code is called, what it becomes in another system.

Algorithms over a `Source`: where concepts are kept is another's business. Source: FHIR R4 terminology-module.html,
terminology-service.html.
"""
