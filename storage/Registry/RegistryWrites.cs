using StepCloud.Actors.Ports;
using StepCloud.Contracts.Audit;
using StepCloud.Contracts.Ids;

namespace StepCloud.Storage.Registry;

/// <summary>Creation and change, each inside a transaction. What is no success has written nothing.</summary>
/// <remarks>Their entries of the audit are for the caller to write, at the transaction's end (<see cref="AuditTrail"/>): there can be several changes in one.</remarks>
internal static class RegistryWrites
{
    public static async Task<RegistryOutcome> CreateAsync(
        DatabaseSession transaction, RegistryEntity entity, Guid id, IReadOnlyDictionary<string, object?> values, OrganizationId? organization,
        AuditDoer doer, DateTimeOffset now, ICollection<NewAuditEntry> entries, CancellationToken cancellationToken)
    {
        if (await FindUnknownReferenceAsync(transaction, entity, values, organization, cancellationToken) is { } unknown) return unknown;

        Dictionary<string, object?> columns = new(StringComparer.Ordinal) { ["id"] = id, ["created_at"] = now, ["updated_at"] = now };
        foreach (RegistryField field in entity.Own)
            if (values.TryGetValue(field.Name, out object? value)) columns[field.Column] = value;
        RegistryChange change = new(entity, id, organization, values, columns, doer, now);
        if (entity.BeforeCreate is { } hook && await hook(transaction, change, cancellationToken) is { } reason) return reason;

        int inserted = await transaction.ExecuteAsync(RegistryStatements.Insert(entity, columns), cancellationToken);
        if (inserted == 0) return new RegistryOutcome.Taken("id");
        RegistryRow row = await ReadAsync(transaction, entity, id, cancellationToken);
        OrganizationId? of = OrganizationOf(entity, row);
        if (entity.Quota is { } kind && of is { } counted) await Quotas.RequireAsync(transaction, counted, kind, now, cancellationToken);

        entries.Add(new NewAuditEntry(of, doer, AuditActions.Created(entity.Name), new AuditSubject(entity.Name, id), New: Json(entity, row, entity.Own)));
        return new RegistryOutcome.Done(row);
    }

    public static async Task<RegistryOutcome> PatchAsync(
        DatabaseSession transaction, RegistryEntity entity, Guid id, long? version, IReadOnlyDictionary<string, object?> values,
        OrganizationId? organization, AuditDoer doer, DateTimeOffset now, ICollection<NewAuditEntry> entries, CancellationToken cancellationToken)
    {
        RegistryRow? old = await LockAsync(transaction, entity, id, organization, cancellationToken);
        if (old is null) return RegistryOutcome.NotFound.Instance;
        if (version is { } seen && seen != old.Version) return new RegistryOutcome.Stale(old.Version);
        if (IsArchived(entity, old)) return RegistryOutcome.IsArchived.Instance;
        if (await FindUnknownReferenceAsync(transaction, entity, values, OrganizationOf(entity, old), cancellationToken) is { } unknown) return unknown;

        Dictionary<string, object?> columns = new(StringComparer.Ordinal) { ["updated_at"] = now };
        foreach (RegistryField field in entity.Own)
            if (values.TryGetValue(field.Name, out object? value)) columns[field.Column] = value;
        RegistryChange change = new(entity, id, OrganizationOf(entity, old), values, columns, doer, now);
        if (entity.BeforePatch is { } hook && await hook(transaction, change, cancellationToken) is { } reason) return reason;

        await transaction.ExecuteAsync(RegistryStatements.Update(entity, id, columns), cancellationToken);
        RegistryRow row = await ReadAsync(transaction, entity, id, cancellationToken);
        RegistryField[] changed = [.. entity.Own.Where(field => !IsSame(Value(entity, old, field), Value(entity, row, field)))];
        if (changed.Length > 0)
        {
            entries.Add(new NewAuditEntry(
                OrganizationOf(entity, row), doer, AuditActions.Changed(entity.Name), new AuditSubject(entity.Name, id),
                Json(entity, old, changed), Json(entity, row, changed)));
        }

        return new RegistryOutcome.Done(row);
    }

    public static Task<RegistryRow?> LockAsync(
        DatabaseSession transaction, RegistryEntity entity, Guid id, OrganizationId? organization, CancellationToken cancellationToken) =>
        transaction.FirstAsync(
            RegistryStatements.Find(entity, id, organization?.Value, isLocked: true), reader => RegistryStatements.Read(entity, reader), cancellationToken);

    public static async Task<RegistryRow> ReadAsync(DatabaseSession transaction, RegistryEntity entity, Guid id, CancellationToken cancellationToken) =>
        (await transaction.FirstAsync(
            RegistryStatements.Find(entity, id, null), reader => RegistryStatements.Read(entity, reader), cancellationToken))!;

    public static object? Value(RegistryEntity entity, RegistryRow row, RegistryField field) => row.Values[entity.IndexOf(field.Name)];

    public static bool IsArchived(RegistryEntity entity, RegistryRow row) => Value(entity, row, entity.Find("archived_at")!) is not null;

    /// <summary>Whose audit tells of it: an organization is its own.</summary>
    public static OrganizationId? OrganizationOf(RegistryEntity entity, RegistryRow row) =>
        entity.Name == Entities.Organization.Name ? new OrganizationId(row.Id)
        : entity.Find("organization") is { } field && Value(entity, row, field) is Guid organization ? new OrganizationId(organization)
        : null;

    public static string Json(RegistryEntity entity, RegistryRow row, IEnumerable<RegistryField> fields) =>
        AuditValues.Of(fields.ToDictionary(field => field.Name, field => Value(entity, row, field), StringComparer.Ordinal));

    private static bool IsSame(object? a, object? b) => a is string[] left && b is string[] right ? left.SequenceEqual(right) : Equals(a, b);

    private static async Task<RegistryOutcome?> FindUnknownReferenceAsync(
        DatabaseSession transaction, RegistryEntity entity, IReadOnlyDictionary<string, object?> values, OrganizationId? organization,
        CancellationToken cancellationToken)
    {
        foreach (RegistryField field in entity.Own)
        {
            if (field.Reference is not { } name || !values.TryGetValue(field.Name, out object? value) || value is not Guid id) continue;
            bool isThere = await transaction.ScalarAsync<bool>(
                RegistryStatements.CanRefer(Entities.Get(name), id, organization?.Value), cancellationToken);
            if (!isThere) return new RegistryOutcome.UnknownReference(field.Name);
        }

        return null;
    }
}
