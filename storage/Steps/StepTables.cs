namespace StepCloud.Storage;

/// <summary>The columns of what is stored of a step, in the order in which <see cref="StepInsert"/> and <see cref="StepCopy"/> give them.</summary>
internal static class StepTables
{
    public const string StepColumns =
        "id, organization_id, site_id, gateway_id, device_id, kind, started, ended, received, label, settings, outcome, job, sequence, series_count, log_count, sample_count, content_hash";

    public const string SeriesColumns =
        "step_id, ordinal, name, unit, kind, chart, device_id, starts, is_long, sample_count, mean, " +
        "first_time_us, first_value, last_time_us, last_value, min_time_us, min_value, max_time_us, max_value, p05, p50, p95, interval_us, samples, blocks";

    public const string LogColumns = "step_id, ordinal, kind, label, lines";
}
