using System.Globalization;
using System.Text;

namespace StepCloud.Storage;

/// <summary>The conditions of one statement, and the values in them.</summary>
internal sealed class Where
{
    private readonly StringBuilder _text = new();
    private readonly List<object?> _values = [];

    /// <param name="condition">SQL that the value follows, such as `state =`.</param>
    /// <param name="value">Null: it is no matter.</param>
    public Where Add(string condition, object? value)
    {
        if (value is null) return this;
        _values.Add(value);
        _text.Append(_values.Count == 1 ? " WHERE " : " AND ").Append(condition).Append(CultureInfo.InvariantCulture, $" ${_values.Count}");
        return this;
    }

    public Sql ToSql(string select, string order) => new($"{select}{_text} {order}", [.. _values]);
}
