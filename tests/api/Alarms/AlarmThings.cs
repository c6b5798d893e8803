using StepCloud.Contracts.Ids;
using StepCloud.Tests.Api.Http;

namespace StepCloud.Tests.Api.Alarms;

/// <summary>Alarms as rows, for tests of who may see them.</summary>
internal static class AlarmThings
{
    /// <summary>An alarm of that device, raised by a rule of its own that looks at nothing any more.</summary>
    public static async Task<Guid> NewAsync(ApiServer server, DeviceId device)
    {
        Guid rule = Guid.CreateVersion7(), alarm = Guid.CreateVersion7();
        await server.Database.ExecuteAsync(
            """
            INSERT INTO alarm_rule (id, organization_id, name, severity, device_id, condition, outcome, is_enabled, created_at, updated_at)
            SELECT $1, organization_id, 'Failed', 'warning', id, 'outcome', 'failed', false, now(), now() FROM device WHERE id = $2
            """,
            rule, device.Value);
        await server.Database.ExecuteAsync(
            """
            INSERT INTO alarm (
                id, organization_id, site_id, device_id, rule_id, rule_version, rule_name, severity, condition, raised_at, raised_received, is_late,
                cleared_at, cleared_received, cleared_by)
            SELECT $1, organization_id, site_id, id, $2, 1, 'Failed', 'warning', '{"condition":"outcome","outcome":"failed"}', now(), now(), false, now(), now(), 'step'
            FROM device WHERE id = $3
            """,
            alarm, rule, device.Value);
        return alarm;
    }
}
