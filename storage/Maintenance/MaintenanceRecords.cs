using Npgsql;
using StepCloud.Actors.Ports;
using StepCloud.Contracts.Audit;
using StepCloud.Contracts.Ids;
using StepCloud.Storage.Registry;

namespace StepCloud.Storage.Maintenance;

/// <summary>What was done of maintenance plans. Written once, and neither changed nor deleted.</summary>
public sealed class MaintenanceRecords(StepCloudDatabase database, TimeProvider clock)
{
    public const string Passed = "passed";
    public const string Failed = "failed";

    public static readonly string[] Results = [Passed, Failed];

    private const string Columns = "SELECT id, plan_id, performed_on, result, reference, note, recorded_at, recorded_by FROM maintenance_record";

    /// <summary>The newest first, in the order in which they were recorded.</summary>
    /// <returns>Null when the organization has no such plan.</returns>
    public async Task<List<MaintenanceRecord>?> ListAsync(
        OrganizationId organization, MaintenancePlanId plan, MaintenanceRecordId? before, int countMax, CancellationToken cancellationToken)
    {
        Sql find = RegistryStatements.Find(Entities.MaintenancePlan, plan.Value, organization.Value);
        if (await database.FirstAsync(find, row => RegistryStatements.Read(Entities.MaintenancePlan, row), cancellationToken) is null) return null;
        return await database.ListAsync(
            new Sql(
                $"{Columns} WHERE plan_id = $1 AND ($2::uuid IS NULL OR id < $2) ORDER BY id DESC LIMIT $3",
                plan.Value, before?.Value, countMax),
            Read, cancellationToken);
    }

    /// <summary>Says that a plan's work was done. When it passed, and nothing newer did, the plan's due date moves.</summary>
    /// <param name="answer">Of a request with a key.</param>
    public Task<MaintenanceOutcome> AddAsync(
        OrganizationId organization, MaintenancePlanId plan, NewMaintenanceRecord added, AuditDoer doer, AnswerInTransaction<MaintenanceOutcome>? answer,
        CancellationToken cancellationToken) => database.InTransactionAsync<MaintenanceOutcome>(
        doer,
        async transaction =>
        {
            RegistryEntity entity = Entities.MaintenancePlan;
            // Held, so that two records have an order, and none comes behind the archiving.
            RegistryRow? old = await RegistryWrites.LockAsync(transaction, entity, plan.Value, organization, cancellationToken);
            if (old is null) return MaintenanceOutcome.NotFound.Instance;
            if (RegistryWrites.IsArchived(entity, old)) return MaintenanceOutcome.IsArchived.Instance;

            DateTimeOffset now = clock.GetUtcNow();
            MaintenanceRecord record = new(
                MaintenanceRecordId.New(clock), plan, added.PerformedOn, added.Result, added.Reference, added.Note, now, AuditDoerKinds.TextOf(doer));
            await transaction.ExecuteAsync(
                new Sql(
                    """
                    INSERT INTO maintenance_record (id, organization_id, plan_id, performed_on, result, reference, note, recorded_at, recorded_by)
                    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
                    """,
                    record.Id.Value, organization.Value, plan.Value, record.PerformedOn, record.Result, record.Reference, record.Note, now, record.RecordedBy),
                cancellationToken);
            int moved = record.Result != Passed ? 0 : await transaction.ExecuteAsync(
                new Sql(
                    "UPDATE maintenance_plan SET last_performed_on = $2, updated_at = $3 WHERE id = $1 AND (last_performed_on IS NULL OR last_performed_on < $2)",
                    plan.Value, record.PerformedOn, now),
                cancellationToken);
            RegistryRow row = moved == 0 ? old : await RegistryWrites.ReadAsync(transaction, entity, plan.Value, cancellationToken);
            await AuditTrail.AppendAsync(
                transaction, now,
                new NewAuditEntry(
                    organization, doer, AuditActions.MaintenancePerformed, new AuditSubject(AuditSubject.MaintenancePlan, plan.Value),
                    moved == 0 ? null : AuditValues.Of(new { DueOn = DueOn(entity, old) }),
                    AuditValues.Of(new { Record = record.Id, record.PerformedOn, record.Result, record.Reference, record.Note, DueOn = DueOn(entity, row) })),
                cancellationToken);
            MaintenanceOutcome.Recorded outcome = new(record);
            if (answer is not null) await answer.KeepAsync(transaction, outcome, cancellationToken);
            return outcome;
        },
        cancellationToken);

    private static DateOnly DueOn(RegistryEntity entity, RegistryRow row) => (DateOnly)row.Values[entity.IndexOf("due_on")]!;

    private static MaintenanceRecord Read(NpgsqlDataReader row) => new(
        new MaintenanceRecordId(row.GetGuid(0)), new MaintenancePlanId(row.GetGuid(1)), row.GetFieldValue<DateOnly>(2), row.GetString(3),
        row.IsDBNull(4) ? null : row.GetString(4), row.IsDBNull(5) ? null : row.GetString(5), row.GetFieldValue<DateTimeOffset>(6), row.GetString(7));
}

/// <param name="Result">One of <see cref="MaintenanceRecords.Results"/>.</param>
/// <param name="Reference">The certificate, or the report.</param>
public sealed record NewMaintenanceRecord(DateOnly PerformedOn, string Result, string? Reference, string? Note);

/// <param name="RecordedAt">By the server's clock.</param>
/// <param name="RecordedBy">Such as `user:ID`.</param>
public sealed record MaintenanceRecord(
    MaintenanceRecordId Id, MaintenancePlanId Plan, DateOnly PerformedOn, string Result, string? Reference, string? Note, DateTimeOffset RecordedAt, string RecordedBy);

/// <summary>What became of a record.</summary>
public abstract record MaintenanceOutcome
{
    private MaintenanceOutcome()
    {
    }

    public sealed record Recorded(MaintenanceRecord Record) : MaintenanceOutcome;

    /// <summary>The organization has no such plan.</summary>
    public sealed record NotFound : MaintenanceOutcome
    {
        public static readonly NotFound Instance = new();
    }

    /// <summary>The plan must be restored first.</summary>
    public sealed record IsArchived : MaintenanceOutcome
    {
        public static readonly IsArchived Instance = new();
    }
}
