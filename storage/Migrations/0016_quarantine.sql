-- What became of a refused message: an administrator has sent it on its way again, or has said why it is not worth it. It stays readable.

ALTER TABLE rejected_message
    ADD COLUMN state text NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'replayed', 'dismissed')),
    -- The last time it was sent on its way again; the state says whether all of it was taken.
    ADD COLUMN replayed_at timestamptz,
    ADD COLUMN replayed_by text,
    -- The mended bytes; null when it went as it had come.
    ADD COLUMN replay_payload bytea,
    -- [{"index": 0, "id": "...", "outcome": "stored"}], as its gateway would have been answered.
    ADD COLUMN replay_results jsonb,
    ADD COLUMN dismissed_at timestamptz,
    ADD COLUMN dismissed_by text,
    ADD COLUMN dismiss_reason text,
    ADD CHECK ((replayed_at IS NULL) = (replayed_by IS NULL) AND (replayed_at IS NULL) = (replay_results IS NULL)),
    ADD CHECK ((dismissed_at IS NULL) = (dismissed_by IS NULL) AND (dismissed_at IS NULL) = (dismiss_reason IS NULL)),
    ADD CHECK (state <> 'replayed' OR replayed_at IS NOT NULL),
    ADD CHECK (state <> 'dismissed' OR dismissed_at IS NOT NULL);

CREATE INDEX rejected_message_by_state ON rejected_message (state, id DESC);
