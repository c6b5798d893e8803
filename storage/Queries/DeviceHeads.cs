using StepCloud.Contracts.Ids;

namespace StepCloud.Storage;

/// <summary>Reads what stands at the head of devices' steps: of all that is asked for while one question is under way, the next one asks together.</summary>
/// <remarks>An answer was read after it was asked for: whatever was committed before is in it.</remarks>
public sealed class DeviceHeads(StepCloudDatabase database, TimeProvider clock)
{
    private readonly GatheredReads<DeviceId, DeviceHead> _reads = new(devices => ReadAsync(database, devices), clock);

    /// <returns>Null when the device has never had a step.</returns>
    public Task<DeviceHead?> FindAsync(DeviceId device, CancellationToken cancellationToken) => _reads.FindAsync(device, cancellationToken);

    private static async Task<IReadOnlyDictionary<DeviceId, DeviceHead>> ReadAsync(StepCloudDatabase database, IReadOnlyCollection<DeviceId> devices)
    {
        // For whoever waits, not for one of them: it ends by itself, by the time-out of statements.
        List<DeviceHead> heads = await database.ListAsync(
            new Sql("SELECT device_id, organization_id, step_id, changes FROM device_head WHERE device_id = ANY ($1)", devices.Select(device => device.Value).ToArray()),
            row => new DeviceHead(new DeviceId(row.GetGuid(0)), new OrganizationId(row.GetGuid(1)), new StepId(row.GetGuid(2)), row.GetInt64(3)),
            CancellationToken.None);
        return heads.ToDictionary(head => head.Device);
    }
}

/// <param name="Organization">Of the newest step.</param>
/// <param name="Newest">By the time of its id.</param>
/// <param name="Changes">Another number whenever a step of the device was stored, or anything of one was taken away: what was read before is as it was while this is.</param>
public sealed record DeviceHead(DeviceId Device, OrganizationId Organization, StepId Newest, long Changes);
