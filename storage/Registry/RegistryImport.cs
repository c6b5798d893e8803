using Npgsql;
using StepCloud.Contracts.Audit;
using StepCloud.Contracts.Registry;

namespace StepCloud.Storage.Registry;

/// <summary>Many creations and changes of one entity in one transaction: all of them stand, or none.</summary>
public sealed class RegistryImport(StepCloudDatabase database, TimeProvider clock)
{
    /// <param name="isDry">True: nothing stays of it, and what would become of each line is told.</param>
    /// <param name="answer">Of a request with a key.</param>
    /// <returns>What became of each line, in their order. With one that is no <see cref="RegistryOutcome.Done"/>, nothing stays either.</returns>
    public Task<IReadOnlyList<RegistryOutcome>> RunAsync(
        RegistryEntity entity, IReadOnlyList<ImportLine> lines, bool isDry, AuditDoer doer, AnswerInTransaction<IReadOnlyList<RegistryOutcome>>? answer,
        CancellationToken cancellationToken) => database.InTransactionAsync(
        doer,
        async transaction =>
        {
            DateTimeOffset now = clock.GetUtcNow();
            List<NewAuditEntry> entries = [];
            List<RegistryOutcome> outcomes = new(lines.Count);
            await transaction.ExecuteAsync(new Sql("SAVEPOINT import"), cancellationToken);
            foreach (ImportLine line in lines) outcomes.Add(await RunAsync(transaction, entity, line, doer, now, entries, cancellationToken));
            if (isDry || outcomes.Exists(outcome => outcome is not RegistryOutcome.Done))
            {
                await transaction.ExecuteAsync(new Sql("ROLLBACK TO SAVEPOINT import"), cancellationToken);
            }
            else
            {
                await AuditTrail.AppendAsync(transaction, now, entries, cancellationToken);
                if (answer is not null) await answer.KeepAsync(transaction, outcomes, cancellationToken);
            }

            return (IReadOnlyList<RegistryOutcome>)outcomes;
        },
        cancellationToken);

    /// <summary>Behind a savepoint, so that a line that fails does not keep the next ones from being tried.</summary>
    private static async Task<RegistryOutcome> RunAsync(
        DatabaseSession transaction, RegistryEntity entity, ImportLine line, AuditDoer doer, DateTimeOffset now, List<NewAuditEntry> entries,
        CancellationToken cancellationToken)
    {
        await transaction.ExecuteAsync(new Sql("SAVEPOINT line"), cancellationToken);
        RegistryOutcome outcome;
        try
        {
            outcome = line is { Version: { } version, Id: { } id }
                ? await RegistryWrites.PatchAsync(transaction, entity, id, version, line.Values, null, doer, now, entries, cancellationToken)
                : await RegistryWrites.CreateAsync(
                    transaction, entity, line.Id ?? Guid.CreateVersion7(now), line.Values, null, doer, now, entries, cancellationToken);
        }
        catch (QuotaReachedException e)
        {
            outcome = new RegistryOutcome.NoRoom(e.Quota);
        }
        catch (PostgresException e) when (e is { SqlState: PostgresErrorCodes.UniqueViolation, ConstraintName: { } constraint }
            && entity.Unique.TryGetValue(constraint, out string? field))
        {
            outcome = new RegistryOutcome.Taken(field);
        }

        await transaction.ExecuteAsync(
            new Sql(outcome is RegistryOutcome.Done ? "RELEASE SAVEPOINT line" : "ROLLBACK TO SAVEPOINT line"), cancellationToken);
        return outcome;
    }
}

/// <summary>One thing that is to be made or changed.</summary>
/// <param name="Id">Null lets the server make one.</param>
/// <param name="Version">Of what is changed, as it was read; null for what is to be made.</param>
/// <param name="Values">By field; they were checked against the entity's rules.</param>
public sealed record ImportLine(Guid? Id, long? Version, IReadOnlyDictionary<string, object?> Values);
