-- Where communes are, by their code in the official geographic code (COG): for searches around a commune.
CREATE TABLE {schema}.commune (
    code   text COLLATE "C" PRIMARY KEY,
    name   text NOT NULL,
    lat    double precision NOT NULL,
    lon    double precision NOT NULL,
    source text NOT NULL              -- "shipped", or the name of the file that it was read from
);
