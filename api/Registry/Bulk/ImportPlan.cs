using System.Text.Json;
using System.Text.Json.Nodes;
using StepCloud.Api.Http;
using StepCloud.Storage.Registry;

namespace StepCloud.Api.Registry.Bulk;

/// <summary>What is to be done for the lines of an import, in the light of what is there: a line whose id there is, is a change, any other one a creation.</summary>
/// <remarks>
/// So that an export can be mended and imported: a field that is as it is there is no change, whatever the rules say of it; one that nobody can
/// write is passed over; and `version`, where it is given, is that of a thing which nobody has changed since.
/// </remarks>
internal sealed class ImportPlan
{
    /// <summary>Of one line: it is mended at once, and tried again.</summary>
    private const int ErrorsPerLineMax = 20;

    private static readonly Dictionary<string, object?> Nothing = [];

    private readonly RegistryEntity _entity;
    private readonly Dictionary<Guid, RegistryRow> _there;
    private readonly Dictionary<Guid, int> _lineOf = [];

    private ImportPlan(RegistryEntity entity, IEnumerable<RegistryRow> there)
    {
        _entity = entity;
        _there = there.ToDictionary(row => row.Id);
    }

    /// <summary>With the numbers of their lines.</summary>
    public List<(int Line, ImportLine Work)> Work { get; } = [];

    public List<LineError> Errors { get; } = [];

    public int Unchanged { get; private set; }

    public static async Task<ImportPlan> MakeAsync(
        RegistryEntity entity, IReadOnlyList<ImportRecord> records, RegistryStore store, CancellationToken cancellationToken)
    {
        Guid[] ids = [.. records.Select(record => IdOf(record.Values)).OfType<Guid>().Distinct()];
        ImportPlan plan = new(entity, await store.FindAllAsync(entity, ids, cancellationToken));
        foreach (ImportRecord record in records) plan.Add(record);
        return plan;
    }

    private void Add(ImportRecord record)
    {
        List<FieldError> faults = [];
        if (record.Values is not { } given)
        {
            faults.Add(new FieldError("", record.IsCsv ? "It has not as many cells as the first line, or its quotes are not closed." : "It must be a JSON object."));
        }
        else
        {
            Guid? id = IdOf(given);
            RegistryRow? row = id is { } known ? _there.GetValueOrDefault(known) : null;
            if (id is { } own && !_lineOf.TryAdd(own, record.Line)) faults.Add(new FieldError("/id", $"Line {_lineOf[own]} has this id already."));
            else if (row is not null) Change(record, row, faults);
            else if (_entity.Administrators.HasFlag(RegistryVerbs.Create)) Create(record, faults);
            else faults.Add(new FieldError("/id", "There is none with this id, and none can be made here."));
        }

        Errors.AddRange(faults.Take(ErrorsPerLineMax).Select(fault => new LineError(record.Line, fault.Pointer, fault.Detail)));
    }

    private void Create(ImportRecord record, List<FieldError> faults)
    {
        JsonObject wanted = Wanted(record, (field, value) => !(record.IsCsv && value is null));
        RegistryBody body = RegistryBody.Read(_entity, JsonSerializer.SerializeToElement(wanted), isPatch: false, Nothing, faults);
        if (faults.Count == 0) Work.Add((record.Line, new ImportLine(body.Id, null, body.Values)));
    }

    private void Change(ImportRecord record, RegistryRow row, List<FieldError> faults)
    {
        JsonObject there = JsonOf(row);
        JsonObject wanted = Wanted(record, (field, value) => field.Name != "id" && !JsonNode.DeepEquals(value, there[field.Name]));
        RegistryBody body = RegistryBody.Read(_entity, JsonSerializer.SerializeToElement(wanted), isPatch: true, Nothing, faults);
        if (faults.Count > 0) return;
        if (wanted.Count == 0) Unchanged++;
        else if (record.Values!["version"] is { } seen && !JsonNode.DeepEquals(seen, there["version"]))
            faults.Add(new FieldError("/version", $"Somebody has changed it since: it is version {row.Version}. Export it again."));
        else Work.Add((record.Line, new ImportLine(row.Id, row.Version, body.Values)));
    }

    /// <summary>What of a line is to be looked at. What is not known stays in, to be refused.</summary>
    private JsonObject Wanted(ImportRecord record, Func<RegistryField, JsonNode?, bool> isWanted)
    {
        JsonObject wanted = [];
        foreach ((string name, JsonNode? value) in record.Values!)
        {
            RegistryField? field = _entity.Find(name);
            if (field is null || (field.Write != FieldWrite.Never && isWanted(field, value))) wanted[name] = value?.DeepClone();
        }

        return wanted;
    }

    private JsonObject JsonOf(RegistryRow row)
    {
        using MemoryStream buffer = new();
        using (Utf8JsonWriter writer = new(buffer)) RegistryJson.Write(writer, _entity, row);
        return JsonNode.Parse(buffer.GetBuffer().AsSpan(0, (int)buffer.Length))!.AsObject();
    }

    private static Guid? IdOf(JsonObject? values) =>
        values?["id"] is JsonValue value && value.TryGetValue(out string? text) && Guid.TryParseExact(text, "D", out Guid id) ? id : null;
}

/// <param name="Line">In CSV as an editor counts them, from 1 for the head; in JSON the place in the array, from 1.</param>
/// <param name="Pointer">To the field; empty for the line as a whole.</param>
public sealed record LineError(int Line, string Pointer, string Detail);
