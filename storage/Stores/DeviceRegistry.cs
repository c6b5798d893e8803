using Npgsql;
using StepCloud.Actors.Ports;
using StepCloud.Contracts.Audit;
using StepCloud.Contracts.Devices;
using StepCloud.Contracts.Ids;
using StepCloud.Contracts.Refusals;
using StepCloud.Contracts.Registry;
using StepCloud.Storage.Notices;
using StepCloud.Storage.Registry;

namespace StepCloud.Storage;

public sealed class DeviceRegistry(StepCloudDatabase database, TimeProvider clock) : IDeviceRegistry, INoticeHandler
{
    private long _archiveVersion;

    public long ArchiveVersion => Volatile.Read(ref _archiveVersion);

    public Task HandleAsync(Notice notice, CancellationToken cancellationToken) =>
        notice.Kind == Notice.DeviceArchiveChanged ? CatchUpAsync(cancellationToken) : Task.CompletedTask;

    public Task CatchUpAsync(CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _archiveVersion);
        return Task.CompletedTask;
    }

    public async Task<IReadOnlyList<DeviceRecord>> ListAsync(IReadOnlyCollection<DeviceId> devices, CancellationToken cancellationToken) => await database.ListAsync(
        new Sql("SELECT id, site_id, gateway_id, archived_at FROM device WHERE id = ANY($1)", devices.Select(device => device.Value).ToArray()), Read, cancellationToken);

    public Task<IReadOnlyList<AnnounceOutcome>> AnnounceAsync(
        GatewayRecord gateway, IReadOnlyList<DeviceAnnouncement> devices, AuditDoer doer, CancellationToken cancellationToken) =>
        database.InTransactionAsync<IReadOnlyList<AnnounceOutcome>>(
            doer,
            async session =>
            {
                ModelCatalogue catalogue = await ModelCatalogue.LoadAsync(session, cancellationToken);

                // Two gateways of a site that announce the same source at once take turns.
                await session.ExecuteAsync(new Sql("SELECT FROM site WHERE id = $1 FOR NO KEY UPDATE", gateway.Site.Value), cancellationToken);
                List<AnnounceOutcome> outcomes = new(devices.Count);
                List<NewAuditEntry> entries = [];
                foreach (DeviceAnnouncement device in devices)
                {
                    ModelPattern model = catalogue.Match(device.Model);
                    Refusal? refusal = await CheckAsync(session, gateway, device, cancellationToken);
                    // Whoever could change it meanwhile is of this site, and so waits for its row.
                    DeviceValues? old = await session.FirstAsync(DeviceValues.Select(device.Device), DeviceValues.Read, cancellationToken);
                    // No row was written: another site's gateway was quicker with the same id.
                    if (refusal is null && await session.ExecuteAsync(Upsert(gateway, device, model.Model), cancellationToken) == 0)
                        refusal = Foreign(device.Device.Value);
                    if (refusal is null && old is null) refusal = await CheckQuotaAsync(session, gateway, device, cancellationToken);
                    if (refusal is null && DeviceValues.Of(gateway, device, model).EntryAfter(old, gateway, device.Device, doer) is { } entry)
                        entries.Add(entry);
                    outcomes.Add(refusal is null
                        ? new AnnounceOutcome.Known(device.Device, model.Model, model.Name)
                        : new AnnounceOutcome.Refused(refusal));
                }

                await AuditTrail.AppendAsync(session, clock.GetUtcNow(), entries, cancellationToken);
                return outcomes;
            },
            cancellationToken);

    /// <summary>A device stays at its site, a source belongs to one device of it, and what is in the archive stays there until somebody brings it back.</summary>
    private static async Task<Refusal?> CheckAsync(
        DatabaseSession session, GatewayRecord gateway, DeviceAnnouncement device, CancellationToken cancellationToken)
    {
        List<(Guid Id, Guid Site, DateTimeOffset? ArchivedAt)> taken = await session.ListAsync(
            new Sql(
                "SELECT id, site_id, archived_at FROM device WHERE id = $1 OR (site_id = $2 AND source = $3)",
                device.Device.Value, gateway.Site.Value, device.Source),
            reader => (reader.GetGuid(0), reader.GetGuid(1), reader.IsDBNull(2) ? (DateTimeOffset?)null : reader.GetFieldValue<DateTimeOffset>(2)),
            cancellationToken);
        foreach ((Guid id, Guid site, DateTimeOffset? archivedAt) in taken)
        {
            if (id != device.Device.Value)
                return new Refusal(RefusalCode.DeviceSourceTaken, $"The source '{device.Source}' is device {id} of this site. Use that id.");
            if (site != gateway.Site.Value)
                return Foreign(id);
            if (archivedAt is { } since)
                return DeviceRefusals.Archived(device.Device, since);
        }

        return null;
    }

    /// <summary>Takes the new device back when the plan has no room for it.</summary>
    private async Task<Refusal?> CheckQuotaAsync(
        DatabaseSession session, GatewayRecord gateway, DeviceAnnouncement device, CancellationToken cancellationToken)
    {
        if (await Quotas.FindPassedAsync(session, gateway.Organization, QuotaKind.Devices, clock.GetUtcNow(), cancellationToken) is not { } quota) return null;
        await session.ExecuteAsync(new Sql("DELETE FROM device WHERE id = $1", device.Device.Value), cancellationToken);
        return new Refusal(
            RefusalCode.QuotaReached,
            $"The plan '{quota.Plan}' of this organization has room for {quota.Max} devices. Archive devices that are gone, or ask for another plan.");
    }

    private static Refusal Foreign(Guid device) =>
        new(RefusalCode.ForeignDevice, $"Device {device} is not of this gateway's site. Make another id.");

    private Sql Upsert(GatewayRecord gateway, DeviceAnnouncement device, DeviceModelId model) => new(
        """
        INSERT INTO device (id, site_id, gateway_id, model_id, source, model, interface, label, serial, network_address, created_at, updated_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $11)
        ON CONFLICT (id) DO UPDATE SET
            gateway_id = excluded.gateway_id, model_id = excluded.model_id, source = excluded.source, model = excluded.model,
            interface = excluded.interface, label = excluded.label, serial = excluded.serial, network_address = excluded.network_address,
            updated_at = excluded.updated_at
        WHERE device.site_id = excluded.site_id
        """,
        device.Device.Value, gateway.Site.Value, gateway.Id.Value, model.Value, device.Source, device.Model, device.Interface, device.Label,
        device.Serial, device.NetworkAddress, clock.GetUtcNow());

    private static DeviceRecord Read(NpgsqlDataReader reader) =>
        new(
        new DeviceId(reader.GetGuid(0)), new SiteId(reader.GetGuid(1)), new GatewayId(reader.GetGuid(2)), reader.IsDBNull(3) ? null : reader.GetFieldValue<DateTimeOffset>(3));
}
