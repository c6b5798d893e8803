using Npgsql;
using StepCloud.Actors.Alarms;
using StepCloud.Contracts.Ids;

namespace StepCloud.Storage.Alarms;

/// <summary>Reads the rules that are in use.</summary>
internal static class AlarmRules
{
    private const string Columns =
        """
        id, version, name, severity, model_id, device_id, active_since, condition, series, unit, above, below, hysteresis, for_s, pointer, equals, not_equals,
        missing, outcome, state, gateway_id
        """;

    public static Task<List<ActiveRule>> ListAsync(DatabaseSession session, Guid organization, AlarmSubject[] subjects, CancellationToken cancellationToken) =>
        session.ListAsync(
            new Sql(
                $"SELECT {Columns} FROM alarm_rule WHERE organization_id = $1 AND active_since IS NOT NULL AND condition = ANY ($2) ORDER BY id",
                organization, subjects.Select(AlarmCondition.Name).ToArray()),
            Read, cancellationToken);

    private static ActiveRule Read(NpgsqlDataReader row)
    {
        string? Text(int column) => row.IsDBNull(column) ? null : row.GetString(column);
        double? Number(int column) => row.IsDBNull(column) ? null : row.GetDouble(column);
        Guid? Id(int column) => row.IsDBNull(column) ? null : row.GetGuid(column);
        return new ActiveRule(
            new AlarmRuleId(row.GetGuid(0)), row.GetInt64(1), row.GetString(2), row.GetString(3), Id(4), Id(5), Id(20), row.GetFieldValue<DateTimeOffset>(6),
            new AlarmCondition(AlarmCondition.Parse(row.GetString(7)))
            {
                Series = Text(8), Unit = Text(9), Above = Number(10), Below = Number(11), Hysteresis = row.GetDouble(12), ForS = row.GetInt64(13),
                Pointer = Text(14), EqualTo = Text(15), NotEqualTo = Text(16), Missing = row.GetBoolean(17), Outcome = Text(18), State = Text(19),
            });
    }
}
