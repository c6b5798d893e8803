-- 1. Recordings: pictures, films, scans and papers of a step, a device, a job or a case. The bytes are sealed and lie elsewhere (docs/SECURITY.md); each has a
-- key of its own, a wrapped_key of the same id, under the case's key where there is a case.

CREATE TABLE recording (
    id uuid PRIMARY KEY,
    organization_id uuid NOT NULL REFERENCES organization,
    subject_kind text NOT NULL CHECK (subject_kind IN ('step', 'device', 'job', 'case')),
    subject_id uuid NOT NULL,
    -- The case itself, or that of the job when the recording was begun. Without a consent it is not shown.
    case_id uuid REFERENCES case_file,
    media_type text NOT NULL,
    -- As it was called where it came from, under the recording's key: names of people stand in names of files. Null for none.
    name_sealed bytea,
    created_at timestamptz NOT NULL,
    -- As the registry has it: `user:ID`, `gateway:ID`. An upload is continued by whoever began it.
    created_by text NOT NULL,
    store text NOT NULL CHECK (store IN ('folder')),
    -- Random, and all that whoever sees the store learns.
    stored_name text NOT NULL UNIQUE CHECK (stored_name ~ '^[0-9a-f]{32}$'),

    -- While it is received: how much was said that it will be (null: nothing), how much is safe, and the begun chunk of it, sealed.
    declared_bytes bigint CHECK (declared_bytes > 0),
    received_bytes bigint NOT NULL DEFAULT 0 CHECK (received_bytes >= 0),
    tail_sealed bytea,
    -- Who writes now, and until when nobody else may.
    writer uuid,
    writer_until timestamptz,
    expires_at timestamptz,

    -- When it is whole.
    stored_at timestamptz,
    stored_bytes bigint,
    content_hash bytea CHECK (octet_length(content_hash) = 32),
    stored_hash bytea CHECK (octet_length(stored_hash) = 32),

    -- When the stored bytes were last read and compared, and what was found to be wrong with them.
    checked_at timestamptz,
    fault text,
    fault_at timestamptz,
    CHECK (num_nulls(stored_at, stored_bytes, content_hash, stored_hash) IN (0, 4)),
    CHECK ((stored_at IS NULL) = (expires_at IS NOT NULL)),
    CHECK (stored_at IS NULL OR num_nonnulls(tail_sealed, writer, writer_until) = 0),
    CHECK (subject_kind <> 'case' OR case_id = subject_id),
    CHECK ((fault IS NULL) = (fault_at IS NULL))
);

CREATE INDEX recording_by_organization ON recording (organization_id, id DESC);
CREATE INDEX recording_by_subject ON recording (subject_id, id DESC);
CREATE INDEX recording_by_case ON recording (case_id) WHERE case_id IS NOT NULL;
CREATE INDEX recording_by_expiry ON recording (expires_at) WHERE expires_at IS NOT NULL;
CREATE INDEX recording_by_check ON recording (checked_at NULLS FIRST, id) WHERE stored_at IS NOT NULL;
CREATE INDEX recording_by_fault ON recording (id DESC) WHERE fault IS NOT NULL;

-- 2. What plans leave room for. What is being received counts as what it said that it will be.

ALTER TABLE plan
    ADD COLUMN recordings_max integer CHECK (recordings_max >= 0),
    ADD COLUMN recording_bytes_max bigint CHECK (recording_bytes_max >= 0);

UPDATE plan SET recordings_max = 200, recording_bytes_max = 20::bigint << 30 WHERE name = 'trial';
UPDATE plan SET recordings_max = 100000, recording_bytes_max = 2000::bigint << 30 WHERE name = 'standard';
