"""Bulk data: a register out to files of NDJSON, and NDJSON in, as work that runs in the background.

`asked` says what is wanted, `desk` keeps each request and how far it is, `files` writes NDJSON, `export` does the work; of an
import, `reading` cuts the lines, `load` has them stored in order, `hands` are the processes that share it.
Sources: FHIR Bulk Data Access IG 2.0.0; what is ours is told in docs/decisions.
"""
