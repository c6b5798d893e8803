using StepCloud.Contracts.Ids;
using StepCloud.Storage.Registry;
using StepCloud.Tests.Api.Http;
using StepCloud.Tests.Api.Registry;

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

    /// <summary>Of the first organization.</summary>
    public static async Task<Guid> NewDeadDeliveryAsync(ApiServer server)
    {
        Guid delivery = Guid.CreateVersion7(), channel = Guid.Parse(await RegistryThings.NewAsync(server, Entities.AlarmChannel));
        await server.Database.ExecuteAsync(
            """
            INSERT INTO alarm_delivery (id, organization_id, channel_id, event, body, state, attempts, created_at, due_at, next_at, last_error)
            SELECT $1, organization_id, id, 'test', '{}', 'dead', 3, now(), now(), now(), 'Nobody was there.' FROM alarm_channel WHERE id = $2
            """,
            delivery, channel);
        return delivery;
    }
}
