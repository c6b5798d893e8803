-- 1. Sessions of a shared tablet: they bring recordings of one case, and may nothing else. They have no refresh token, and end when their time is over.

ALTER TABLE session
    -- All that the session may bring something of; null for one that may what its holder may.
    ADD COLUMN case_id uuid REFERENCES case_file,
    -- What the tablet calls itself. Emptied when its user is erased.
    ADD COLUMN device_id text,
    ADD COLUMN device_name text,
    -- The access key behind it counts too when somebody who came in with one has made the code: whoever disables the key ends the tablet's session with it.
    DROP CONSTRAINT session_of_access_key,
    ADD CONSTRAINT session_of_access_key CHECK (CASE started_by WHEN 'access_key' THEN access_key_id IS NOT NULL WHEN 'sign_in_code' THEN true ELSE access_key_id IS NULL END),
    ADD CONSTRAINT session_of_sign_in_code CHECK (
        CASE started_by WHEN 'sign_in_code' THEN holder_kind = 1 AND num_nulls(case_id, ends_at) = 0 ELSE num_nonnulls(case_id, device_id, device_name) = 0 END);

CREATE INDEX session_open_by_case ON session (case_id) WHERE ended_at IS NULL AND case_id IS NOT NULL;

CREATE OR REPLACE FUNCTION session_is_open(session_id uuid, at timestamptz) RETURNS boolean
LANGUAGE sql STABLE
RETURN EXISTS (
    SELECT FROM session AS s WHERE s.id = session_id AND s.ended_at IS NULL AND (s.ends_at IS NULL OR s.ends_at > at)
    AND (s.case_id IS NULL OR EXISTS (SELECT FROM case_file AS f WHERE f.id = s.case_id AND f.erased_at IS NULL))
    AND CASE s.holder_kind
        WHEN 1 THEN EXISTS (
            SELECT FROM app_user AS u LEFT JOIN organization AS o ON o.id = u.organization_id
            WHERE u.id = s.holder_id AND u.disabled_at IS NULL AND o.archived_at IS NULL)
        ELSE EXISTS (
            SELECT FROM gateway AS g JOIN organization AS o ON o.id = g.organization_id
            WHERE g.id = s.holder_id AND g.revoked_at IS NULL AND o.archived_at IS NULL)
    END);

-- 2. The codes. One that was used, withdrawn or guessed at too often is deleted; the audit tells of it.

CREATE TABLE sign_in_code (
    id uuid PRIMARY KEY,
    -- Its first letters, which tell it from every other living one. Not secret.
    selector text NOT NULL UNIQUE CHECK (selector ~ '^[0-9A-Z]{3}$'),
    -- HMAC-SHA-256 of all of it under a secret of the server, which is sealed: its 25 secret bits could be tried out against a plain hash.
    hash bytea NOT NULL CHECK (octet_length(hash) = 32),
    organization_id uuid NOT NULL REFERENCES organization,
    user_id uuid NOT NULL REFERENCES app_user,
    -- The session that it was asked for with. Whatever ends that takes the code out of use.
    session_id uuid NOT NULL REFERENCES session ON DELETE CASCADE,
    case_id uuid NOT NULL REFERENCES case_file,
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    wrong_tries smallint NOT NULL DEFAULT 0 CHECK (wrong_tries >= 0),
    UNIQUE (user_id, case_id)
);

CREATE INDEX sign_in_code_by_case ON sign_in_code (case_id);
CREATE INDEX sign_in_code_by_session ON sign_in_code (session_id);
CREATE INDEX sign_in_code_by_expiry ON sign_in_code (expires_at);

-- Tries with letters that no living code begins with, for a few minutes: they are counted by where they come from.
CREATE TABLE sign_in_code_miss (
    remote_network text NOT NULL,
    at timestamptz NOT NULL
);

CREATE INDEX sign_in_code_miss_by_network ON sign_in_code_miss (remote_network, at);

-- 3. Which tablet's session has brought a recording, or brings it: nobody else goes on with that upload, its user's other sessions included. Null for every other.

ALTER TABLE recording ADD COLUMN session_id uuid REFERENCES session;
