-- The registry: what is known of organizations, sites, users, gateways, devices and the catalogue; who made and changed it; what is archived; how it is found.

-- 1. Plans: how much an organization may have. Null stands for as much as it likes.

CREATE TABLE plan (
    name text PRIMARY KEY,
    gateways_max integer CHECK (gateways_max >= 0),
    devices_max integer CHECK (devices_max >= 0),
    users_max integer CHECK (users_max >= 0),
    steps_per_day_max integer CHECK (steps_per_day_max >= 0)
);

-- A laboratory has one gateway, a dozen devices and some thousand steps a day at most; `standard` leaves it ten times that.
INSERT INTO plan (name, gateways_max, devices_max, users_max, steps_per_day_max) VALUES
    ('trial', 2, 10, 5, 5000),
    ('standard', 20, 200, 100, 100000),
    ('unlimited', NULL, NULL, NULL, NULL);

-- 2. What every thing of the registry has. Whoever does it is told to the transaction (`stepcloud.doer`), so that no statement can forget it:
-- `user:ID`, `administrator:ID`, `gateway:ID`, or `system` for StepCloud itself, its commands, and SQL by hand.

ALTER TABLE gateway DROP COLUMN created_by;

DO $$
DECLARE
    registered text;
BEGIN
    FOREACH registered IN ARRAY ARRAY['manufacturer', 'device_model'] LOOP
        EXECUTE format('ALTER TABLE %I ADD COLUMN created_at timestamptz NOT NULL DEFAULT now(), ADD COLUMN updated_at timestamptz NOT NULL DEFAULT now()', registered);
    END LOOP;
    FOREACH registered IN ARRAY ARRAY['organization', 'site', 'app_user', 'gateway', 'manufacturer', 'device_model', 'device'] LOOP
        EXECUTE format(
            'ALTER TABLE %I
                ADD COLUMN created_by text NOT NULL DEFAULT ''system'',
                ADD COLUMN updated_by text NOT NULL DEFAULT ''system'',
                ADD COLUMN version bigint NOT NULL DEFAULT 1,
                ADD COLUMN archived_at timestamptz,
                ADD COLUMN archived_by text,
                ADD COLUMN archive_reason text,
                ADD CHECK ((archived_at IS NULL) = (archived_by IS NULL) AND (archived_at IS NULL) = (archive_reason IS NULL))',
            registered);
    END LOOP;
END $$;

-- 3. What more is known.

ALTER TABLE organization
    ADD COLUMN vat_id text,
    -- Whoever sells none has no bounds.
    ADD COLUMN plan text NOT NULL DEFAULT 'unlimited' REFERENCES plan;

ALTER TABLE site
    ADD COLUMN department text,
    ADD COLUMN address text,
    -- Of the IANA's names.
    ADD COLUMN time_zone text NOT NULL DEFAULT 'UTC';

-- What it tells of itself when it comes in.
ALTER TABLE gateway
    ADD COLUMN software_version text,
    ADD COLUMN hardware_version text;

ALTER TABLE device
    ADD COLUMN organization_id uuid,
    -- False: its gateway need not collect what it does. What comes is stored nevertheless.
    ADD COLUMN is_monitored boolean NOT NULL DEFAULT true,
    -- What a person calls it, in the place of what its gateway announced.
    ADD COLUMN given_label text;
UPDATE device AS d SET organization_id = s.organization_id FROM site AS s WHERE s.id = d.site_id;
ALTER TABLE device
    ALTER COLUMN organization_id SET NOT NULL,
    ADD FOREIGN KEY (site_id, organization_id) REFERENCES site (id, organization_id);
CREATE INDEX device_by_organization ON device (organization_id, id);
CREATE INDEX gateway_by_organization ON gateway (organization_id, id);

CREATE TABLE device_model_picture (
    model_id uuid PRIMARY KEY REFERENCES device_model,
    media_type text NOT NULL,
    content bytea NOT NULL,
    hash bytea NOT NULL CHECK (octet_length(hash) = 32)
);

-- 4. Version, and by whom and when: kept by the database. What does not change anything (a gateway announces its devices whenever it comes) is no new version.

CREATE FUNCTION registry_doer() RETURNS text LANGUAGE sql STABLE
RETURN coalesce(nullif(current_setting('stepcloud.doer', true), ''), 'system');

CREATE FUNCTION registry_written() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    kept constant text[] := '{search,updated_at,updated_by,version}';
BEGIN
    IF TG_OP = 'INSERT' THEN
        NEW.created_by := registry_doer();
        NEW.updated_by := NEW.created_by;
        NEW.version := 1;
    ELSIF to_jsonb(NEW) - kept IS DISTINCT FROM to_jsonb(OLD) - kept THEN
        NEW.updated_by := registry_doer();
        NEW.version := OLD.version + 1;
    ELSE
        NEW.updated_at := OLD.updated_at;
        NEW.updated_by := OLD.updated_by;
        NEW.version := OLD.version;
    END IF;
    RETURN NEW;
