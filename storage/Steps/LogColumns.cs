using System.Text;
using NpgsqlTypes;
using StepCloud.Contracts.Steps;

namespace StepCloud.Storage;

/// <summary>The logs of many steps as the columns of <see cref="StepInsert.Text"/>.</summary>
internal sealed class LogColumns(InsertColumns columns)
{
    private readonly InsertColumn<Guid> _step = columns.Add<Guid>(NpgsqlDbType.Uuid);
    private readonly InsertColumn<short> _ordinal = columns.Add<short>(NpgsqlDbType.Smallint);
    private readonly InsertColumn<short> _kind = columns.Add<short>(NpgsqlDbType.Smallint);
    private readonly InsertColumn<string> _label = columns.Add<string>(NpgsqlDbType.Text);
    private readonly InsertColumn<string> _lines = columns.Add<string>(NpgsqlDbType.Text);

    private readonly StringBuilder _literal = new();

    public void Add(StepEvent step, short ordinal, StepLog log)
    {
        _step.Add(step.Id.Value);
        _ordinal.Add(ordinal);
        _kind.Add((short)log.Kind);
        _label.Add(log.Label);
        _lines.Add(ArrayLiteral(log.Lines));
    }

    // PostgreSQL §8.15.6: in double quotes everything stands for itself but the quote and the backslash, which a backslash escapes.
    private string ArrayLiteral(string[] lines)
    {
        _literal.Clear().Append('{');
        foreach (string line in lines)
        {
            _literal.Append(_literal.Length == 1 ? "\"" : ",\"");
            int from = _literal.Length;
            _literal.Append(line).Replace("\\", "\\\\", from, line.Length);
            _literal.Replace("\"", "\\\"", from, _literal.Length - from).Append('"');
        }

        return _literal.Append('}').ToString();
    }
}
