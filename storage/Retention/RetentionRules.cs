using StepCloud.Actors.Ports;
using StepCloud.Contracts.Audit;
using StepCloud.Contracts.Ids;
using StepCloud.Contracts.Steps;

namespace StepCloud.Storage.Retention;

/// <summary>How long steps of a kind are kept.</summary>
/// <param name="SeriesMonths">Whole months after the month of a step for which its samples are kept; then only what is known of each series is. Null: for ever.</param>
/// <param name="StepsYears">Whole years after the month of a step for which it is kept at all. Null: for ever.</param>
public sealed record RetentionRule(StepKind Kind, int? SeriesMonths, int? StepsYears)
{
    public const int SeriesMonthsMax = 1200;

    public const int StepsYearsMax = 100;
}

/// <summary>What organizations have said of how long their steps are kept.</summary>
public sealed class RetentionRules(StepCloudDatabase database, TimeProvider clock)
{
    /// <summary>One for each kind of steps.</summary>
    public async Task<IReadOnlyList<RetentionRule>> FindAsync(OrganizationId organization, CancellationToken cancellationToken) =>
        Complete(await database.ListAsync(Select(organization), Read, cancellationToken));

    /// <summary>Puts all the rules of an organization in the place of those before; kinds that are left out are kept for ever.</summary>
    public Task<IReadOnlyList<RetentionRule>> ReplaceAsync(
        OrganizationId organization, IReadOnlyList<RetentionRule> rules, AuditDoer doer, CancellationToken cancellationToken) => database.InTransactionAsync(
        doer,
        async transaction =>
        {
            // Whoever takes something away sees these rules or waits for them, and those who change them take turns.
            await transaction.ExecuteAsync(new Sql("SELECT pg_advisory_xact_lock($1)", AdvisoryLocks.Retention), cancellationToken);
            IReadOnlyList<RetentionRule> old = Complete(await transaction.ListAsync(Select(organization), Read, cancellationToken));
            IReadOnlyList<RetentionRule> replaced = Complete(rules);
            if (old.SequenceEqual(replaced)) return replaced;
            await transaction.ExecuteAsync(new Sql("DELETE FROM retention_rule WHERE organization_id = $1", organization.Value), cancellationToken);
            foreach (RetentionRule rule in replaced.Where(rule => rule is not { SeriesMonths: null, StepsYears: null }))
            {
                await transaction.ExecuteAsync(
                    new Sql(
                        "INSERT INTO retention_rule (organization_id, kind, series_months, steps_years) VALUES ($1, $2, $3, $4)",
                        organization.Value, (short)rule.Kind, rule.SeriesMonths, rule.StepsYears),
                    cancellationToken);
            }

            await AuditTrail.AppendAsync(
                transaction, clock.GetUtcNow(),
                new NewAuditEntry(
                    organization, doer, AuditActions.RetentionChanged, new AuditSubject(AuditSubject.Organization, organization.Value),
                    AuditValues.Of(Told(old)), AuditValues.Of(Told(replaced))),
                cancellationToken);
            return replaced;
        },
        cancellationToken);

    private static Sql Select(OrganizationId organization) =>
        new("SELECT kind, series_months, steps_years FROM retention_rule WHERE organization_id = $1", organization.Value);

    private static RetentionRule Read(Npgsql.NpgsqlDataReader row) => new(
        (StepKind)row.GetInt16(0), row.IsDBNull(1) ? null : row.GetInt32(1), row.IsDBNull(2) ? null : row.GetInt32(2));

    private static IReadOnlyList<RetentionRule> Complete(IReadOnlyList<RetentionRule> rules) =>
        [.. Enum.GetValues<StepKind>().Select(kind => rules.FirstOrDefault(rule => rule.Kind == kind) ?? new RetentionRule(kind, null, null))];

    private static object Told(IEnumerable<RetentionRule> rules) => new
    {
        Rules = rules.Select(rule => new { Kind = WireNames.Of(rule.Kind), rule.SeriesMonths, rule.StepsYears }).ToArray(),
    };
}