END $$;

-- A device is of the organization of its site.
CREATE FUNCTION device_organization() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.organization_id := (SELECT organization_id FROM site WHERE id = NEW.site_id);
    RETURN NEW;
END $$;

CREATE TRIGGER device_organization BEFORE INSERT ON device FOR EACH ROW EXECUTE FUNCTION device_organization();

-- 5. Search: words and the beginnings of words, in names, serials, labels and e-mail addresses. Signs between letters and digits part words.
-- A search over all organizations uses the index of words; one within an organization that of its rows, when these are few.

CREATE FUNCTION search_words(VARIADIC texts text[]) RETURNS tsvector LANGUAGE sql IMMUTABLE
RETURN to_tsvector('simple', translate(array_to_string(texts, ' '), '@._-/:,;+#()[]', repeat(' ', 15)));

ALTER TABLE organization ADD COLUMN search tsvector GENERATED ALWAYS AS (search_words(name, vat_id)) STORED;
ALTER TABLE site ADD COLUMN search tsvector GENERATED ALWAYS AS (search_words(name, department, address)) STORED;
ALTER TABLE app_user ADD COLUMN search tsvector GENERATED ALWAYS AS (search_words(name, email)) STORED;
ALTER TABLE gateway ADD COLUMN search tsvector GENERATED ALWAYS AS (search_words(name, serial)) STORED;
ALTER TABLE manufacturer ADD COLUMN search tsvector GENERATED ALWAYS AS (search_words(name)) STORED;
ALTER TABLE device_model ADD COLUMN search tsvector GENERATED ALWAYS AS (search_words(name, kind)) STORED;
ALTER TABLE device ADD COLUMN search tsvector
    GENERATED ALWAYS AS (search_words(given_label, label, serial, model, source, network_address)) STORED;

CREATE INDEX organization_search ON organization USING gin (search);
CREATE INDEX site_search ON site USING gin (search);
CREATE INDEX app_user_search ON app_user USING gin (search);
CREATE INDEX gateway_search ON gateway USING gin (search);
CREATE INDEX device_search ON device USING gin (search);

DO $$
DECLARE
    registered text;
BEGIN
    FOREACH registered IN ARRAY ARRAY['organization', 'site', 'app_user', 'gateway', 'manufacturer', 'device_model', 'device'] LOOP
        EXECUTE format('CREATE TRIGGER registry_written BEFORE INSERT OR UPDATE ON %I FOR EACH ROW EXECUTE FUNCTION registry_written()', registered);
    END LOOP;
END $$;

-- 6. An organization that is archived is closed: nobody of it comes in.

CREATE OR REPLACE FUNCTION session_is_open(session_id uuid, at timestamptz) RETURNS boolean
LANGUAGE sql STABLE
RETURN EXISTS (
    SELECT FROM session AS s WHERE s.id = session_id AND s.ended_at IS NULL AND (s.ends_at IS NULL OR s.ends_at > at)
    AND CASE s.holder_kind
        WHEN 1 THEN EXISTS (
            SELECT FROM app_user AS u LEFT JOIN organization AS o ON o.id = u.organization_id
            WHERE u.id = s.holder_id AND u.disabled_at IS NULL AND o.archived_at IS NULL)
        ELSE EXISTS (
            SELECT FROM gateway AS g JOIN organization AS o ON o.id = g.organization_id
            WHERE g.id = s.holder_id AND g.revoked_at IS NULL AND o.archived_at IS NULL)
    END);

-- 7. Answers to POSTs that came with an Idempotency-Key, for 24 hours.

CREATE TABLE idempotent_request (
    holder_id uuid NOT NULL,
    key text NOT NULL,
    -- SHA-256 over method, path and body: the same key with another request is a mistake.
    request_hash bytea NOT NULL CHECK (octet_length(request_hash) = 32),
    created_at timestamptz NOT NULL,
    -- Null while it is being answered, and for good when the process died meanwhile.
    status smallint,
    -- Sealed under the master key: there can be a token in it.
    answer bytea,
    PRIMARY KEY (holder_id, key)
);

CREATE INDEX idempotent_request_by_time ON idempotent_request (created_at);

-- 8. Steps of each organization and day (UTC), for the plan's bound.

CREATE TABLE steps_of_day (
    organization_id uuid NOT NULL REFERENCES organization,
    day date NOT NULL,
    steps bigint NOT NULL,
    PRIMARY KEY (organization_id, day)
);
