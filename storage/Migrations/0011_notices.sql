-- Whatever ends a session tells every process of this installation at once, whoever did it and by which way: the notice is part of the
-- transaction, and comes after its commit. A notice only says "look"; the truth is in the tables.

CREATE FUNCTION session_is_open(session_id uuid, at timestamptz) RETURNS boolean
LANGUAGE sql STABLE
RETURN EXISTS (
    SELECT FROM session AS s WHERE s.id = session_id AND s.ended_at IS NULL AND (s.ends_at IS NULL OR s.ends_at > at)
    AND CASE s.holder_kind
        WHEN 1 THEN EXISTS (SELECT FROM app_user AS u WHERE u.id = s.holder_id AND u.disabled_at IS NULL)
        ELSE EXISTS (SELECT FROM gateway AS g WHERE g.id = s.holder_id AND g.revoked_at IS NULL)
    END);

-- The trigger's argument is the kind of the notice; its subject is the row's id.
CREATE FUNCTION notify_stepcloud() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('stepcloud', TG_ARGV[0] || ' ' || NEW.id);
    RETURN NULL;
END $$;

CREATE TRIGGER session_ended AFTER UPDATE OF ended_at ON session
    FOR EACH ROW WHEN (OLD.ended_at IS NULL AND NEW.ended_at IS NOT NULL) EXECUTE FUNCTION notify_stepcloud('session_ended');
CREATE TRIGGER gateway_revoked AFTER UPDATE OF revoked_at ON gateway
    FOR EACH ROW WHEN (OLD.revoked_at IS NULL AND NEW.revoked_at IS NOT NULL) EXECUTE FUNCTION notify_stepcloud('gateway_revoked');
CREATE TRIGGER user_disabled AFTER UPDATE OF disabled_at ON app_user
    FOR EACH ROW WHEN (OLD.disabled_at IS NULL AND NEW.disabled_at IS NOT NULL) EXECUTE FUNCTION notify_stepcloud('user_disabled');

CREATE FUNCTION notify_signing_keys() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('stepcloud', 'signing_keys_changed 00000000-0000-0000-0000-000000000000');
    RETURN NULL;
END $$;

CREATE TRIGGER signing_keys_changed AFTER INSERT OR UPDATE OR DELETE ON signing_key
    FOR EACH STATEMENT EXECUTE FUNCTION notify_signing_keys();
