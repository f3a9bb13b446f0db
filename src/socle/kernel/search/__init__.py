"""Finding: index a resource, parse a query, plan it, write its SQL, make its pages."""
