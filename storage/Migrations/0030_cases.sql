-- 1. Keys of organizations. Master key (in no table) -> organization_key -> wrapped_key -> wrapped_key of a parent. docs/KEYS.md describes them.

CREATE TABLE organization_key (
    organization_id uuid NOT NULL REFERENCES organization,
    -- The newest wraps.
    version integer NOT NULL CHECK (version > 0),
    -- Under the installation's master key.
    key_sealed bytea NOT NULL,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (organization_id, version)
);

CREATE TABLE wrapped_key (
    -- Of what it is the key of: a case, a recording; the organization itself for what its look-ups are hashed with.
    id uuid PRIMARY KEY,
    organization_id uuid NOT NULL REFERENCES organization,
    purpose text NOT NULL,
    -- What it is wrapped by: the organization's key of that version, or another wrapped key, with which it is destroyed.
    organization_key_version integer,
    parent_id uuid REFERENCES wrapped_key ON DELETE CASCADE,
    wrapped bytea NOT NULL,
    created_at timestamptz NOT NULL,
    CHECK ((organization_key_version IS NULL) <> (parent_id IS NULL)),
    -- A version of the organization's key goes when it wraps nothing any more, and no sooner.
    FOREIGN KEY (organization_id, organization_key_version) REFERENCES organization_key
);

CREATE INDEX wrapped_key_by_version ON wrapped_key (organization_id, organization_key_version) WHERE organization_key_version IS NOT NULL;
CREATE INDEX wrapped_key_by_parent ON wrapped_key (parent_id) WHERE parent_id IS NOT NULL;

-- 2. Cases: the person or the order that a job is for. What is known of one is sealed field by field under the case's own key, a wrapped_key of the same
-- id; what it is found by are keyed hashes (HMAC-SHA-256). An erased case has no key any more, and nothing but its id, its times and who erased it.

ALTER TABLE organization
    -- What references of its cases look like: plain, or a national health number with its check digit.
    ADD COLUMN case_reference text NOT NULL DEFAULT 'plain' CHECK (case_reference IN ('plain', 'nz_nhi', 'uk_nhs'));

CREATE TABLE case_file (
    id uuid PRIMARY KEY,
    organization_id uuid NOT NULL REFERENCES organization,
    reference_sealed bytea,
    name_sealed bytea,
    birth_date_sealed bytea,
    -- Over the normalised reference, and over name and birth date together; null without them.
    reference_hash bytea CHECK (octet_length(reference_hash) = 32),
    person_hash bytea CHECK (octet_length(person_hash) = 32),
    created_at timestamptz NOT NULL,
    created_by text NOT NULL,
    updated_at timestamptz NOT NULL,
    updated_by text NOT NULL,
    -- In quotes it is the ETag.
    version bigint NOT NULL DEFAULT 1,
    erased_at timestamptz,
    erased_by text,
    -- A word and no sentence: a sentence could hold what is erased.
    erase_reason text CHECK (erase_reason IN ('requested', 'no_longer_needed', 'mistake')),
    CONSTRAINT case_file_reference_key UNIQUE (organization_id, reference_hash),
    CHECK ((erased_at IS NULL) = (erased_by IS NULL) AND (erased_at IS NULL) = (erase_reason IS NULL)),
    CHECK ((erased_at IS NULL) = (reference_sealed IS NOT NULL) AND (reference_sealed IS NULL) = (reference_hash IS NULL)),
    CHECK (erased_at IS NULL OR (name_sealed IS NULL AND birth_date_sealed IS NULL)),
    CHECK ((person_hash IS NULL) = (name_sealed IS NULL OR birth_date_sealed IS NULL))
);

CREATE INDEX case_file_by_organization ON case_file (organization_id, id DESC);
CREATE INDEX case_file_by_person ON case_file (organization_id, person_hash, id DESC) WHERE person_hash IS NOT NULL;

