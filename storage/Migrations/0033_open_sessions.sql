-- Which of these sessions are open. As a set it becomes a part of the question that asks it, and is planned with it, once; a function of the other kind is
-- read, planned and started anew by every question. And many are asked for at once.

CREATE FUNCTION open_sessions(ids uuid[], at timestamptz) RETURNS SETOF uuid
LANGUAGE sql STABLE
AS $$
    SELECT s.id FROM session AS s
    WHERE s.id = ANY (ids) AND s.ended_at IS NULL AND (s.ends_at IS NULL OR s.ends_at > at)
    AND (s.case_id IS NULL OR EXISTS (SELECT FROM case_file AS f WHERE f.id = s.case_id AND f.erased_at IS NULL))
    AND CASE s.holder_kind
        WHEN 1 THEN EXISTS (
            SELECT FROM app_user AS u LEFT JOIN organization AS o ON o.id = u.organization_id
            WHERE u.id = s.holder_id AND u.disabled_at IS NULL AND o.archived_at IS NULL)
        ELSE EXISTS (
            SELECT FROM gateway AS g JOIN organization AS o ON o.id = g.organization_id
            WHERE g.id = s.holder_id AND g.revoked_at IS NULL AND o.archived_at IS NULL)
    END
$$;

CREATE OR REPLACE FUNCTION session_is_open(session_id uuid, at timestamptz) RETURNS boolean
LANGUAGE sql STABLE
RETURN EXISTS (SELECT FROM open_sessions(ARRAY[session_id], at));
