using StepCloud.Contracts.Audit;
using StepCloud.Contracts.Ids;

namespace StepCloud.Storage.Registry;

/// <summary>Nothing that has a history is deleted: it goes into the archive, and comes back out of it.</summary>
internal static class RegistryArchive
{
    private static readonly string[] Told = ["archived_at", "archived_by", "archive_reason"];

    public static async Task<RegistryOutcome> ArchiveAsync(
        DatabaseSession transaction, RegistryEntity entity, Guid id, long? version, string reason, OrganizationId? organization, AuditDoer doer,
        DateTimeOffset now, CancellationToken cancellationToken)
    {
        RegistryRow? old = await RegistryWrites.LockAsync(transaction, entity, id, organization, cancellationToken);
        if (old is null) return RegistryOutcome.NotFound.Instance;
        if (version is { } seen && seen != old.Version) return new RegistryOutcome.Stale(old.Version);
        if (RegistryWrites.IsArchived(entity, old)) return new RegistryOutcome.Done(old);

        Dictionary<string, object?> columns = new(StringComparer.Ordinal)
        {
            ["updated_at"] = now, ["archived_at"] = now, ["archived_by"] = AuditDoerKinds.TextOf(doer), ["archive_reason"] = reason,
        };
        RegistryChange change = new(
            entity, id, RegistryWrites.OrganizationOf(entity, old), new Dictionary<string, object?>(StringComparer.Ordinal), columns, doer, now);
        if (entity.Archived is { } hook && await hook(transaction, change, cancellationToken) is { } refused) return refused;
        return await WriteAsync(transaction, change, old, AuditActions.Archived(entity.Name), cancellationToken);
    }

    public static async Task<RegistryOutcome> RestoreAsync(
        DatabaseSession transaction, RegistryEntity entity, Guid id, long? version, OrganizationId? organization, AuditDoer doer, DateTimeOffset now,
        CancellationToken cancellationToken)
    {
        RegistryRow? old = await RegistryWrites.LockAsync(transaction, entity, id, organization, cancellationToken);
        if (old is null) return RegistryOutcome.NotFound.Instance;
        if (version is { } seen && seen != old.Version) return new RegistryOutcome.Stale(old.Version);
        if (!RegistryWrites.IsArchived(entity, old)) return new RegistryOutcome.Done(old);
        OrganizationId? of = RegistryWrites.OrganizationOf(entity, old);
        Dictionary<string, object?> columns = new(StringComparer.Ordinal)
        {
            ["updated_at"] = now, ["archived_at"] = null, ["archived_by"] = null, ["archive_reason"] = null,
        };
        RegistryChange change = new(entity, id, of, new Dictionary<string, object?>(StringComparer.Ordinal), columns, doer, now);
        return await WriteAsync(transaction, change, old, AuditActions.Restored(entity.Name), cancellationToken);
    }

    private static async Task<RegistryOutcome> WriteAsync(
        DatabaseSession transaction, RegistryChange change, RegistryRow old, string action, CancellationToken cancellationToken)
    {
        RegistryEntity entity = change.Entity;
        await transaction.ExecuteAsync(RegistryStatements.Update(entity, change.Id, change.Columns), cancellationToken);
        if (change.Columns["archived_at"] is null && entity.Quota is { } kind && change.Organization is { } organization)
            await Quotas.RequireAsync(transaction, organization, kind, change.At, cancellationToken);
        RegistryRow row = await RegistryWrites.ReadAsync(transaction, entity, change.Id, cancellationToken);
        RegistryField[] fields = [.. Told.Select(name => entity.Find(name)!)];
        await AuditTrail.AppendAsync(
            transaction, change.At,
            [
                new NewAuditEntry(
                    change.Organization, change.Doer, action, new AuditSubject(entity.Name, change.Id),
                    RegistryWrites.Json(entity, old, fields), RegistryWrites.Json(entity, row, fields)),
                .. change.Entries,
            ],
            cancellationToken);
        return new RegistryOutcome.Done(row);
    }
}
