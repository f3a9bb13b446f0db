"""Where the data of consultations are: the tables of the schema `consultation`, and how they are found."""
