using Npgsql;
using NpgsqlTypes;

namespace StepCloud.Bench.Load.Bare;

/// <summary>COPY in its binary form, which writes rows faster than any statement; it fails where a step is there already, so a server needs another way besides.</summary>
internal sealed class BareCopy : IBareWriter
{
    private readonly NpgsqlConnection _connection;
    private readonly BareBatch _steps;
    private readonly NpgsqlCommand _heads;

    public BareCopy(NpgsqlConnection connection, BareBatch steps)
    {
        _connection = connection;
        _steps = steps;
        BareColumns.Set(connection);
        _heads = new NpgsqlCommand(BareColumns.Heads, connection) { CommandTimeout = 0 };
        foreach (var values in BareColumns.HeadValues(steps)) _heads.Parameters.Add(new NpgsqlParameter { Value = values, NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Uuid });
        _heads.Parameters.Add(new NpgsqlParameter { Value = steps.Received[..steps.HeadIds.Length], NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.TimestampTz });
        _heads.Prepare();
    }

    public void Commit()
    {
        _steps.Renew();
        using var transaction = _connection.BeginTransaction();
        CopySteps();
        if (_steps.Step.Series.Count > 0) CopySeries();
        _heads.Parameters[^1].Value = _steps.Received[.._steps.HeadIds.Length];
        _heads.ExecuteNonQuery();
        transaction.Commit();
    }

    public void Dispose()
    {
        _heads.Dispose();
        _connection.Dispose();
    }

    private void CopySteps()
    {
        var step = _steps.Step;
        using var import = _connection.BeginBinaryImport($"COPY step_event ({BareColumns.Step}) FROM STDIN (FORMAT BINARY)");
        for (int i = 0; i < _steps.Ids.Length; i++)
        {
            var owner = _steps.Owners[i];
            import.StartRow();
            import.Write(_steps.Ids[i], NpgsqlDbType.Uuid);
            import.Write(owner.Organization, NpgsqlDbType.Uuid);
            import.Write(owner.Site, NpgsqlDbType.Uuid);
            import.Write(owner.Gateway, NpgsqlDbType.Uuid);
            import.Write(owner.Id, NpgsqlDbType.Uuid);
            import.Write(step.Kind, NpgsqlDbType.Smallint);
            import.Write(step.Started, NpgsqlDbType.TimestampTz);
            import.Write(step.Ended, NpgsqlDbType.TimestampTz);
            import.Write(_steps.Received[i], NpgsqlDbType.TimestampTz);
            import.Write(step.Label, NpgsqlDbType.Text);
            import.Write(step.Settings, NpgsqlDbType.Json);
            import.Write(step.SeriesCount, NpgsqlDbType.Smallint);
            import.Write(step.LogCount, NpgsqlDbType.Smallint);
            import.Write(step.SampleCount, NpgsqlDbType.Integer);
            import.Write(step.ContentHash, NpgsqlDbType.Bytea);
        }

        import.Complete();
    }

    private void CopySeries()
    {
        using var import = _connection.BeginBinaryImport($"COPY step_series ({BareColumns.Series}) FROM STDIN (FORMAT BINARY)");
        for (int i = 0; i < _steps.Ids.Length; i++)
        {
            foreach (var series in _steps.Step.Series)
            {
                import.StartRow();
                import.Write(_steps.Ids[i], NpgsqlDbType.Uuid);
                import.Write(series.Ordinal, NpgsqlDbType.Smallint);
                import.Write(series.Name, NpgsqlDbType.Text);
                import.Write(series.Unit, NpgsqlDbType.Text);
                import.Write(series.Kind, NpgsqlDbType.Smallint);
                import.Write(series.Chart, NpgsqlDbType.Smallint);
                import.Write(_steps.Owners[i].Id, NpgsqlDbType.Uuid);
                import.Write(series.Starts, NpgsqlDbType.TimestampTz);
                import.Write(series.IsLong, NpgsqlDbType.Boolean);
                import.Write(series.SampleCount, NpgsqlDbType.Integer);
                import.Write(series.Samples, NpgsqlDbType.Bytea);
                foreach (long number in series.Numbers) import.Write(number, NpgsqlDbType.Bigint);
                foreach (double value in series.Doubles) import.Write(value, NpgsqlDbType.Double);
            }
        }

        import.Complete();
    }
}
