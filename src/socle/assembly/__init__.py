"""The application, built from the catalogue: the only place that knows everything."""
