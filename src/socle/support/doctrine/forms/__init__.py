"""The forms that an edition takes: HTML, PDF, EPUB, OSCAL. Pure functions of an edition; nobody here reads or writes."""
