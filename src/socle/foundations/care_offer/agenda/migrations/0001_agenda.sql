-- What searches of slots need, kept beside the resources and written in the same transactions.

CREATE TABLE {schema}.schedule (
    schedule     text COLLATE "C" PRIMARY KEY,    -- id of the Schedule
    kind         text COLLATE "C" NOT NULL,       -- PS (a professional), SOS (a place of an association), OTHER
    number       text COLLATE "C" NOT NULL,       -- national identifier with its prefix: professional (PS), association (SOS); "" if none
    name         text NOT NULL,                   -- what a reader sees
    specialty    text COLLATE "C" NOT NULL,       -- TRE_R38, "" if none
    specialty_label text NOT NULL,
    structure    text COLLATE "C" NOT NULL,       -- national identifier of the structure with its prefix, "" if none
    place        text NOT NULL,
    line         text NOT NULL,
    postal       text COLLATE "C" NOT NULL,
    city         text NOT NULL,
    sought       text COLLATE "C" NOT NULL,       -- city and postal code, normalised
    phone        text COLLATE "C" NOT NULL,
    active       boolean NOT NULL,
    practitioner text COLLATE "C" NOT NULL,       -- ids of the actors, "" where there is none
    role         text COLLATE "C" NOT NULL,
    location     text COLLATE "C" NOT NULL,
    organization text COLLATE "C" NOT NULL,
    derived      timestamptz NOT NULL             -- slots that begin before this moment were derived
);
CREATE INDEX schedule_number ON {schema}.schedule (number);
CREATE INDEX schedule_derived ON {schema}.schedule (derived) WHERE active;

CREATE TABLE {schema}.slot (
    slot         text COLLATE "C" PRIMARY KEY,    -- id of the Slot
    schedule     text COLLATE "C" NOT NULL,
    start_at     timestamptz NOT NULL,
    end_at       timestamptz NOT NULL,
    busy         boolean NOT NULL DEFAULT false,
    walk_in      boolean NOT NULL,
    access       text[] COLLATE "C" NOT NULL,     -- TRE_R314
    consultations text[] COLLATE "C" NOT NULL,    -- v3-ActCode
    cpts         text[] COLLATE "C" NOT NULL      -- FINESS with prefix
);
CREATE INDEX slot_schedule ON {schema}.slot (schedule, start_at);
CREATE INDEX slot_free ON {schema}.slot (start_at) INCLUDE (schedule) WHERE NOT busy;

-- Which appointment holds which slot. A slot is held once, unless the holder of the agenda overbooks.
CREATE TABLE {schema}.holding (
    slot         text COLLATE "C" NOT NULL,
    appointment  text COLLATE "C" NOT NULL,
    overbooked   boolean NOT NULL DEFAULT false,
    PRIMARY KEY (slot, appointment)
);
CREATE UNIQUE INDEX holding_once ON {schema}.holding (slot) WHERE NOT overbooked;
CREATE INDEX holding_appointment ON {schema}.holding (appointment);

-- Whose agenda is whose: an actor of the house and a professional's national identifier.
CREATE TABLE {schema}.holder (
    actor        text COLLATE "C" PRIMARY KEY,
    number       text COLLATE "C" NOT NULL
);

-- Publishers whose servers the aggregator of the SAS asks.
CREATE TABLE {schema}.publisher (
    id           text COLLATE "C" PRIMARY KEY,
    name         text NOT NULL,
    base         text COLLATE "C" NOT NULL UNIQUE, -- base URL of its FHIR server; "" for the house itself
    key          text NOT NULL DEFAULT '',         -- what is shown to it (Authorization: Bearer …), "" for nothing
    forms        text[] COLLATE "C" NOT NULL,      -- INDIVIDUAL, CPTS, SOS
    patience     integer NOT NULL,                 -- milliseconds
    active       boolean NOT NULL DEFAULT true,
    added        timestamptz NOT NULL,
    asked        timestamptz,                      -- last time it was asked, and what came
    answer       text NOT NULL DEFAULT '',
    took         integer
);

-- What is said of an appointment, and to whom: made from the outbox, after the commit.
CREATE TABLE {schema}.notice (
    appointment  text COLLATE "C" NOT NULL,
    version      integer NOT NULL,
    audience     text COLLATE "C" NOT NULL,        -- HOLDER, REGULATOR, LRM
    recipient    text COLLATE "C" NOT NULL,        -- a national identifier, or the regulator's
    event        text COLLATE "C" NOT NULL,
    at           timestamptz NOT NULL,
    message      jsonb NOT NULL,
    PRIMARY KEY (appointment, version, audience)
);
CREATE INDEX notice_recipient ON {schema}.notice (recipient, at DESC);

-- Accounts of regulators, by each of their identifiers: what an appointment that comes to the SAS must name.
CREATE TABLE {schema}.regulator (
    system       text COLLATE "C" NOT NULL,
    value        text COLLATE "C" NOT NULL,
    practitioner text COLLATE "C" NOT NULL,
    name         text NOT NULL,
    active       boolean NOT NULL,
    PRIMARY KEY (system, value)
);
CREATE INDEX regulator_practitioner ON {schema}.regulator (practitioner);

-- Appointments that came to the SAS, by the identifier that their software gave: each comes once, then is updated.
CREATE TABLE {schema}.declared (
    system       text COLLATE "C" NOT NULL,
    value        text COLLATE "C" NOT NULL,
    appointment  text COLLATE "C" NOT NULL,
    PRIMARY KEY (system, value)
);
