namespace StepCloud.Storage.Maintenance;

/// <summary>Which plans of devices were overdue on a day, by what had been done until then. What it means is told at `maintenance_overdue` (migration 0025).</summary>
internal static class MaintenanceDue
{
    /// <summary>For each pair the longest overdue first; a pair of which nothing was overdue has no row.</summary>
    public static Task<List<OverduePlan>> ListAsync(
        DatabaseSession session, IReadOnlyCollection<(Guid Device, DateOnly On)> pairs, CancellationToken cancellationToken) => session.ListAsync(
        new Sql(
            """
            SELECT asked.device, asked.on_date, overdue.plan_id, overdue.name, overdue.kind, overdue.due_on
            FROM unnest($1::uuid[], $2::date[]) WITH ORDINALITY AS asked (device, on_date, place)
            CROSS JOIN LATERAL maintenance_overdue(asked.device, asked.on_date) AS overdue
            ORDER BY asked.place, overdue.due_on, overdue.plan_id
            """,
            pairs.Select(pair => pair.Device).ToArray(), pairs.Select(pair => pair.On).ToArray()),
        row => new OverduePlan(row.GetGuid(0), row.GetFieldValue<DateOnly>(1), row.GetGuid(2), row.GetString(3), row.GetString(4), row.GetFieldValue<DateOnly>(5)),
        cancellationToken);
}

/// <param name="On">The day that was asked for.</param>
/// <param name="Kind">`calibration` or `maintenance`.</param>
/// <param name="DueOn">The last day on which it should have been performed.</param>
internal sealed record OverduePlan(Guid Device, DateOnly On, Guid Plan, string Name, string Kind, DateOnly DueOn);
