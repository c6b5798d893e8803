using Npgsql;

namespace StepCloud.Bench.Load.Bare;

/// <summary>What the server writes of a step, without what is null in the steps sent here (outcome, job, sequence, blocks).</summary>
internal static class BareColumns
{
    public const string Step =
        "id, organization_id, site_id, gateway_id, device_id, kind, started, ended, received, label, settings, series_count, log_count, sample_count, content_hash";

    public const string Series =
        $"step_id, ordinal, name, unit, kind, chart, device_id, starts, is_long, sample_count, samples, {StoredSeries.NumberColumns}, {StoredSeries.DoubleColumns}";

    /// <summary>The newest step of each device, which the server keeps in the same commit.</summary>
    public const string Heads = """
        INSERT INTO device_head (device_id, organization_id, step_id, received) SELECT * FROM unnest($1, $2, $3, $4)
        ON CONFLICT (device_id) DO UPDATE SET step_id = excluded.step_id, received = excluded.received, changes = excluded.changes
        """;

    /// <summary>But for the last one, the receive times.</summary>
    public static IEnumerable<Guid[]> HeadValues(BareBatch steps)
    {
        int count = steps.HeadIds.Length;
        yield return [.. steps.Devices.Take(count).Select(static device => device.Id)];
        yield return [.. steps.Devices.Take(count).Select(static device => device.Organization)];
        yield return steps.HeadIds;
    }

    /// <summary>As the server's writers have it: a commit waits for the disk, and the plan is made once.</summary>
    public static void Set(NpgsqlConnection connection)
    {
        using NpgsqlCommand command = new("SET synchronous_commit = on; SET plan_cache_mode = force_generic_plan", connection);
        command.ExecuteNonQuery();
    }
}
