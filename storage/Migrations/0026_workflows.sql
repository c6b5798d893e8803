-- Workflows: what was approved (blueprints), what is made (jobs), what was found to be otherwise (deviations), and who signed.

-- 1. Blueprints: of the registry, as 0015 has it. What a blueprint says stands in its versions.

CREATE TABLE blueprint (
    id uuid PRIMARY KEY,
    organization_id uuid NOT NULL REFERENCES organization,
    name text NOT NULL,
    description text,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    created_by text NOT NULL DEFAULT 'system',
    updated_by text NOT NULL DEFAULT 'system',
    version bigint NOT NULL DEFAULT 1,
    archived_at timestamptz,
    archived_by text,
    archive_reason text,
    search tsvector GENERATED ALWAYS AS (search_words(name, description)) STORED,
    CONSTRAINT blueprint_name_key UNIQUE (organization_id, name),
    CHECK ((archived_at IS NULL) = (archived_by IS NULL) AND (archived_at IS NULL) = (archive_reason IS NULL))
);

CREATE INDEX blueprint_by_organization ON blueprint (organization_id, id);
CREATE INDEX blueprint_search ON blueprint USING gin (search);

CREATE TRIGGER registry_written BEFORE INSERT OR UPDATE ON blueprint FOR EACH ROW EXECUTE FUNCTION registry_written();

-- 2. Signatures: who signed what, with which meaning. Append-only. The JWS says the same, signed by the installation, so a row that is altered, or made by
-- hand, is found.

CREATE TABLE signature (
    id uuid PRIMARY KEY,
    organization_id uuid NOT NULL REFERENCES organization,
    subject_kind text NOT NULL CHECK (subject_kind IN ('blueprint_version', 'job')),
    -- The job's, or the blueprint's; with its number.
    subject_id uuid NOT NULL,
    subject_number integer,
    meaning text NOT NULL CHECK (meaning IN ('approved', 'released', 'rejected')),
    user_id uuid NOT NULL REFERENCES app_user,
    -- As it was then.
    user_name text NOT NULL,
    second_factor boolean NOT NULL,
    -- What the signer added; null for nothing.
    comment text,
    signed_at timestamptz NOT NULL,
    -- SHA-256 of what was signed: a version's document; a job's record, and the charts that go with it.
    record_hash bytea NOT NULL CHECK (octet_length(record_hash) = 32),
    charts_hash bytea CHECK (octet_length(charts_hash) = 32),
    jws text NOT NULL
);

CREATE UNIQUE INDEX signature_of_subject ON signature (subject_id, coalesce(subject_number, 0));
CREATE INDEX signature_by_organization ON signature (organization_id, id DESC);

CREATE FUNCTION never_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'a row of % is never changed', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$;

CREATE TRIGGER signature_never_changed BEFORE UPDATE OR DELETE ON signature FOR EACH ROW EXECUTE FUNCTION never_changed();

-- 3. Versions of blueprints.

CREATE TABLE blueprint_version (
    blueprint_id uuid NOT NULL REFERENCES blueprint,
    -- From 1.
    number integer NOT NULL CHECK (number > 0),
    organization_id uuid NOT NULL,
    state text NOT NULL CHECK (state IN ('draft', 'approved', 'retired')),
    -- Letter by letter: the signature is over it.
    document text NOT NULL,
    -- Counts the changes of a draft; in quotes it is the ETag.
    version bigint NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL,
    created_by uuid NOT NULL,
    updated_at timestamptz NOT NULL,
    updated_by uuid NOT NULL,
    approved_at timestamptz,
    signature_id uuid REFERENCES signature,
    retired_at timestamptz,
    retired_by uuid,
    retire_reason text,
    PRIMARY KEY (blueprint_id, number),
    CHECK ((state = 'draft') = (approved_at IS NULL) AND (approved_at IS NULL) = (signature_id IS NULL)),
    CHECK ((state = 'retired') = (retired_at IS NOT NULL) AND (retired_at IS NULL) = (retired_by IS NULL) AND (retired_at IS NULL) = (retire_reason IS NULL))
);

-- From the approval on, a version is what was approved: whatever statement comes.
CREATE FUNCTION blueprint_version_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' OR (OLD.state <> 'draft' AND (
        NEW.state = 'draft' OR (OLD.state = 'retired' AND NEW.state <> 'retired') OR
        (NEW.document, NEW.approved_at, NEW.signature_id, NEW.number, NEW.blueprint_id) IS DISTINCT FROM
        (OLD.document, OLD.approved_at, OLD.signature_id, OLD.number, OLD.blueprint_id))) THEN
        RAISE EXCEPTION 'an approved version of a blueprint is never changed' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER blueprint_version_kept BEFORE UPDATE OR DELETE ON blueprint_version FOR EACH ROW EXECUTE FUNCTION blueprint_version_kept();

-- 4. Jobs.

