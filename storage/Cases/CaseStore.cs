using Npgsql;
using StepCloud.Actors.Ports;
using StepCloud.Contracts.Audit;
using StepCloud.Contracts.Ids;
using StepCloud.Storage.Keys;
using StepCloud.Storage.SignInCodes;
using StepCloud.Storage.Workflows;

namespace StepCloud.Storage.Cases;

/// <summary>Makes, changes and erases cases. The audit's entries say which fields, and never what stands in them: it can forget nothing.</summary>
public sealed class CaseStore(StepCloudDatabase database, KeyRing keys, TimeProvider clock)
{
    public const int ReferenceCharsMax = 64;
    public const int NameCharsMax = 200;

    public static readonly string[] EraseReasons = ["requested", "no_longer_needed", "mistake"];

    /// <returns>The new case's id. Refused: its reference is another's, or not in the organization's format.</returns>
    public Task<WorkflowOutcome<CaseId>> CreateAsync(
        OrganizationId organization, CaseFields fields, AuditDoer doer, AnswerInTransaction<WorkflowOutcome<CaseId>>? answer, CancellationToken cancellationToken) => RunAsync(
        doer, answer,
        async transaction =>
        {
            DateTimeOffset now = clock.GetUtcNow();
            fields = await CheckedAsync(transaction, organization, fields, cancellationToken);
            CaseId id = CaseId.New(clock);
            using SecretKey lookUps = await keys.FindOrMakeAsync(transaction, KeyName.OfLookUps(organization), cancellationToken);
            using SecretKey key = await keys.MakeAsync(transaction, KeyName.OfCase(organization, id), cancellationToken);
            SealedCase kept = SealedCase.Of(id, fields, key);
            await transaction.ExecuteAsync(
                new Sql(
                    """
                    INSERT INTO case_file (id, organization_id, reference_sealed, name_sealed, birth_date_sealed, reference_hash, person_hash, created_at, created_by, updated_at, updated_by)
                    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $8, $9)
                    """,
                    id.Value, organization.Value, kept.Reference, kept.Name, kept.BirthDate, SealedCase.ReferenceHash(lookUps, fields.Reference),
                    SealedCase.PersonHash(lookUps, fields.Name, fields.BirthDate), now, AuditDoerKinds.TextOf(doer)),
                cancellationToken);
            await AuditTrail.AppendAsync(
                transaction, now, Entry(organization, id, doer, AuditActions.Created(AuditSubject.Case), AuditValues.Of(new { Fields = NamesOf(fields) })), cancellationToken);
            return id;
        },
        cancellationToken);

    /// <summary>Puts all fields in the place of those that there are.</summary>
    /// <param name="version">As it was read; null for whatever stands there.</param>
    public Task<WorkflowOutcome<CaseView>> ReplaceAsync(
        OrganizationId organization, CaseId id, long? version, CaseFields fields, AuditDoer doer, CancellationToken cancellationToken) => RunAsync(
        doer, null,
        async transaction =>
        {
            DateTimeOffset now = clock.GetUtcNow();
            CaseView old = await LockAsync(transaction, organization, id, cancellationToken);
            if (old.ErasedAt is not null) throw Erased();
            if (version is not null && old.Version != version) throw new WorkflowRefusedException(new WorkflowRefusal.Stale(old.Version));
            fields = await CheckedAsync(transaction, organization, fields, cancellationToken);
            string[] changed = ChangesOf(old, fields);
            if (changed.Length == 0) return old;
            using SecretKey? key = await keys.FindAsync(transaction, KeyName.OfCase(organization, id), cancellationToken);
            if (key is null) throw Erased();
            using SecretKey lookUps = await keys.FindOrMakeAsync(transaction, KeyName.OfLookUps(organization), cancellationToken);
            SealedCase kept = SealedCase.Of(id, fields, key);
            await transaction.ExecuteAsync(
                new Sql(
                    """
                    UPDATE case_file SET reference_sealed = $2, name_sealed = $3, birth_date_sealed = $4, reference_hash = $5, person_hash = $6,
                        updated_at = $7, updated_by = $8, version = version + 1
                    WHERE id = $1
                    """,
                    id.Value, kept.Reference, kept.Name, kept.BirthDate, SealedCase.ReferenceHash(lookUps, fields.Reference),
                    SealedCase.PersonHash(lookUps, fields.Name, fields.BirthDate), now, AuditDoerKinds.TextOf(doer)),
                cancellationToken);
            CaseView view = (await CaseReads.FindAsync(transaction, keys, organization, id, cancellationToken))!;
            await AuditTrail.AppendAsync(
                transaction, now, Entry(organization, id, doer, AuditActions.Changed(AuditSubject.Case), AuditValues.Of(new { Fields = changed })), cancellationToken);
            return view;
        },
        cancellationToken);

