using Npgsql;
using StepCloud.Actors.Alarms;
using StepCloud.Contracts.Ids;
using StepCloud.Contracts.Steps;

namespace StepCloud.Storage.Alarms;

/// <summary>Holds committed steps against the rules, site by site, each step once.</summary>
/// <remarks>
/// The alarms that a batch of steps raises and clears, and how far the site was looked at, are one transaction: whenever the process dies, a step was
/// looked at with all that follows from it, or it was not and will be.
/// </remarks>
public sealed class StepAlarms(StepCloudDatabase database, TimeProvider clock)
{
    /// <summary>Steps of one transaction: so short that nobody who acknowledges an alarm waits for it.</summary>
    internal const int StepsMax = 100;

    private static readonly AlarmSubject[] Subjects = [AlarmSubject.Series, AlarmSubject.Setting, AlarmSubject.Outcome];

    /// <summary>The sites that have steps which were not looked at, of organizations with rules in use.</summary>
    public Task<List<SiteId>> ListDueAsync(CancellationToken cancellationToken) => database.ListAsync(
        // A site that was made after the rules has no cursor yet, and nothing that was received before them.
        new Sql(
            """
            SELECT s.id FROM site AS s LEFT JOIN alarm_cursor AS c ON c.site_id = s.id
            WHERE EXISTS (SELECT FROM alarm_rule WHERE organization_id = s.organization_id AND active_since IS NOT NULL)
                AND EXISTS (SELECT FROM step_event AS e WHERE e.site_id = s.id AND e.position > coalesce(c.step_position, 0))
            """),
        row => new SiteId(row.GetGuid(0)), cancellationToken);

    /// <summary>Looks at the next steps of a site.</summary>
    /// <returns>False when there were none left after these.</returns>
    public Task<bool> LookAsync(SiteId site, CancellationToken cancellationToken) => database.InTransactionAsync(
        async transaction =>
        {
            await transaction.ExecuteAsync(
                new Sql("INSERT INTO alarm_cursor (site_id, organization_id, step_position) SELECT id, organization_id, 0 FROM site WHERE id = $1 ON CONFLICT DO NOTHING", site.Value),
                cancellationToken);
            // Held to the end: whoever looks at the same site waits, and goes on behind.
            List<(Guid Organization, long Position)> cursor = await transaction.ListAsync(
                new Sql("SELECT organization_id, step_position FROM alarm_cursor WHERE site_id = $1 FOR UPDATE", site.Value),
                row => (row.GetGuid(0), row.GetInt64(1)), cancellationToken);
            if (cursor is not [var (organization, position)]) return false;
            List<ActiveRule> rules = await AlarmRules.ListAsync(transaction, organization, Subjects, cancellationToken);
            List<WatchedStep> steps = await ReadAsync(transaction, site, position, rules, cancellationToken);
            if (steps.Count == 0) return false;
            if (rules.Count > 0) await JudgeAsync(transaction, new OrganizationId(organization), site, rules, steps, cancellationToken);
            await transaction.ExecuteAsync(
                new Sql("UPDATE alarm_cursor SET step_position = $2 WHERE site_id = $1", site.Value, steps[^1].Position), cancellationToken);
            return steps.Count == StepsMax;
        },
        cancellationToken);

    private async Task JudgeAsync(
        DatabaseSession transaction, OrganizationId organization, SiteId site, List<ActiveRule> rules, List<WatchedStep> steps, CancellationToken cancellationToken)
    {
        Dictionary<Guid, Guid> models = (await transaction.ListAsync(
            new Sql("SELECT id, model_id FROM device WHERE id = ANY ($1) AND archived_at IS NULL", steps.Select(step => step.Device.Value).Distinct().ToArray()),
            row => KeyValuePair.Create(row.GetGuid(0), row.GetGuid(1)), cancellationToken)).ToDictionary();
        await ReadSeriesAsync(transaction, rules, steps, cancellationToken);
        OpenAlarms open = new(transaction, organization, clock.GetUtcNow());
        await open.LoadAsync(steps.Select(step => WatchedThing.Of(step.Device)), cancellationToken);
        foreach (WatchedStep step in steps)
        {
            if (!models.TryGetValue(step.Device.Value, out Guid model)) continue;
            AlarmSource source = new(site, WatchedThing.Of(step.Device), AlarmWords.ByStep, step.Id, step.IsLate);
            foreach (ActiveRule rule in rules)
            {
                if (!rule.IsFor(step.Device.Value, model) || step.Received < rule.ActiveSince) continue;
                bool isOpen = !step.IsLate && open.IsOpen(rule.Id, source.Of);
                if (await step.JudgeAsync(rule.Condition, isOpen, series => series.ReadAsync(transaction, cancellationToken)) is { } verdict)
                    await open.ApplyAsync(rule, source, verdict, cancellationToken);
            }
        }
    }

    private static Task<List<WatchedStep>> ReadAsync(
        DatabaseSession transaction, SiteId site, long position, List<ActiveRule> rules, CancellationToken cancellationToken)
    {
        string settings = rules.Exists(rule => rule.Condition.Subject == AlarmSubject.Setting) ? "e.settings::text" : "NULL";
        return transaction.ListAsync(
            new Sql(
                $"""
                SELECT e.id, e.position, e.device_id, e.started, e.ended, e.received, {settings}, e.outcome,
                    EXISTS (SELECT FROM step_event AS n WHERE n.device_id = e.device_id AND n.id > e.id AND n.position < e.position)
                FROM step_event AS e WHERE e.site_id = $1 AND e.position > $2 ORDER BY e.position LIMIT {StepsMax}
                """,
                site.Value, position),
            row => new WatchedStep(
                new StepId(row.GetGuid(0)), row.GetInt64(1), new DeviceId(row.GetGuid(2)), row.GetFieldValue<DateTimeOffset>(3), row.GetFieldValue<DateTimeOffset>(4),
                row.GetFieldValue<DateTimeOffset>(5), row.IsDBNull(6) ? null : row.GetString(6), row.IsDBNull(7) ? null : (StepResult)row.GetInt16(7), row.GetBoolean(8)),
            cancellationToken);
    }

    private static async Task ReadSeriesAsync(
        DatabaseSession transaction, List<ActiveRule> rules, List<WatchedStep> steps, CancellationToken cancellationToken)
    {
        string[] names = [.. rules.Select(rule => rule.Condition.Series).OfType<string>().Distinct(StringComparer.Ordinal)];
        if (names.Length == 0) return;
        Dictionary<Guid, WatchedStep> byId = steps.ToDictionary(step => step.Id.Value);
        await transaction.ForEachAsync(
            new Sql(
                """
                SELECT step_id, ordinal, name, unit, kind, sample_count, first_time_us, first_value, last_time_us, min_value, max_value
                FROM step_series WHERE step_id = ANY ($1) AND name = ANY ($2)
                """,
                byId.Keys.ToArray(), names),
            row => byId[row.GetGuid(0)].Series[row.GetString(2)] = Series(row),
            cancellationToken);
    }

    private static WatchedSeries Series(NpgsqlDataReader row) => new(
        new StepId(row.GetGuid(0)), row.GetInt16(1), row.GetString(3), (SeriesKind)row.GetInt16(4),
        new SeriesExtent(row.GetInt32(5), row.GetInt64(6), row.GetDouble(7), row.GetInt64(8), row.GetDouble(9), row.GetDouble(10)));
}
