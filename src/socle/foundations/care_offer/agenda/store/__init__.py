"""How agendas are kept: FHIR resources of the register, and beside them the tables that searches of slots read."""
