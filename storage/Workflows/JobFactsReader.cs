using System.Globalization;
using StepCloud.Actors.Workflows;
using StepCloud.Contracts.Ids;

namespace StepCloud.Storage.Workflows;

/// <summary>Gathers what jobs are judged by, of many jobs at once.</summary>
internal static class JobFactsReader
{
    public static async Task<Dictionary<JobId, JobFacts>> ReadAsync(
        DatabaseSession session, IReadOnlyList<LockedJob> jobs, IReadOnlyDictionary<JobId, List<JoinedStep>> joined, DateTimeOffset now, CancellationToken cancellationToken)
    {
        Guid[] ids = [.. jobs.Select(job => job.Id.Value)];
        string[] series = [.. jobs.SelectMany(job => job.Blueprint.Steps).SelectMany(step => step.Series).Select(limit => limit.Name).Distinct(StringComparer.Ordinal)];
        StepId[] counting = [.. jobs.SelectMany(job => Counting(joined[job.Id])).Distinct()];
        Dictionary<StepId, DoneStep> done = await JobSteps.ReadAsync(session, counting, series, cancellationToken);
        Dictionary<JobId, Alignment> aligned = jobs.ToDictionary(
            job => job.Id, job => Alignment.Of(job.Blueprint, Counting(joined[job.Id]).Select(step => done.GetValueOrDefault(step)).OfType<DoneStep>()));
        ILookup<Guid, JobLot> lots = (await session.ListAsync(
            new Sql(
                """
                SELECT j.job_id, l.id, l.material, l.lot, l.expires_on FROM job_lot AS j JOIN material_lot AS l ON l.id = j.lot_id
                WHERE j.job_id = ANY ($1) AND j.removed_at IS NULL ORDER BY l.material, l.lot, l.id
                """,
                ids),
            row => (Job: row.GetGuid(0), Lot: new JobLot(row.GetGuid(1), row.GetString(2), row.GetString(3), row.IsDBNull(4) ? null : row.GetFieldValue<DateOnly>(4))),
            cancellationToken)).ToLookup(one => one.Job, one => one.Lot);
        ILookup<Guid, KeyValuePair<string, int>> reworks = (await session.ListAsync(
            new Sql(
                """
                SELECT job_id, step_key, count(*)::integer FROM job_deviation WHERE job_id = ANY ($1) AND disposition = 'rework' AND step_key IS NOT NULL
                GROUP BY job_id, step_key
                """,
                ids),
            row => (Job: row.GetGuid(0), Count: KeyValuePair.Create(row.GetString(1), row.GetInt32(2))), cancellationToken)).ToLookup(one => one.Job, one => one.Count);
        ILookup<JobId, (StepId Step, NotValidated NotValidated)> outside = await NotValidatedAsync(session, jobs, aligned, lots, cancellationToken);
        Dictionary<StepId, IReadOnlyList<OverduePlan>> overdue = await OverdueAsync(session, jobs, aligned, cancellationToken);
        return jobs.ToDictionary(
            job => job.Id,
            job => new JobFacts(aligned[job.Id], now)
            {
                IsComplete = job.IsComplete,
                HasMoreSteps = joined[job.Id].Count > JobFacts.StepsMax,
                Reworks = reworks[job.Id.Value].ToDictionary(StringComparer.Ordinal),
                Lots = [.. lots[job.Id.Value]],
                NotValidated = outside[job.Id].GroupBy(one => one.Step).ToDictionary(group => group.Key, group => (IReadOnlyList<NotValidated>)[.. group.Select(one => one.NotValidated)]),
                Overdue = overdue,
            });
    }

    /// <summary>Those that are to be done again count no more.</summary>
    private static IEnumerable<StepId> Counting(IEnumerable<JoinedStep> joined) => joined.Take(JobFacts.StepsMax).Where(step => !step.IsReworked).Select(step => step.Id);