    /// <summary>Destroys the case's key, with all that are wrapped by it, and whatever it is found by. Its jobs, their steps, its consents' times and purposes stay.</summary>
    /// <param name="reason">One of <see cref="EraseReasons"/>.</param>
    public Task<WorkflowOutcome<CaseView>> EraseAsync(
        OrganizationId organization, CaseId id, string reason, AuditDoer doer, AnswerInTransaction<WorkflowOutcome<CaseView>>? answer, CancellationToken cancellationToken) => RunAsync(
        doer, answer,
        async transaction =>
        {
            DateTimeOffset now = clock.GetUtcNow();
            CaseView old = await LockAsync(transaction, organization, id, cancellationToken);
            if (old.ErasedAt is not null) return old;
            await KeyRing.DestroyAsync(transaction, KeyName.OfCase(organization, id), cancellationToken);
            await transaction.ExecuteAsync(
                new Sql(
                    """
                    UPDATE case_file SET reference_sealed = NULL, name_sealed = NULL, birth_date_sealed = NULL, reference_hash = NULL, person_hash = NULL,
                        updated_at = $2, updated_by = $3, version = version + 1, erased_at = $2, erased_by = $3, erase_reason = $4
                    WHERE id = $1
                    """,
                    id.Value, now, AuditDoerKinds.TextOf(doer), reason),
                cancellationToken);
            CaseView view = (await CaseReads.FindAsync(transaction, keys, organization, id, cancellationToken))!;
            List<NewAuditEntry> closed = await SignInCodeStore.CloseCaseAsync(transaction, organization, id, doer, now, cancellationToken);
            await AuditTrail.AppendAsync(
                transaction, now, [Entry(organization, id, doer, AuditActions.CaseErased, AuditValues.Of(new { Reason = reason })), .. closed], cancellationToken);
            return view;
        },
        cancellationToken);

    internal static NewAuditEntry Entry(OrganizationId organization, CaseId id, AuditDoer doer, string action, string values) =>
        new(organization, doer, action, new AuditSubject(AuditSubject.Case, id.Value), New: values);

    internal static WorkflowRefusedException Erased() => JobTransactions.Refused("case_erased", "Nothing is known of it any more, and nothing can be added.");

    /// <summary>The case, which nobody else changes or erases until the transaction ends.</summary>
    private async Task<CaseView> LockAsync(DatabaseSession transaction, OrganizationId organization, CaseId id, CancellationToken cancellationToken)
    {
        await transaction.ExecuteAsync(new Sql("SELECT FROM case_file WHERE id = $1 AND organization_id = $2 FOR UPDATE", id.Value, organization.Value), cancellationToken);
        return await CaseReads.FindAsync(transaction, keys, organization, id, cancellationToken) ?? throw JobTransactions.NotFound("case");
    }

    private static async Task<CaseFields> CheckedAsync(DatabaseSession transaction, OrganizationId organization, CaseFields fields, CancellationToken cancellationToken)
    {
        string format = await transaction.ScalarAsync<string>(new Sql("SELECT case_reference FROM organization WHERE id = $1", organization.Value), cancellationToken);
        string tidied = CaseReferences.Tidied(format, fields.Reference);
        return CaseReferences.Fault(format, tidied) is { } fault ? throw JobTransactions.Invalid("/reference", fault) : fields with { Reference = tidied };
    }

    private static string[] NamesOf(CaseFields fields) => ["reference", .. fields.Name is null ? [] : (string[])["name"], .. fields.BirthDate is null ? [] : (string[])["birth_date"]];

    private static string[] ChangesOf(CaseView old, CaseFields now) =>
    [
        .. old.Reference == now.Reference ? [] : (string[])["reference"], .. old.Name == now.Name ? [] : (string[])["name"],
        .. old.BirthDate == now.BirthDate ? [] : (string[])["birth_date"],
    ];

    private async Task<WorkflowOutcome<T>> RunAsync<T>(
        AuditDoer doer, AnswerInTransaction<WorkflowOutcome<T>>? answer, Func<DatabaseSession, Task<T>> work, CancellationToken cancellationToken)
    {
        try
        {
            return await JobTransactions.RunAsync(database, doer, answer, work, cancellationToken);
        }
        catch (StorageException e) when (e.InnerException is PostgresException { SqlState: PostgresErrorCodes.UniqueViolation, ConstraintName: "case_file_reference_key" })
        {
            return new WorkflowOutcome<T>.NotDone(new WorkflowRefusal.Taken("reference"));
        }
    }
}
