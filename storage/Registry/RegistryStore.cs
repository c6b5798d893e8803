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

    /// <summary>The nodes of the database's plan for that list, the outermost first, each with what it reads.</summary>
    public async Task<IReadOnlyList<string>> ExplainAsync(
        RegistryEntity entity, RegistryFilter filter, int countMax, CancellationToken cancellationToken)
    {
        Sql list = RegistryStatements.List(entity, filter, countMax);
        return await database.ListAsync(list.Explained(), reader => reader.GetString(0).Trim(), cancellationToken);
    }

    public Task<long> CountAsync(RegistryEntity entity, RegistryFilter filter, CancellationToken cancellationToken) =>
        database.ScalarAsync<long>(RegistryStatements.Count(entity, filter), cancellationToken);

    public Task<RegistryRow?> FindAsync(RegistryEntity entity, Guid id, OrganizationId? organization, CancellationToken cancellationToken) =>
        database.FirstAsync(
            RegistryStatements.Find(entity, id, organization?.Value), reader => RegistryStatements.Read(entity, reader), cancellationToken);

    /// <summary>Those of the ids that there are, in the archive or not.</summary>
    public async Task<IReadOnlyList<RegistryRow>> FindAllAsync(RegistryEntity entity, IReadOnlyList<Guid> ids, CancellationToken cancellationToken)
    {
        if (ids.Count == 0) return [];
        RegistryFilter filter = new() { Archived = ArchivedFilter.Any, Equal = [(entity.Find("id")!, [.. ids.Select(id => (object)id)])] };
        return await ListAsync(entity, filter, ids.Count, cancellationToken);
    }

    /// <param name="values">By field; they were checked against the entity's rules.</param>
    /// <param name="id">Null lets the server make one.</param>
    /// <param name="answer">Of a request with a key.</param>
    public Task<RegistryOutcome> CreateAsync(
        RegistryEntity entity, Guid? id, IReadOnlyDictionary<string, object?> values, OrganizationId? organization, AuditDoer doer,
        AnswerInTransaction<RegistryOutcome>? answer, CancellationToken cancellationToken) => InTransactionAsync(
        entity, doer, answer,
        transaction => WriteAsync(
            transaction,
            (now, entries) => RegistryWrites.CreateAsync(
                transaction, entity, id ?? Guid.CreateVersion7(now), values, organization, doer, now, entries, cancellationToken),
            cancellationToken),
        cancellationToken);

    /// <param name="version">Which one the caller has seen; null for whatever stands there.</param>
    /// <param name="values">Of the fields that change alone.</param>
    public Task<RegistryOutcome> PatchAsync(
        RegistryEntity entity, Guid id, long? version, IReadOnlyDictionary<string, object?> values, OrganizationId? organization, AuditDoer doer,
        CancellationToken cancellationToken) => InTransactionAsync(
        entity, doer, answer: null,
        transaction => WriteAsync(
            transaction,
            (now, entries) => RegistryWrites.PatchAsync(transaction, entity, id, version, values, organization, doer, now, entries, cancellationToken),
            cancellationToken),
        cancellationToken);

    public Task<RegistryOutcome> ArchiveAsync(
        RegistryEntity entity, Guid id, long? version, string reason, OrganizationId? organization, AuditDoer doer,
        AnswerInTransaction<RegistryOutcome>? answer, CancellationToken cancellationToken) => InTransactionAsync(
        entity, doer, answer,
        transaction => RegistryArchive.ArchiveAsync(transaction, entity, id, version, reason, organization, doer, clock.GetUtcNow(), cancellationToken),
        cancellationToken);

    public Task<RegistryOutcome> RestoreAsync(
        RegistryEntity entity, Guid id, long? version, OrganizationId? organization, AuditDoer doer, AnswerInTransaction<RegistryOutcome>? answer,
        CancellationToken cancellationToken) =>
        InTransactionAsync(
            entity, doer, answer,
            transaction => RegistryArchive.RestoreAsync(transaction, entity, id, version, organization, doer, clock.GetUtcNow(), cancellationToken),
            cancellationToken);

    private async Task<RegistryOutcome> WriteAsync(
        DatabaseSession transaction, Func<DateTimeOffset, List<NewAuditEntry>, Task<RegistryOutcome>> write, CancellationToken cancellationToken)
    {
        DateTimeOffset now = clock.GetUtcNow();
        List<NewAuditEntry> entries = [];
        RegistryOutcome outcome = await write(now, entries);
        await AuditTrail.AppendAsync(transaction, now, entries, cancellationToken);
        return outcome;
    }

    private async Task<RegistryOutcome> InTransactionAsync(
        RegistryEntity entity, AuditDoer doer, AnswerInTransaction<RegistryOutcome>? answer, Func<DatabaseSession, Task<RegistryOutcome>> work,
        CancellationToken cancellationToken)
    {
        try
        {
            return await database.InTransactionAsync(
                doer,
                async transaction =>
                {
                    RegistryOutcome outcome = await work(transaction);
                    if (answer is not null && outcome is RegistryOutcome.Done) await answer.KeepAsync(transaction, outcome, cancellationToken);
                    return outcome;
                },
                cancellationToken);
        }
        catch (StorageException e) when (e.InnerException is PostgresException { SqlState: PostgresErrorCodes.UniqueViolation } violation
            && violation.ConstraintName is { } constraint && entity.Unique.TryGetValue(constraint, out string? field))
        {
            return new RegistryOutcome.Taken(field);
        }
    }
}