CREATE TABLE job (
    id uuid PRIMARY KEY,
    organization_id uuid NOT NULL REFERENCES organization,
    -- As it is scanned. One job's for ever.
    code text NOT NULL,
    name text,
    parts integer NOT NULL CHECK (parts > 0),
    blueprint_id uuid NOT NULL,
    blueprint_number integer NOT NULL,
    created_at timestamptz NOT NULL,
    created_by uuid NOT NULL,
    -- Somebody said that no more steps will come.
    completed_at timestamptz,
    completed_by uuid,
    decision text CHECK (decision IN ('released', 'rejected')),
    decided_at timestamptz,
    decided_by uuid,
    decision_reason text,
    signature_id uuid REFERENCES signature,
    -- Found by looking at the steps (open, conforming, deviating), until somebody decides (released, rejected).
    state text NOT NULL CHECK (state IN ('open', 'conforming', 'deviating', 'released', 'rejected')),
    state_since timestamptz NOT NULL,
    -- What was found, letter by letter: which expected step was met by which.
    conformance text,
    evaluated_at timestamptz,
    -- There is something to look at; or there will be then, when nothing comes until that time.
    is_due boolean NOT NULL DEFAULT true,
    look_at timestamptz,
    -- Since when it is known to be another than what was signed: a step came late, say.
    differs_since timestamptz,
    -- Counts what a person would see change; in quotes it is the ETag.
    version bigint NOT NULL DEFAULT 1,
    search tsvector GENERATED ALWAYS AS (search_words(code, name)) STORED,
    CONSTRAINT job_code_key UNIQUE (organization_id, code),
    FOREIGN KEY (blueprint_id, blueprint_number) REFERENCES blueprint_version,
    CHECK ((completed_at IS NULL) = (completed_by IS NULL)),
    CHECK ((decision IS NULL) = (decided_at IS NULL) AND (decision IS NULL) = (decided_by IS NULL) AND (decision IS NULL) = (signature_id IS NULL)),
    CHECK (decision IS NULL OR state = decision)
)
WITH (fillfactor = 80);

CREATE INDEX job_by_organization ON job (organization_id, id DESC);
CREATE INDEX job_by_state ON job (organization_id, state, id DESC);
CREATE INDEX job_by_blueprint ON job (blueprint_id, blueprint_number, id DESC);
CREATE INDEX job_waiting ON job (organization_id, state_since, id) WHERE state IN ('conforming', 'deviating');
CREATE INDEX job_differing ON job (organization_id, differs_since, id) WHERE differs_since IS NOT NULL;
CREATE INDEX job_due ON job (id) WHERE is_due;
CREATE INDEX job_look_at ON job (look_at) WHERE look_at IS NOT NULL;
CREATE INDEX job_search ON job USING gin (search);

-- A device works for the job during that time: its steps that name no job are the job's.
CREATE TABLE job_device (
    id uuid PRIMARY KEY,
    job_id uuid NOT NULL REFERENCES job,
    device_id uuid NOT NULL REFERENCES device,
    from_at timestamptz NOT NULL,
    -- Null: until further notice.
    to_at timestamptz,
    added_at timestamptz NOT NULL,
    added_by uuid NOT NULL,
    CHECK (to_at > from_at)
);

CREATE INDEX job_device_by_job ON job_device (job_id, id);
CREATE INDEX job_device_by_device ON job_device (device_id, from_at);

-- What somebody decided of single steps: that they are the job's or not, or are to be done again. The newest of a step counts. Append-only.
CREATE TABLE job_step_choice (
    position bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    job_id uuid NOT NULL REFERENCES job,
    step_id uuid NOT NULL,
    choice text NOT NULL CHECK (choice IN ('added', 'removed', 'reworked')),
    at timestamptz NOT NULL,
    by uuid NOT NULL,
    reason text NOT NULL
);

CREATE INDEX job_step_choice_by_job ON job_step_choice (job_id, position);
CREATE INDEX job_step_choice_by_step ON job_step_choice (step_id);
CREATE TRIGGER job_step_choice_never_changed BEFORE UPDATE OR DELETE ON job_step_choice FOR EACH ROW EXECUTE FUNCTION never_changed();

-- Which steps a job was found to have, the last time that it was looked at.
CREATE TABLE job_step (
    job_id uuid NOT NULL REFERENCES job,
    step_id uuid NOT NULL,
    -- code, device, hand
    joined text NOT NULL CHECK (joined IN ('code', 'device', 'hand')),
    PRIMARY KEY (job_id, step_id)
);

CREATE INDEX job_step_by_step ON job_step (step_id);

CREATE TABLE job_lot (
    job_id uuid NOT NULL REFERENCES job,
    lot_id uuid NOT NULL REFERENCES material_lot,
    added_at timestamptz NOT NULL,
    added_by uuid NOT NULL,
    removed_at timestamptz,
    removed_by uuid,
    remove_reason text,
    -- Put back, it is another row: that it was taken out stays.
    PRIMARY KEY (job_id, lot_id, added_at),
    CHECK ((removed_at IS NULL) = (removed_by IS NULL) AND (removed_at IS NULL) = (remove_reason IS NULL))
);

