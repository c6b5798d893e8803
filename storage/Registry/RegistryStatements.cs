using System.Globalization;
using System.Text;
using Npgsql;

namespace StepCloud.Storage.Registry;

/// <summary>Makes the SQL of an entity. Every value is a parameter; names come from the entity, never from a request.</summary>
internal static class RegistryStatements
{
    public static Sql List(RegistryEntity entity, RegistryFilter filter, int countMax)
    {
        List<object?> values = [];
        string organization = Scope(entity, filter, values), where = Where(entity, filter, values);
        // In the text: with a parameter the planner believes of no plan that it fits the next time too, and plans at every request.
        string limit = countMax.ToString(CultureInfo.InvariantCulture);
        string order = filter.IsDescending ? "DESC" : "ASC";
        if (filter.Sort is { SortExpression: var sort })
        {
            where += organization;
            if (filter.After is { } after)
                where += $" AND ({sort}, t.id) {(filter.IsDescending ? "<" : ">")} ({Parameter(values, after.Value)}, {Parameter(values, after.Id)})";
            return new Sql($"SELECT {Columns(entity)} FROM {entity.From}{where} ORDER BY {sort} {order}, t.id {order} LIMIT {limit}", [.. values]);
        }

        string onwards = filter.After is { Id: var id } ? $" AND t.id {(filter.IsDescending ? "<" : ">")} {Parameter(values, id)}" : "";
        string text = filter.Words.Count > 0
            ? RegistrySearch.Text(entity, Columns(entity), organization, onwards, where, limit, filter.IsDescending, isJoined: filter.Equal.Count > 0 || entity.Search != RegistryEntity.OwnSearch)
            : $"SELECT {Columns(entity)} FROM {entity.From}{where}{organization}{onwards} ORDER BY t.id {order} LIMIT {limit}";
        return new Sql(text, [.. values]);
    }

    public static Sql Count(RegistryEntity entity, RegistryFilter filter)
    {
        List<object?> values = [];
        string where = Where(entity, filter, values) + Scope(entity, filter, values);
        return new Sql($"SELECT count(*) FROM {entity.From}{where}", [.. values]);
    }

    public static Sql Find(RegistryEntity entity, Guid id, Guid? organization, bool isLocked = false)
    {
        string own = organization is null || entity.Organization is null ? "" : $" AND {entity.Organization} = $2";
        string text = $"SELECT {Columns(entity)} FROM {entity.From} WHERE t.id = $1{own}{(isLocked ? " FOR NO KEY UPDATE OF t" : "")}";
        return own.Length == 0 ? new Sql(text, id) : new Sql(text, id, organization);
    }

    /// <summary>True when that id can be referred to: it is there, in use, and of that organization.</summary>
    public static Sql CanRefer(RegistryEntity entity, Guid id, Guid? organization)
    {
        string own = organization is null || entity.Organization is null ? "" : $" AND {entity.Organization} = $2";
        string text = $"SELECT EXISTS (SELECT FROM {entity.From} WHERE t.id = $1 AND t.archived_at IS NULL{own})";
        return own.Length == 0 ? new Sql(text, id) : new Sql(text, id, organization);
    }

    public static Sql Insert(RegistryEntity entity, IDictionary<string, object?> columns)
    {
        List<object?> values = [];
        Dictionary<string, string> written = [];
        foreach ((string column, object? value) in columns) written[column] = Parameter(values, value);
        foreach ((string column, string expression) in entity.Derived)
        {
            if (written.ContainsKey(column)) continue;
            string text = expression;
            foreach (RegistryField field in entity.Own.Where(field => written.ContainsKey(field.Column)))
                text = text.Replace($"{{{field.Name}}}", written[field.Column], StringComparison.Ordinal);
            written[column] = text;
        }

        return new Sql(
            $"INSERT INTO {entity.Table} ({string.Join(", ", written.Keys)}) VALUES ({string.Join(", ", written.Values)}) ON CONFLICT (id) DO NOTHING",
            [.. values]);
    }

    public static Sql Update(RegistryEntity entity, Guid id, IDictionary<string, object?> columns)
    {
        List<object?> values = [id];
        IEnumerable<string> sets = [.. columns.Select(column => $"{column.Key} = {Parameter(values, column.Value)}")];
        return new Sql($"UPDATE {entity.Table} SET {string.Join(", ", sets)} WHERE id = $1", [.. values]);
    }

    public static RegistryRow Read(RegistryEntity entity, NpgsqlDataReader reader)
    {
        IReadOnlyList<RegistryField> fields = entity.Fields;
        object?[] values = new object?[fields.Count];
        long version = 0;
        for (int i = 0; i < values.Length; i++)
        {
            if (reader.IsDBNull(i)) continue;
            values[i] = fields[i].Kind switch
            {
                FieldKind.Time => reader.GetFieldValue<DateTimeOffset>(i),
                FieldKind.Date => reader.GetFieldValue<DateOnly>(i),
                FieldKind.Number => Convert.ToInt64(reader.GetValue(i), CultureInfo.InvariantCulture),
                _ => reader.GetValue(i),
            };
            if (fields[i].Name == "version") version = (long)values[i]!;
        }

        return new RegistryRow((Guid)values[0]!, version, values);
    }

    private static string Columns(RegistryEntity entity) => string.Join(", ", entity.Fields.Select(field => field.Select));

    /// <summary>Whose; begins with `AND`, or is empty.</summary>
    private static string Scope(RegistryEntity entity, RegistryFilter filter, List<object?> values) =>
        filter.Organization is { } organization && entity.Organization is { } column ? $" AND {column} = {Parameter(values, organization.Value)}" : "";

    private static string Where(RegistryEntity entity, RegistryFilter filter, List<object?> values)
    {
        StringBuilder sql = new(filter.Archived switch
        {
            ArchivedFilter.No => " WHERE t.archived_at IS NULL",
            ArchivedFilter.Only => " WHERE t.archived_at IS NOT NULL",
            _ => " WHERE true",
        });
        foreach ((RegistryField field, IReadOnlyList<object> any) in filter.Equal)
        {
            // `= ANY` of one is `=` to the planner.
            Array array = Array.CreateInstance(any[0].GetType(), any.Count);
            for (int i = 0; i < any.Count; i++) array.SetValue(any[i], i);
            string parameter = Parameter(values, array);
            string test = field.Kind == FieldKind.Texts ? $"&& {parameter}" : $"= ANY ({parameter})";
            sql.Append(CultureInfo.InvariantCulture, $" AND {field.Select} {test}");
        }

        if (filter.Words.Count > 0)
        {
            string query = string.Join(" & ", filter.Words.Select(word => $"'{word}':*"));
            // A query within the query hides the words from the planner, whose belief would be wrong (RegistrySearch).
            sql.Append(CultureInfo.InvariantCulture, $" AND {entity.Search} @@ (SELECT to_tsquery('simple', {Parameter(values, query)}))");
        }

        if (filter.UpdatedSince is { } since)
            sql.Append(CultureInfo.InvariantCulture, $" AND t.updated_at >= {Parameter(values, since)}");
        return sql.ToString();
    }

    private static string Parameter(List<object?> values, object? value)
    {
        values.Add(value);
        return "$" + values.Count.ToString(CultureInfo.InvariantCulture);
    }
}
