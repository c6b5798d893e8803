-- 1. Which installation this database is. The id stands in the mark of every place that recordings are brought to, and a restore renews it: a copy of the database, which
-- has the same master key, is told from what it is a copy of (docs/adr/0023).

CREATE TABLE installation (
    is_only boolean PRIMARY KEY DEFAULT true CHECK (is_only),
    id uuid NOT NULL,
    -- Earlier versions marked places with the id of the master key. A copy has the same, so whatever was restored before takes none of these over by itself.
    takes_old_marks boolean NOT NULL
);

-- Whatever has signed something has run before.
INSERT INTO installation (id, takes_old_marks)
SELECT gen_random_uuid(), EXISTS (SELECT FROM signing_key)
    AND NOT EXISTS (SELECT FROM audit_entry WHERE chain_id = '00000000-0000-0000-0000-000000000000' AND action = 'installation.restored');

-- 2. Places of recordings that were this installation's once: where a mark has been and is missing, the place is not the one that was meant.

CREATE TABLE recording_place (
    store text NOT NULL CHECK (store IN ('folder', 's3')),
    -- The folder; or service, bucket and prefix.
    location text NOT NULL,
    known_since timestamptz NOT NULL,
    PRIMARY KEY (store, location)
);

-- 3. Whoever takes an upload over from a writer that may still be alive writes a file of its own, and this is the one from which it copies what came before. Until the
-- copy is whole both files are the upload's.

ALTER TABLE recording
    ADD COLUMN copied_from text CHECK (copied_from ~ '^[0-9a-f]{32}$'),
    ADD CONSTRAINT recording_copied_while_received CHECK (stored_at IS NULL OR copied_from IS NULL);

CREATE INDEX recording_by_copied_from ON recording (copied_from) WHERE copied_from IS NOT NULL;

-- 4. From where a link was opened, so that one visitor does not take all the places. Null for those that were opened before.

ALTER TABLE folder_link_grant ADD COLUMN network text;
