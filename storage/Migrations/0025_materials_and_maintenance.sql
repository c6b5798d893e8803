-- What a part is made of and with: material lots, combinations that were validated, and what is due on devices. Of the registry, as 0015 has it.

-- 1. Material lots, by what is printed on the bottle.

CREATE TABLE material_lot (
    id uuid PRIMARY KEY,
    organization_id uuid NOT NULL REFERENCES organization,
    material text NOT NULL,
    lot text NOT NULL,
    manufacturer text,
    expires_on date,
    opened_on date,
    note text,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    created_by text NOT NULL DEFAULT 'system',
    updated_by text NOT NULL DEFAULT 'system',
    version bigint NOT NULL DEFAULT 1,
    archived_at timestamptz,
    archived_by text,
    archive_reason text,
    search tsvector GENERATED ALWAYS AS (search_words(material, lot, manufacturer)) STORED,
    CHECK ((archived_at IS NULL) = (archived_by IS NULL) AND (archived_at IS NULL) = (archive_reason IS NULL)),
    CHECK (opened_on <= expires_on),
    -- Those of the archive too: what was made of a lot is asked for by its name for years.
    UNIQUE (organization_id, material, lot)
);

CREATE INDEX material_lot_by_organization ON material_lot (organization_id, id);
CREATE INDEX material_lot_by_expiry ON material_lot (organization_id, (coalesce(expires_on, '-infinity')), id);
CREATE INDEX material_lot_by_lot ON material_lot (organization_id, lot, id);
CREATE INDEX material_lot_search ON material_lot USING gin (search);

CREATE TRIGGER registry_written BEFORE INSERT OR UPDATE ON material_lot FOR EACH ROW EXECUTE FUNCTION registry_written();

-- 2. Validated combinations: what was shown to make sound parts. Null stands for any.

CREATE TABLE validated_combination (
    id uuid PRIMARY KEY,
    organization_id uuid NOT NULL REFERENCES organization,
    name text NOT NULL,
    material text NOT NULL,
    lot text,
    model_id uuid NOT NULL REFERENCES device_model,
    firmware text,
    program text,
    evidence text NOT NULL,
    valid_from date NOT NULL,
    -- The last day.
    valid_until date,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    created_by text NOT NULL DEFAULT 'system',
    updated_by text NOT NULL DEFAULT 'system',
    version bigint NOT NULL DEFAULT 1,
    archived_at timestamptz,
    archived_by text,
    archive_reason text,
    search tsvector GENERATED ALWAYS AS (search_words(name, material, lot)) STORED,
    CHECK ((archived_at IS NULL) = (archived_by IS NULL) AND (archived_at IS NULL) = (archive_reason IS NULL)),
    CHECK (valid_from <= valid_until)
);

CREATE INDEX validated_combination_by_organization ON validated_combination (organization_id, id);
CREATE INDEX validated_combination_by_name ON validated_combination (organization_id, name, id);
CREATE INDEX validated_combination_by_material ON validated_combination (organization_id, material, model_id);
CREATE INDEX validated_combination_search ON validated_combination USING gin (search);

CREATE TRIGGER registry_written BEFORE INSERT OR UPDATE ON validated_combination FOR EACH ROW EXECUTE FUNCTION registry_written();

-- The combination that covers it: of several, the one that says most. Without a lot, a firmware or a program, one that allows any.
-- One that is put into the archive covers what was done on that day still.
CREATE FUNCTION combination_is_validated(organization uuid, material text, lot text, model uuid, firmware text, program text, on_date date) RETURNS uuid
LANGUAGE sql STABLE
RETURN (
    SELECT c.id FROM validated_combination AS c
    WHERE c.organization_id = combination_is_validated.organization
        AND c.material = combination_is_validated.material
        AND c.model_id = combination_is_validated.model
        AND (c.lot IS NULL OR c.lot = combination_is_validated.lot)
        AND (c.firmware IS NULL OR c.firmware = combination_is_validated.firmware)
        AND (c.program IS NULL OR c.program = combination_is_validated.program)
        AND c.valid_from <= combination_is_validated.on_date
        AND (c.valid_until IS NULL OR c.valid_until >= combination_is_validated.on_date)
        AND (c.archived_at IS NULL OR (c.archived_at AT TIME ZONE 'UTC')::date >= combination_is_validated.on_date)
    ORDER BY num_nonnulls(c.lot, c.firmware, c.program) DESC, c.lot IS NULL, c.firmware IS NULL, c.id
    LIMIT 1);

