"""FHIR R4 without a network and without a store: what it defines, how its JSON is read, checked and walked.

definitions   the facts of R4: types, elements, codes, search parameters, compartments
json          bytes ↔ values, exactly
xml           the same for FHIR XML, by way of the values of its JSON form
patch         changes to a part of a resource: JSON Patch, XML Patch, FHIRPath Patch
check         is this resource legal R4?
temporal      what interval of time does this text cover?
extract       search expressions, compiled
references    what does this resource refer to? rewriting it
subset        parts of it left out, for _summary and _elements
packages      packages in the npm layout, read as something that nobody vouches for
snapshot      all that a profile says of each element, made from its differential
keys          64-bit names for the index
"""
