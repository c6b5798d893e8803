using Npgsql;
using NpgsqlTypes;

namespace StepCloud.Storage;

/// <summary>The arrays that an insert of many rows takes as its parameters; kept and filled anew for each commit.</summary>
internal sealed class InsertColumns(NpgsqlParameterCollection parameters)
{
    private readonly List<IInsertColumn> _columns = [];

    /// <summary>Adds the next parameter.</summary>
    public InsertColumn<T> Add<T>(NpgsqlDbType type)
    {
        InsertColumn<T> column = new();
        _columns.Add(column);
        parameters.Add(new NpgsqlParameter { Value = column.Values, NpgsqlDbType = NpgsqlDbType.Array | type });
        return column;
    }

    public void Clear() => _columns.ForEach(column => column.Clear());
}

internal interface IInsertColumn
{
    void Clear();
}

internal sealed class InsertColumn<T> : IInsertColumn
{
    // One unusual commit must not hold its memory for ever.
    private const int ItemsKept = 1024 * 1024;

    public List<T> Values { get; } = [];

    public void Add(T value) => Values.Add(value);

    public void Clear()
    {
        Values.Clear();
        if (Values.Capacity > ItemsKept) Values.Capacity = 0;
    }
}
