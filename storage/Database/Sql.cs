using Npgsql;

namespace StepCloud.Storage;

/// <summary>One statement with the values of its `$1`, `$2` ...</summary>
internal sealed class Sql(string text, params object?[] values)
{
    public string Text => text;

    /// <summary>What asks for the plan of the same statement with the same values.</summary>
    public Sql Explained() => new("EXPLAIN (COSTS OFF) " + text, values);

    public void AddTo(NpgsqlParameterCollection parameters)
    {
        foreach (object? value in values)
            parameters.Add(new NpgsqlParameter { Value = ToDatabase(value) });
    }

    // timestamptz is an instant, and Npgsql takes one only when it is written as UTC.
    private static object ToDatabase(object? value) => value switch
    {
        null => DBNull.Value,
        DateTimeOffset time => time.ToUniversalTime(),
        _ => value,
    };
}