-- 3. Maintenance: what is due on a device, and what was done.

CREATE TABLE maintenance_plan (
    id uuid PRIMARY KEY,
    organization_id uuid NOT NULL REFERENCES organization,
    device_id uuid NOT NULL REFERENCES device,
    name text NOT NULL,
    kind text NOT NULL CHECK (kind IN ('calibration', 'maintenance')),
    every_days integer NOT NULL CHECK (every_days BETWEEN 1 AND 3650),
    first_due_on date NOT NULL,
    -- The newest record that was passed; kept by whoever writes a record, in its transaction.
    last_performed_on date,
    -- Kept by the trigger below.
    due_on date NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    created_by text NOT NULL DEFAULT 'system',
    updated_by text NOT NULL DEFAULT 'system',
    version bigint NOT NULL DEFAULT 1,
    archived_at timestamptz,
    archived_by text,
    archive_reason text,
    search tsvector GENERATED ALWAYS AS (search_words(name)) STORED,
    CHECK ((archived_at IS NULL) = (archived_by IS NULL) AND (archived_at IS NULL) = (archive_reason IS NULL))
);

CREATE INDEX maintenance_plan_by_organization ON maintenance_plan (organization_id, id);
CREATE INDEX maintenance_plan_by_due ON maintenance_plan (organization_id, due_on, id);
CREATE INDEX maintenance_plan_by_name ON maintenance_plan (organization_id, name, id);
CREATE INDEX maintenance_plan_by_device ON maintenance_plan (device_id, id);
CREATE INDEX maintenance_plan_search ON maintenance_plan USING gin (search);

-- Not a generated column: that is null to `registry_written`, to which every write would be a change then. By its name it comes before that one.
CREATE FUNCTION maintenance_plan_due() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.due_on := coalesce(NEW.last_performed_on + NEW.every_days, NEW.first_due_on);
    RETURN NEW;
END $$;

CREATE TRIGGER maintenance_plan_due BEFORE INSERT OR UPDATE ON maintenance_plan FOR EACH ROW EXECUTE FUNCTION maintenance_plan_due();
CREATE TRIGGER registry_written BEFORE INSERT OR UPDATE ON maintenance_plan FOR EACH ROW EXECUTE FUNCTION registry_written();

CREATE TABLE maintenance_record (
    id uuid PRIMARY KEY,
    organization_id uuid NOT NULL REFERENCES organization,
    plan_id uuid NOT NULL REFERENCES maintenance_plan,
    performed_on date NOT NULL,
    result text NOT NULL CHECK (result IN ('passed', 'failed')),
    -- The certificate, or the report.
    reference text,
    note text,
    recorded_at timestamptz NOT NULL,
    -- As the registry has it: `user:ID`.
    recorded_by text NOT NULL
);

CREATE INDEX maintenance_record_by_plan ON maintenance_record (plan_id, id DESC);
CREATE INDEX maintenance_record_passed ON maintenance_record (plan_id, performed_on) WHERE result = 'passed';

CREATE FUNCTION maintenance_record_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only: % is refused', TG_TABLE_NAME, TG_OP USING ERRCODE = 'insufficient_privilege';
END $$;

CREATE TRIGGER maintenance_record_refuse BEFORE UPDATE OR DELETE OR TRUNCATE ON maintenance_record
    FOR EACH STATEMENT EXECUTE FUNCTION maintenance_record_refuse();

-- The plans of a device that were overdue on a day, by what had been done until then. What is due on that very day is not overdue. A plan counts from its
-- first due date on, and from the day of its archiving on (UTC) no more.
CREATE FUNCTION maintenance_overdue(device uuid, on_date date) RETURNS TABLE (plan_id uuid, name text, kind text, due_on date)
LANGUAGE sql STABLE AS $$
    SELECT p.id, p.name, p.kind, due.day
    FROM maintenance_plan AS p
    CROSS JOIN LATERAL (
        SELECT coalesce(max(r.performed_on) + p.every_days, p.first_due_on) AS day
        FROM maintenance_record AS r
        WHERE r.plan_id = p.id AND r.result = 'passed' AND r.performed_on <= maintenance_overdue.on_date) AS due
    WHERE p.device_id = maintenance_overdue.device
        AND p.first_due_on <= maintenance_overdue.on_date
        AND due.day < maintenance_overdue.on_date
        AND (p.archived_at IS NULL OR (p.archived_at AT TIME ZONE 'UTC')::date > maintenance_overdue.on_date)
    ORDER BY due.day, p.id
$$;