-- Erased is for ever.
CREATE FUNCTION case_file_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' OR OLD.erased_at IS NOT NULL THEN
        RAISE EXCEPTION 'a case is erased, and never deleted or changed after that' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER case_file_kept BEFORE UPDATE OR DELETE ON case_file FOR EACH ROW EXECUTE FUNCTION case_file_kept();

ALTER TABLE job ADD COLUMN case_id uuid REFERENCES case_file;
CREATE INDEX job_by_case ON job (case_id, id DESC) WHERE case_id IS NOT NULL;

-- 3. Consents. Append-only: one is withdrawn by another row, never changed or deleted.

CREATE TABLE case_consent (
    id uuid PRIMARY KEY,
    case_id uuid NOT NULL REFERENCES case_file,
    given_by text NOT NULL CHECK (given_by IN ('person', 'guardian')),
    -- The guardian's name, and what else was noted, under the case's key.
    guardian_sealed bytea,
    note_sealed bytea,
    -- recordings, sharing, teaching
    purposes text[] NOT NULL CHECK (cardinality(purposes) > 0),
    form text NOT NULL CHECK (form IN ('paper', 'email')),
    given_at timestamptz NOT NULL,
    -- Null: until it is withdrawn.
    ends_at timestamptz,
    recorded_at timestamptz NOT NULL,
    recorded_by text NOT NULL,
    CHECK (ends_at > given_at),
    CHECK ((given_by = 'guardian') = (guardian_sealed IS NOT NULL))
);

CREATE INDEX case_consent_by_case ON case_consent (case_id, id DESC);

CREATE TABLE case_consent_withdrawal (
    consent_id uuid PRIMARY KEY REFERENCES case_consent,
    form text NOT NULL CHECK (form IN ('paper', 'email', 'in_person')),
    recorded_at timestamptz NOT NULL,
    recorded_by text NOT NULL
);

CREATE TRIGGER case_consent_never_changed BEFORE UPDATE OR DELETE ON case_consent FOR EACH ROW EXECUTE FUNCTION never_changed();
CREATE TRIGGER case_consent_withdrawal_never_changed BEFORE UPDATE OR DELETE ON case_consent_withdrawal FOR EACH ROW EXECUTE FUNCTION never_changed();

-- Whether something may be done with what is of a case, then. To be asked in the statement that reads what it is asked for: a withdrawal holds from its
-- commit on, whatever the clock of who asks.
CREATE FUNCTION consent_holds(asked_case_id uuid, purpose text, at timestamptz) RETURNS boolean
LANGUAGE sql STABLE
RETURN EXISTS (
    SELECT FROM case_consent AS c JOIN case_file AS f ON f.id = c.case_id
    WHERE c.case_id = asked_case_id AND f.erased_at IS NULL AND purpose = ANY (c.purposes) AND c.given_at <= at AND (c.ends_at IS NULL OR c.ends_at > at)
    AND NOT EXISTS (SELECT FROM case_consent_withdrawal AS w WHERE w.consent_id = c.id));

-- 4. Whoever shows what is of a case looks again: a consent was withdrawn, or the case erased. The subject is the case.

CREATE FUNCTION notify_case_closed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('stepcloud', 'case_closed ' || CASE TG_TABLE_NAME
        WHEN 'case_file' THEN (to_jsonb(NEW) ->> 'id')::uuid
        ELSE (SELECT case_id FROM case_consent WHERE id = (to_jsonb(NEW) ->> 'consent_id')::uuid) END);
    RETURN NULL;
END $$;

CREATE TRIGGER case_erased AFTER UPDATE OF erased_at ON case_file
    FOR EACH ROW WHEN (OLD.erased_at IS NULL AND NEW.erased_at IS NOT NULL) EXECUTE FUNCTION notify_case_closed();
CREATE TRIGGER consent_withdrawn AFTER INSERT ON case_consent_withdrawal FOR EACH ROW EXECUTE FUNCTION notify_case_closed();
