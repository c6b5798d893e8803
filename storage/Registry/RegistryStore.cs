using Npgsql;
using StepCloud.Contracts.Audit;
using StepCloud.Contracts.Ids;

namespace StepCloud.Storage.Registry;

/// <summary>Reads and changes the things of the registry. Every change stands in the audit, in the same transaction.</summary>
/// <remarks>Where an organization is given, what is not of it is not found.</remarks>
public sealed class RegistryStore(StepCloudDatabase database, TimeProvider clock)
{
    public async Task<IReadOnlyList<RegistryRow>> ListAsync(
        RegistryEntity entity, RegistryFilter filter, int countMax, CancellationToken cancellationToken) => await database.ListAsync(
        RegistryStatements.List(entity, filter, countMax), reader => RegistryStatements.Read(entity, reader), cancellationToken);

    public Task<long> CountAsync(RegistryEntity entity, RegistryFilter filter, CancellationToken cancellationToken) =>
        database.ScalarAsync<long>(RegistryStatements.Count(entity, filter), cancellationToken);

    public Task<RegistryRow?> FindAsync(RegistryEntity entity, Guid id, OrganizationId? organization, CancellationToken cancellationToken) =>
        database.FirstAsync(
            RegistryStatements.Find(entity, id, organization?.Value), reader => RegistryStatements.Read(entity, reader), cancellationToken);

    /// <param name="values">By field; they were checked against the entity's rules.</param>
    /// <param name="id">Null lets the server make one.</param>
    public Task<RegistryOutcome> CreateAsync(
        RegistryEntity entity, Guid? id, IReadOnlyDictionary<string, object?> values, OrganizationId? organization, AuditDoer doer,
        CancellationToken cancellationToken) => InTransactionAsync(
        entity, doer,
        transaction => RegistryWrites.CreateAsync(
            transaction, entity, id ?? Guid.CreateVersion7(clock.GetUtcNow()), values, organization, doer, clock.GetUtcNow(), cancellationToken),
        cancellationToken);

    /// <param name="version">Which one the caller has seen; null for whatever stands there.</param>
    /// <param name="values">Of the fields that change alone.</param>
    public Task<RegistryOutcome> PatchAsync(
        RegistryEntity entity, Guid id, long? version, IReadOnlyDictionary<string, object?> values, OrganizationId? organization, AuditDoer doer,
        CancellationToken cancellationToken) => InTransactionAsync(
        entity, doer,
        transaction => RegistryWrites.PatchAsync(transaction, entity, id, version, values, organization, doer, clock.GetUtcNow(), cancellationToken),
        cancellationToken);

    public Task<RegistryOutcome> ArchiveAsync(
        RegistryEntity entity, Guid id, long? version, string reason, OrganizationId? organization, AuditDoer doer,
        CancellationToken cancellationToken) => InTransactionAsync(
        entity, doer,
        transaction => RegistryArchive.ArchiveAsync(transaction, entity, id, version, reason, organization, doer, clock.GetUtcNow(), cancellationToken),
        cancellationToken);

    public Task<RegistryOutcome> RestoreAsync(
        RegistryEntity entity, Guid id, long? version, OrganizationId? organization, AuditDoer doer, CancellationToken cancellationToken) =>
        InTransactionAsync(
            entity, doer,
            transaction => RegistryArchive.RestoreAsync(transaction, entity, id, version, organization, doer, clock.GetUtcNow(), cancellationToken),
            cancellationToken);

    private async Task<RegistryOutcome> InTransactionAsync(
        RegistryEntity entity, AuditDoer doer, Func<DatabaseSession, Task<RegistryOutcome>> work, CancellationToken cancellationToken)
    {
        try
        {
            return await database.InTransactionAsync(doer, work, cancellationToken);
        }
        catch (StorageException e) when (e.InnerException is PostgresException { SqlState: PostgresErrorCodes.UniqueViolation } violation
            && violation.ConstraintName is { } constraint && entity.Unique.TryGetValue(constraint, out string? field))
        {
            return new RegistryOutcome.Taken(field);
        }
    }
}
