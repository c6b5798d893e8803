using StepCloud.Contracts.Audit;
using StepCloud.Contracts.Devices;
using StepCloud.Contracts.Ids;

namespace StepCloud.Actors.Ports;

public interface IDeviceRegistry
{
    /// <summary>Another number whenever a device went into the archive or came out of it: what was read before may be wrong by then.</summary>
    long ArchiveVersion { get; }

    /// <returns>Those of them that there are, without order.</returns>
    Task<IReadOnlyList<DeviceRecord>> ListAsync(IReadOnlyCollection<DeviceId> devices, CancellationToken cancellationToken);

    /// <summary>
    /// Takes each announced device in, new or changed, matched to the catalogue's model by pattern (the longest pattern wins; `default` when none matches).
    /// </summary>
    /// <returns>One outcome for each, in their order; all in one transaction.</returns>
    Task<IReadOnlyList<AnnounceOutcome>> AnnounceAsync(
        GatewayRecord gateway, IReadOnlyList<DeviceAnnouncement> devices, AuditDoer doer, CancellationToken cancellationToken);
}

/// <param name="Gateway">The one that announced it last.</param>
/// <param name="ArchivedAt">Null for one that is in use.</param>
public sealed record DeviceRecord(DeviceId Id, SiteId Site, GatewayId Gateway, DateTimeOffset? ArchivedAt = null);