CREATE UNIQUE INDEX job_lot_in_use ON job_lot (job_id, lot_id) WHERE removed_at IS NULL;
CREATE INDEX job_lot_by_lot ON job_lot (lot_id, job_id DESC);

-- 5. Deviations. Never deleted: one that is found no more, since a step came late, is withdrawn.

CREATE TABLE job_deviation (
    id uuid PRIMARY KEY,
    organization_id uuid NOT NULL,
    job_id uuid NOT NULL REFERENCES job,
    -- What it is, the same whenever it is found: so it is found once.
    finding text NOT NULL,
    code text NOT NULL,
    step_key text,
    step_name text NOT NULL,
    step_id uuid,
    parameter text,
    expected text,
    found text,
    -- By how much, in the unit of what was found.
    off_by double precision,
    found_at timestamptz NOT NULL,
    withdrawn_at timestamptz,
    disposition text CHECK (disposition IN ('accept', 'rework', 'scrap')),
    reason text,
    disposed_at timestamptz,
    disposed_by uuid,
    state text NOT NULL GENERATED ALWAYS AS (
        CASE WHEN disposition IS NOT NULL THEN 'closed' WHEN withdrawn_at IS NOT NULL THEN 'withdrawn' ELSE 'open' END) STORED,
    CONSTRAINT job_deviation_once UNIQUE (job_id, finding),
    CHECK ((disposition IS NULL) = (reason IS NULL) AND (disposition IS NULL) = (disposed_at IS NULL) AND (disposition IS NULL) = (disposed_by IS NULL))
);

CREATE INDEX job_deviation_by_organization ON job_deviation (organization_id, id DESC);

-- 6. What was signed, as it was signed: it can be shown again when its steps are kept no longer. Append-only.

CREATE TABLE job_record (
    job_id uuid PRIMARY KEY REFERENCES job,
    signature_id uuid NOT NULL REFERENCES signature,
    -- UTF-8, byte by byte.
    record bytea NOT NULL,
    charts bytea NOT NULL,
    -- The entry of the audit that the signature made, in the organization's chain, and a head signed over it.
    audit_sequence bigint NOT NULL,
    audit_head text NOT NULL
);

CREATE TRIGGER job_record_never_changed BEFORE UPDATE OR DELETE ON job_record FOR EACH ROW EXECUTE FUNCTION never_changed();

-- 7. How far the steps of each site were looked at. As alarm_cursor.

CREATE TABLE job_cursor (
    site_id uuid PRIMARY KEY REFERENCES site,
    organization_id uuid NOT NULL,
    step_position bigint NOT NULL
)
WITH (fillfactor = 70);

-- The first job of an organization puts its sites' cursors to where they are: what is there already is found when the job is looked at.
CREATE FUNCTION job_first() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM job WHERE organization_id = NEW.organization_id) THEN
        INSERT INTO job_cursor (site_id, organization_id, step_position)
        SELECT s.id, s.organization_id, coalesce((SELECT max(position) FROM step_event WHERE site_id = s.id), 0)
        FROM site AS s WHERE s.organization_id = NEW.organization_id
        ON CONFLICT DO NOTHING;
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER job_first BEFORE INSERT ON job FOR EACH ROW EXECUTE FUNCTION job_first();

-- What is known of lots, combinations and devices says what is found of jobs: of those that nobody has decided yet. Whoever marks several jobs takes them
-- in the order of their ids, so that two of them take turns; and one that is marked already too, since whoever looks at it may have read before.
CREATE FUNCTION jobs_due() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE job SET is_due = true WHERE id = ANY (ARRAY(
        SELECT id FROM job WHERE organization_id = NEW.organization_id AND decision IS NULL ORDER BY id FOR NO KEY UPDATE));
    RETURN NEW;
END $$;

CREATE TRIGGER jobs_due AFTER INSERT OR UPDATE ON validated_combination FOR EACH ROW EXECUTE FUNCTION jobs_due();
CREATE TRIGGER jobs_due AFTER INSERT OR UPDATE ON maintenance_plan FOR EACH ROW EXECUTE FUNCTION jobs_due();
CREATE TRIGGER jobs_due AFTER INSERT ON maintenance_record FOR EACH ROW EXECUTE FUNCTION jobs_due();

CREATE FUNCTION jobs_of_lot_due() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE job SET is_due = true WHERE id = ANY (ARRAY(
        SELECT id FROM job WHERE id IN (SELECT job_id FROM job_lot WHERE lot_id = NEW.id) ORDER BY id FOR NO KEY UPDATE));
    RETURN NEW;
END $$;

CREATE TRIGGER jobs_of_lot_due AFTER UPDATE ON material_lot FOR EACH ROW EXECUTE FUNCTION jobs_of_lot_due();
