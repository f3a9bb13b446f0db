"""The operations that an Endpoint declares in a word: `$meta`, `$export`, `$graphql`, `$match`."""

from dataclasses import replace

from socle.kernel.rest.bulk import export_operations
from socle.kernel.rest.endpoint import Endpoint, Operation
from socle.kernel.rest.graphql import graphql_operations
from socle.kernel.rest.meta import meta_operations
from socle.kernel.rest.operations.matching import match_operations


def with_declared(endpoint: Endpoint) -> Endpoint:
    """The same server with the operations that it declares. One that it writes out itself comes before.

    Where what is shown depends on who looks, those that would show it to all alike are not added.
    """
    if endpoint.sight is not None:
        endpoint = replace(endpoint, meta=False, export=None, graphql=False, matching=None)
    declared: list[Operation] = []
    if endpoint.meta:
        declared += meta_operations(endpoint)
    if endpoint.export is not None:
        declared += export_operations(endpoint.export, endpoint.register.types)
    if endpoint.graphql:
        declared += graphql_operations(endpoint.read_public)
    if endpoint.matching is not None:
        declared += match_operations(endpoint.matching)
    own = {(one.level, one.name) for one in endpoint.operations}
    fresh = [one for one in declared if (one.level, one.name) not in own]
    return replace(endpoint, operations=(*endpoint.operations, *fresh)) if fresh else endpoint
