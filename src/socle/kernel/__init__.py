"""The kernel: what every register and service stands on. It knows FHIR, storage and traces, and no health policy."""
