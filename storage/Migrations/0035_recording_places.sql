-- 1. Finished recordings lie in the folder or with an S3-compatible service; `stored_name` is the name of the file, or what stands behind the prefix in the object's key.
-- What is being received is always in the folder.

ALTER TABLE recording
    DROP CONSTRAINT recording_store_check,
    ADD CONSTRAINT recording_store_check CHECK (store IN ('folder', 's3')),
    ADD CONSTRAINT recording_received_in_folder CHECK (store = 'folder' OR stored_at IS NOT NULL);

CREATE INDEX recording_by_store ON recording (store, id) WHERE stored_at IS NOT NULL;

-- 2. A recording that is being brought to another place. The copy has a new random name for each try, which stands here before there is anything of it, so that what
-- no row names is nobody's at any moment; and a mover that was given up and comes back touches nothing but its own copy.

CREATE TABLE recording_move (
    recording_id uuid PRIMARY KEY REFERENCES recording ON DELETE CASCADE,
    -- Where to.
    store text NOT NULL CHECK (store IN ('folder', 's3')),
    -- Of the copy; null while none is being made.
    stored_name text UNIQUE CHECK (stored_name ~ '^[0-9a-f]{32}$'),
    -- Until when its mover is believed to be at work.
    believed_until timestamptz,
    -- How often it has failed, and when it may be tried again.
    failures integer NOT NULL DEFAULT 0 CHECK (failures >= 0),
    next_at timestamptz NOT NULL,
    CHECK ((stored_name IS NULL) = (believed_until IS NULL))
);
