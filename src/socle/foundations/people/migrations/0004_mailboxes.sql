-- Where a mailbox comes from: an extraction (which takes away what it no longer tells), or its operator (which alone does).
ALTER TABLE {schema}.bal ADD COLUMN origine text NOT NULL DEFAULT 'declaree';
