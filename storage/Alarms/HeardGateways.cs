namespace StepCloud.Storage.Alarms;

/// <summary>When gateways were heard last: what rules of their silence and the figures of an installation go by.</summary>
/// <remarks>
/// Of a gateway that has ever come over MQTT the renewal of a token says nothing: it can reach the one port and not the other, and nothing comes of it.
/// One that only speaks HTTP has nothing else to say while its devices do nothing.
/// </remarks>
internal static class HeardGateways
{
    /// <summary>Of `gateway AS g`, while it is not connected, with its `gateway_presence AS p`, which may be missing, and what <see cref="Joins"/> adds.</summary>
    public const string Heard = "greatest(g.created_at, p.since, p.last_step_at, s.created_at, CASE WHEN p.since IS NULL THEN s.used_at END, t.heard)";

    /// <summary>`last_step_at` is up to a minute behind; the newest steps and the newest telemetry of the devices are not.</summary>
    /// <param name="when">On `g` and `p`: looked for only then.</param>
    public static string Joins(string when = "true") =>
        $"""
        LEFT JOIN LATERAL (
            SELECT max(created_at) AS created_at, max(last_used_at) AS used_at FROM session
            WHERE {when} AND holder_kind = 2 AND holder_id = g.id AND ended_at IS NULL) AS s ON true
        LEFT JOIN LATERAL (
            SELECT max(greatest(d.created_at, e.received, t.at)) AS heard
            FROM device AS d LEFT JOIN device_state AS t ON t.device_id = d.id AND t.gateway_id = g.id
            LEFT JOIN device_head AS h ON h.device_id = d.id LEFT JOIN step_event AS e ON e.id = h.step_id AND e.gateway_id = g.id
            WHERE {when} AND d.gateway_id = g.id AND d.archived_at IS NULL) AS t ON true
        """;
}
