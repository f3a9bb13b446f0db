ALTER TABLE {schema}.commune ADD COLUMN loaded timestamptz NOT NULL DEFAULT now();

-- Territories in tension: beds there are counted twice a day. One row for each time that the switch was moved.
CREATE TABLE {schema}.tension (
    territory text COLLATE "C" NOT NULL,     -- code of a region (TRE_R30) or of a department
    at        timestamptz NOT NULL,
    tense     boolean NOT NULL,
    who       text NOT NULL,
    reason    text NOT NULL,
    PRIMARY KEY (territory, at)
);

-- Places whose beds are counted: what the board and the alarms read, kept with each version of the Location.
CREATE TABLE {schema}.place (
    location  text COLLATE "C" PRIMARY KEY,  -- id of the Location
    key       bigint NOT NULL,               -- its key, which the tokens of offers refer to
    territory text COLLATE "C" NOT NULL,     -- region of the source (TRE_R30)
    department text COLLATE "C" NOT NULL,
    name      text NOT NULL,
    commune   text COLLATE "C" NOT NULL,
    organization text COLLATE "C" NOT NULL,
    function  text COLLATE "C" NOT NULL,     -- TRE_R343
    updated   timestamptz                    -- when a bed was last counted; NULL when none was
);
CREATE INDEX place_territory ON {schema}.place (territory, department);
CREATE INDEX place_updated ON {schema}.place (updated);

CREATE TABLE {schema}.bed (
    location  text COLLATE "C" NOT NULL,
    rank      integer NOT NULL,
    kind      text COLLATE "C" NOT NULL,     -- TRE_R329: 01 beds, 02 places
    status    text COLLATE "C" NOT NULL,     -- TRE_R330
    temporality text COLLATE "C" NOT NULL,
    gender    text COLLATE "C" NOT NULL,
    number    integer NOT NULL CHECK (number >= 0),
    updated   timestamptz NOT NULL,
    PRIMARY KEY (location, rank)
);

-- Alarms: a place whose beds were not counted in time. One row an alarm; ended when they are counted.
CREATE TABLE {schema}.alarm (
    location text COLLATE "C" NOT NULL,
    raised   timestamptz NOT NULL,
    since    timestamptz,                    -- when they were last counted
    ended    timestamptz,
    PRIMARY KEY (location, raised)
);
CREATE UNIQUE INDEX alarm_open ON {schema}.alarm (location) WHERE ended IS NULL;
