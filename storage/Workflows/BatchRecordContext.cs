using System.Text.Json;
using StepCloud.Contracts.Ids;

namespace StepCloud.Storage.Workflows;

/// <summary>What the organization, its devices and its people were called when a record was made.</summary>
internal static class BatchRecordContext
{
    /// <param name="facts">That name them by their ids.</param>
    public static async Task<byte[]> WriteAsync(DatabaseSession session, OrganizationId organization, JsonElement facts, CancellationToken cancellationToken)
    {
        Guid[] devices =
        [
            .. facts.GetProperty("steps").EnumerateArray().Concat(facts.GetProperty("devices").EnumerateArray()).Select(one => one.GetProperty("device_id").GetGuid()).Distinct(),
        ];
        HashSet<Guid> people = [];
        AddPeople(facts, people);
        string name = await session.ScalarAsync<string>(new Sql("SELECT name FROM organization WHERE id = $1", organization.Value), cancellationToken);
        List<Action<Utf8JsonWriter>> deviceWriters = await session.ListAsync(
            new Sql(
                """
                SELECT d.id, coalesce(d.given_label, d.label), d.serial, m.name, m.kind FROM device AS d JOIN device_model AS m ON m.id = d.model_id
                WHERE d.id = ANY ($1) ORDER BY d.id
                """,
                devices),
            row => Texts(("id", row.GetGuid(0).ToString("D")), ("label", row.GetString(1)), ("serial", row.IsDBNull(2) ? null : row.GetString(2)), ("model", row.GetString(3)), ("kind", row.GetString(4))),
            cancellationToken);
        List<Action<Utf8JsonWriter>> userWriters = await session.ListAsync(
            new Sql("SELECT id, name FROM app_user WHERE id = ANY ($1) ORDER BY id", people.ToArray()),
            row => Texts(("id", row.GetGuid(0).ToString("D")), ("name", row.GetString(1))), cancellationToken);
        return BatchRecordWriter.Write(writer =>
        {
            writer.WriteStartObject();
            writer.WriteString("organization", name);
            BatchRecordWriter.WriteAll(writer, "devices", deviceWriters, (to, write) => write(to));
            BatchRecordWriter.WriteAll(writer, "users", userWriters, (to, write) => write(to));
            writer.WriteEndObject();
        });
    }

    /// <summary>Whoever did something stands in a member that ends in `by`, or in a signature's `user_id`.</summary>
    private static void AddPeople(JsonElement json, HashSet<Guid> people)
    {
        if (json.ValueKind == JsonValueKind.Array)
        {
            foreach (JsonElement element in json.EnumerateArray()) AddPeople(element, people);
        }
        else if (json.ValueKind == JsonValueKind.Object)
        {
            foreach (JsonProperty member in json.EnumerateObject())
            {
                bool isPerson = member.Name is "by" or "user_id" || member.Name.EndsWith("_by", StringComparison.Ordinal);
                if (isPerson && member.Value.ValueKind == JsonValueKind.String && member.Value.TryGetGuid(out Guid id)) people.Add(id);
                else AddPeople(member.Value, people);
            }
        }
    }

    private static Action<Utf8JsonWriter> Texts(params (string Name, string? Value)[] members) => writer =>
    {
        writer.WriteStartObject();
        foreach ((string name, string? value) in members) writer.WriteString(name, value);
        writer.WriteEndObject();
    };
}
