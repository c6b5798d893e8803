-- 1. Folders of recordings, and links that open one to somebody without an account. What a folder is called, its note and whom its links are for are sealed
-- under a key of its own, a wrapped_key of the same id: people write names of people there.

CREATE TABLE folder (
    id uuid PRIMARY KEY,
    organization_id uuid NOT NULL REFERENCES organization,
    name_sealed bytea NOT NULL,
    note_sealed bytea,
    created_at timestamptz NOT NULL,
    created_by text NOT NULL,
    updated_at timestamptz NOT NULL,
    updated_by text NOT NULL,
    -- Of name and note; in quotes it is the ETag.
    version bigint NOT NULL DEFAULT 1
);

CREATE INDEX folder_by_organization ON folder (organization_id, id DESC);

CREATE TABLE folder_recording (
    folder_id uuid NOT NULL REFERENCES folder ON DELETE CASCADE,
    recording_id uuid NOT NULL REFERENCES recording ON DELETE CASCADE,
    added_at timestamptz NOT NULL,
    added_by text NOT NULL,
    PRIMARY KEY (folder_id, recording_id)
);

CREATE INDEX folder_recording_by_recording ON folder_recording (recording_id);

CREATE TABLE folder_link (
    id uuid PRIMARY KEY,
    folder_id uuid NOT NULL REFERENCES folder ON DELETE CASCADE,
    -- SHA-256 of 256 random bits: the link itself is nowhere.
    token_hash bytea NOT NULL UNIQUE CHECK (octet_length(token_hash) = 32),
    -- To whom it was given, under the folder's key.
    label_sealed bytea NOT NULL,
    -- Argon2id, as a user's.
    password_hash text,
    created_at timestamptz NOT NULL,
    -- Who shares. It ends with his right to.
    user_id uuid NOT NULL REFERENCES app_user,
    expires_at timestamptz NOT NULL,
    downloads_max integer CHECK (downloads_max > 0),
    opened bigint NOT NULL DEFAULT 0,
    downloads bigint NOT NULL DEFAULT 0,
    last_used_at timestamptz,
    wrong_passwords bigint NOT NULL DEFAULT 0,
    -- Passwords that were tried in the hour that began then, those that turned out to be right not counted; and whether its end was told.
    tries integer NOT NULL DEFAULT 0,
    tries_since timestamptz,
    pause_told_at timestamptz,
    ended_at timestamptz,
    ended_by text,
    end_reason text CHECK (end_reason IN ('revoked', 'sharer', 'restored')),
    CHECK (num_nulls(ended_at, ended_by, end_reason) IN (0, 3)),
    CHECK (downloads <= downloads_max)
);

CREATE INDEX folder_link_by_folder ON folder_link (folder_id, id DESC);
CREATE INDEX folder_link_by_user ON folder_link (user_id) WHERE ended_at IS NULL;

-- Passwords that were tried from one network.
CREATE TABLE folder_link_try (
    link_id uuid NOT NULL REFERENCES folder_link ON DELETE CASCADE,
    network text NOT NULL,
    tries integer NOT NULL,
    since timestamptz NOT NULL,
    PRIMARY KEY (link_id, network)
);

-- Somebody has opened the link, and may read for a while without being asked again.
CREATE TABLE folder_link_grant (
    id uuid PRIMARY KEY,
    link_id uuid NOT NULL REFERENCES folder_link ON DELETE CASCADE,
    grant_hash bytea NOT NULL CHECK (octet_length(grant_hash) = 32),
    started_at timestamptz NOT NULL,
    ends_at timestamptz NOT NULL,
    UNIQUE (link_id, grant_hash)
);

CREATE INDEX folder_link_grant_by_end ON folder_link_grant (ends_at);

-- What was downloaded by a grant: its ranges are one download.
CREATE TABLE folder_link_download (
    grant_id uuid NOT NULL REFERENCES folder_link_grant ON DELETE CASCADE,
    recording_id uuid NOT NULL,
    at timestamptz NOT NULL,
    PRIMARY KEY (grant_id, recording_id)
);

-- 2. Whether a link opens anything, then. To be asked in the statement, or the transaction, that depends on it.

CREATE FUNCTION folder_link_holds(asked_link_id uuid, at timestamptz) RETURNS boolean
LANGUAGE sql STABLE
RETURN EXISTS (
    SELECT FROM folder_link AS l JOIN folder AS f ON f.id = l.folder_id JOIN organization AS o ON o.id = f.organization_id
    WHERE l.id = asked_link_id AND l.ended_at IS NULL AND l.expires_at > at AND o.archived_at IS NULL);

-- Whether a whole recording of the folder may be shown to somebody outside: of a case only by a consent to recordings and one to sharing.
CREATE FUNCTION folder_shares(asked_folder_id uuid, asked_recording_id uuid) RETURNS boolean
LANGUAGE sql STABLE
RETURN EXISTS (
    SELECT FROM folder_recording AS i JOIN recording AS r ON r.id = i.recording_id
    WHERE i.folder_id = asked_folder_id AND i.recording_id = asked_recording_id AND r.stored_at IS NOT NULL
    AND (r.case_id IS NULL OR (consent_holds(r.case_id, 'recordings', now()) AND consent_holds(r.case_id, 'sharing', now()))));

-- 3. Links end with the right of whoever shares, for ever: who is let in again has to share again. Whichever way he lost it.

CREATE FUNCTION folder_links_end_with_sharer() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE folder_link SET ended_at = now(), ended_by = registry_doer(), end_reason = 'sharer' WHERE user_id = NEW.id AND ended_at IS NULL;
    RETURN NULL;
END $$;

CREATE TRIGGER folder_links_end_with_sharer AFTER UPDATE ON app_user
    FOR EACH ROW WHEN (NEW.disabled_at IS NOT NULL OR NEW.archived_at IS NOT NULL OR NOT NEW.roles && '{owner,technician}')
    EXECUTE FUNCTION folder_links_end_with_sharer();
