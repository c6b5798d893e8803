using System.Globalization;
using StepCloud.Actors.Workflows;
using StepCloud.Contracts.Ids;

namespace StepCloud.Storage.Workflows;

/// <summary>Gathers what a job is judged by.</summary>
internal static class JobFactsReader
{
    public static async Task<JobFacts> ReadAsync(
        DatabaseSession session, OrganizationId organization, JobId job, Blueprint blueprint, IReadOnlyList<JoinedStep> joined, bool isComplete, DateTimeOffset now,
        CancellationToken cancellationToken)
    {
        string[] series = [.. blueprint.Steps.SelectMany(step => step.Series).Select(limit => limit.Name).Distinct(StringComparer.Ordinal)];
        StepId[] counting = [.. joined.Take(JobFacts.StepsMax).Where(step => !step.IsReworked).Select(step => step.Id)];
        Alignment aligned = Alignment.Of(blueprint, await JobSteps.ReadAsync(session, counting, series, cancellationToken));
        List<JobLot> lots = await session.ListAsync(
            new Sql(
                """
                SELECT l.id, l.material, l.lot, l.expires_on FROM job_lot AS j JOIN material_lot AS l ON l.id = j.lot_id
                WHERE j.job_id = $1 AND j.removed_at IS NULL ORDER BY l.material, l.lot, l.id
                """,
                job.Value),
            row => new JobLot(row.GetGuid(0), row.GetString(1), row.GetString(2), row.IsDBNull(3) ? null : row.GetFieldValue<DateOnly>(3)), cancellationToken);
        return new JobFacts(aligned, now)
        {
            IsComplete = isComplete,
            HasMoreSteps = joined.Count > JobFacts.StepsMax,
            Reworks = (await session.ListAsync(
                new Sql("SELECT step_key, count(*)::integer FROM job_deviation WHERE job_id = $1 AND disposition = 'rework' AND step_key IS NOT NULL GROUP BY step_key", job.Value),
                row => KeyValuePair.Create(row.GetString(0), row.GetInt32(1)), cancellationToken)).ToDictionary(StringComparer.Ordinal),
            Lots = lots,
            NotValidated = await NotValidatedAsync(session, organization, blueprint, aligned, lots, cancellationToken),
            Overdue = await OverdueAsync(session, blueprint, aligned, cancellationToken),
        };
    }

    private static async Task<Dictionary<StepId, IReadOnlyList<NotValidated>>> NotValidatedAsync(
        DatabaseSession session, OrganizationId organization, Blueprint blueprint, Alignment aligned, List<JobLot> lots, CancellationToken cancellationToken)
    {
        List<(DoneStep Step, JobLot Lot, string? Firmware, string? Program)> asked = [];
        for (int place = 0; place < blueprint.Steps.Count; place++)
        {
            BlueprintStep expected = blueprint.Steps[place];
            if (!expected.NeedsValidation) continue;
            foreach (DoneStep step in aligned.Met[place])
                asked.AddRange(lots.Where(lot => expected.Materials.Contains(lot.Material)).Select(lot => (step, lot, step.Text(expected.FirmwareAt), step.Text(expected.ProgramAt))));
        }

        if (asked.Count == 0) return [];
        List<(int Index, string Model)> outside = await session.ListAsync(
            new Sql(
                """
                SELECT a.n::integer - 1, m.name
                FROM unnest($2::text[], $3::text[], $4::uuid[], $5::text[], $6::text[], $7::date[]) WITH ORDINALITY AS a (material, lot, model, firmware, program, on_date, n)
                    JOIN device_model AS m ON m.id = a.model
                WHERE combination_is_validated($1, a.material, a.lot, a.model, a.firmware, a.program, a.on_date) IS NULL ORDER BY a.n
                """,
                organization.Value, asked.Select(one => one.Lot.Material).ToArray(), asked.Select(one => one.Lot.Lot).ToArray(), asked.Select(one => one.Step.Model).ToArray(),
                asked.Select(one => one.Firmware).ToArray(), asked.Select(one => one.Program).ToArray(), asked.Select(one => DayOf(one.Step)).ToArray()),
            row => (row.GetInt32(0), row.GetString(1)), cancellationToken);
        return outside
            .Select(one => (asked[one.Index].Step, NotValidated: new NotValidated(asked[one.Index].Lot, Combination(one.Model, asked[one.Index].Firmware, asked[one.Index].Program))))
            .GroupBy(one => one.Step.Id)
            .ToDictionary(group => group.Key, group => (IReadOnlyList<NotValidated>)[.. group.Select(one => one.NotValidated)]);
    }

    private static string Combination(string model, string? firmware, string? program) =>
        string.Create(CultureInfo.InvariantCulture, $"{model}, {(firmware is null ? "firmware not told" : "firmware " + firmware)}, {(program is null ? "program not told" : "program " + program)}");

    private static async Task<Dictionary<StepId, IReadOnlyList<OverduePlan>>> OverdueAsync(
        DatabaseSession session, Blueprint blueprint, Alignment aligned, CancellationToken cancellationToken)
    {
        DoneStep[] steps = [.. aligned.Met.Take(blueprint.Steps.Count).SelectMany(met => met)];
        if (steps.Length == 0) return [];
        return (await session.ListAsync(
            new Sql(
                """
                SELECT s.id, o.name, o.due_on
                FROM unnest($1::uuid[], $2::uuid[], $3::date[]) AS s (id, device, on_date) CROSS JOIN LATERAL maintenance_overdue(s.device, s.on_date) AS o
                ORDER BY s.id, o.plan_id
                """,
                steps.Select(step => step.Id.Value).ToArray(), steps.Select(step => step.Device.Value).ToArray(), steps.Select(DayOf).ToArray()),
            row => (Step: new StepId(row.GetGuid(0)), Plan: new OverduePlan(row.GetString(1), row.GetFieldValue<DateOnly>(2))), cancellationToken))
            .GroupBy(one => one.Step).ToDictionary(group => group.Key, group => (IReadOnlyList<OverduePlan>)[.. group.Select(one => one.Plan)]);
    }

    private static DateOnly DayOf(DoneStep step) => DateOnly.FromDateTime(step.Started.UtcDateTime);
}