    private static async Task<ILookup<JobId, (StepId Step, NotValidated NotValidated)>> NotValidatedAsync(
        DatabaseSession session, IReadOnlyList<LockedJob> jobs, Dictionary<JobId, Alignment> aligned, ILookup<Guid, JobLot> lots, CancellationToken cancellationToken)
    {
        List<(LockedJob Job, DoneStep Step, JobLot Lot, string? Firmware, string? Program)> asked = [];
        foreach (LockedJob job in jobs)
        {
            for (int place = 0; place < job.Blueprint.Steps.Count; place++)
            {
                BlueprintStep expected = job.Blueprint.Steps[place];
                if (!expected.NeedsValidation) continue;
                foreach (DoneStep step in aligned[job.Id].Met[place])
                {
                    asked.AddRange(lots[job.Id.Value].Where(lot => expected.Materials.Contains(lot.Material))
                        .Select(lot => (job, step, lot, step.Text(expected.FirmwareAt), step.Text(expected.ProgramAt))));
                }
            }
        }

        List<(int Index, string Model)> outside = asked.Count == 0 ? [] : await session.ListAsync(
            new Sql(
                """
                SELECT a.n::integer - 1, m.name
                FROM unnest($1::uuid[], $2::text[], $3::text[], $4::uuid[], $5::text[], $6::text[], $7::date[]) WITH ORDINALITY
                    AS a (organization, material, lot, model, firmware, program, on_date, n)
                    JOIN device_model AS m ON m.id = a.model
                WHERE combination_is_validated(a.organization, a.material, a.lot, a.model, a.firmware, a.program, a.on_date) IS NULL ORDER BY a.n
                """,
                asked.Select(one => one.Job.Organization.Value).ToArray(), asked.Select(one => one.Lot.Material).ToArray(), asked.Select(one => one.Lot.Lot).ToArray(),
                asked.Select(one => one.Step.Model).ToArray(), asked.Select(one => one.Firmware).ToArray(), asked.Select(one => one.Program).ToArray(),
                asked.Select(one => DayOf(one.Step)).ToArray()),
            row => (row.GetInt32(0), row.GetString(1)), cancellationToken);
        return outside.ToLookup(
            one => asked[one.Index].Job.Id,
            one => (asked[one.Index].Step.Id, new NotValidated(asked[one.Index].Lot, Combination(one.Model, asked[one.Index].Firmware, asked[one.Index].Program))));
    }

    private static string Combination(string model, string? firmware, string? program) =>
        string.Create(CultureInfo.InvariantCulture, $"{model}, {(firmware is null ? "firmware not told" : "firmware " + firmware)}, {(program is null ? "program not told" : "program " + program)}");

    private static async Task<Dictionary<StepId, IReadOnlyList<OverduePlan>>> OverdueAsync(
        DatabaseSession session, IReadOnlyList<LockedJob> jobs, Dictionary<JobId, Alignment> aligned, CancellationToken cancellationToken)
    {
        DoneStep[] steps = [.. jobs.SelectMany(job => aligned[job.Id].Met).SelectMany(met => met).DistinctBy(step => step.Id)];
        (Guid Device, DateOnly On)[] asked = [.. steps.Select(step => (step.Device.Value, DayOf(step))).Distinct()];
        if (asked.Length == 0) return [];
        ILookup<(Guid, DateOnly), OverduePlan> overdue = (await Maintenance.MaintenanceDue.ListAsync(session, asked, cancellationToken))
            .ToLookup(plan => (plan.Device, plan.On), plan => new OverduePlan(plan.Name, plan.DueOn));
        return steps.Where(step => overdue.Contains((step.Device.Value, DayOf(step))))
            .ToDictionary(step => step.Id, step => (IReadOnlyList<OverduePlan>)[.. overdue[(step.Device.Value, DayOf(step))]]);
    }

    private static DateOnly DayOf(DoneStep step) => DateOnly.FromDateTime(step.Started.UtcDateTime);
}
