using System.Text.Json;
using StepCloud.Actors.Alarms;
using StepCloud.Storage.Registry;

namespace StepCloud.Storage.Alarms;

/// <summary>What a rule must be beyond what its fields are, one by one.</summary>
internal static class AlarmRuleHooks
{
    /// <summary>Rules of one organization. Each is held against every step of its devices: a shop has some dozens of devices, and some rules for each.</summary>
    public const int RulesMax = 1000;

    /// <summary>Names that the answer to an unknown one lists.</summary>
    private const int NamesMax = 30;

    /// <summary>How many of the newest steps are looked through for a setting.</summary>
    private const int StepsMax = 50;

    /// <summary>Before a rule is made or changed.</summary>
    public static async Task<RegistryOutcome?> CheckAsync(DatabaseSession transaction, RegistryChange change, CancellationToken cancellationToken)
    {
        Dictionary<string, object?> values = await RegistryHooks.MergedAsync(transaction, change, cancellationToken);
        Guid organization = (Guid)values["organization"]!;
        Guid? model = (Guid?)values.GetValueOrDefault("model"), device = (Guid?)values.GetValueOrDefault("device"), gateway = (Guid?)values.GetValueOrDefault("gateway");
        AlarmCondition condition = Condition(values);
        if (WhoseFault(condition.Subject, model, device, gateway) is { } fault) return fault;
        if (AlarmConditionRules.Fault(condition) is var (name, detail)) return new RegistryOutcome.Invalid(name, detail);
        if (await IsOfOthersAsync(transaction, "device", device, organization, cancellationToken)) return new RegistryOutcome.UnknownReference("device");
        if (await IsOfOthersAsync(transaction, "gateway", gateway, organization, cancellationToken)) return new RegistryOutcome.UnknownReference("gateway");

        if (change.IsCreation && await CountAsync(transaction, change.Entity, organization, cancellationToken) >= RulesMax)
            return new RegistryOutcome.Refused("too_many_alarm_rules", $"There can be {RulesMax}, with those in the archive.");
        bool isUnknownAllowed = values.GetValueOrDefault("allow_unknown") is true;
        return isUnknownAllowed || !change.IsCreation ? null : await FindUnknownAsync(transaction, condition, organization, model, device, cancellationToken);
    }

    /// <summary>How many an organization has. Holds the organization, so that two who come at once do not both get the last place.</summary>
    internal static async Task<long> CountAsync(DatabaseSession transaction, RegistryEntity entity, Guid organization, CancellationToken cancellationToken)
    {
        await transaction.ExecuteAsync(new Sql("SELECT FROM organization WHERE id = $1 FOR NO KEY UPDATE", organization), cancellationToken);
        return await transaction.ScalarAsync<long>(new Sql($"SELECT count(*) FROM {entity.Table} WHERE organization_id = $1", organization), cancellationToken);
    }

    private static RegistryOutcome.Invalid? WhoseFault(AlarmSubject subject, Guid? model, Guid? device, Guid? gateway)
    {
        if (subject != AlarmSubject.GatewaySilence)
        {
            return gateway is not null ? new RegistryOutcome.Invalid("gateway", $"It means nothing to the condition {AlarmCondition.Name(subject)}: give a `model` or a `device`.")
                : model is null == device is null ? new RegistryOutcome.Invalid("device", "Give a `model` or a `device`, and not both.")
                : null;
        }

        return model is null && device is null
            ? null
            : new RegistryOutcome.Invalid(
                model is null ? "device" : "model", $"It means nothing to the condition {AlarmCondition.Name(subject)}: give a `gateway`, or none for all of the organization.");
    }

    private static async Task<bool> IsOfOthersAsync(DatabaseSession transaction, string table, Guid? id, Guid organization, CancellationToken cancellationToken) =>
        id is { } one && !await transaction.ScalarAsync<bool>(
            new Sql($"SELECT EXISTS (SELECT FROM {table} WHERE id = $1 AND organization_id = $2)", one, organization), cancellationToken);

    private static AlarmCondition Condition(Dictionary<string, object?> values)
    {
        T? Of<T>(string name) => values.GetValueOrDefault(name) is T value ? value : default;
        return new AlarmCondition(AlarmCondition.Parse(Of<string>("condition")!))
        {
            Series = Of<string>("series"), Unit = Of<string>("unit"), Above = Of<double?>("above"), Below = Of<double?>("below"),
            Hysteresis = Of<double>("hysteresis"), ForS = Of<long>("for_s"), Pointer = Of<string>("pointer"), EqualTo = Of<string>("equals"),
            NotEqualTo = Of<string>("not_equals"), Missing = Of<bool>("missing"), Outcome = Of<string>("outcome"), State = Of<string>("state"),
        };
    }

    /// <summary>Whether the rule names what no device that it is for has ever sent.</summary>
    private static async Task<RegistryOutcome?> FindUnknownAsync(
        DatabaseSession transaction, AlarmCondition condition, Guid organization, Guid? model, Guid? device, CancellationToken cancellationToken)
    {
        Guid[] devices = [.. await transaction.ListAsync(
            new Sql(
                "SELECT id FROM device WHERE organization_id = $1 AND archived_at IS NULL AND CASE WHEN $2::uuid IS NULL THEN model_id = $3 ELSE id = $2 END",
                organization, device, model),
            reader => reader.GetGuid(0), cancellationToken)];
        switch (condition.Subject)
        {
            case AlarmSubject.Series:
                List<(string Name, string Unit)> series = await SeriesAsync(transaction, devices, cancellationToken);
                if (series.TrueForAll(one => one.Name != condition.Series))
                    return Unknown("series", "series", series.Select(one => one.Name));
                string[] units = [.. series.Where(one => one.Name == condition.Series).Select(one => one.Unit)];
                return condition.Unit is { } unit && !units.Contains(unit) ? Unknown("unit", "unit of this series", units) : null;
            case AlarmSubject.Setting when !condition.Missing:
                List<string> settings = await SettingsAsync(transaction, devices, cancellationToken);
                return settings.Exists(text => Has(text, condition.Pointer!)) ? null : Unknown("pointer", "setting", settings.SelectMany(Pointers));
            default:
                return null;
        }
    }

    private static RegistryOutcome.Invalid Unknown(string field, string what, IEnumerable<string> known)
    {
        string[] names = [.. known.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];
        string list = names.Length == 0 ? "None has come yet."
            : $"There are: {string.Join(", ", names.Take(NamesMax))}{(names.Length > NamesMax ? $", and {names.Length - NamesMax} more" : "")}.";
        return new RegistryOutcome.Invalid(field, $"No device of this rule has sent such a {what}. {list} `allow_unknown` takes it nevertheless.");
    }

    private static Task<List<(string Name, string Unit)>> SeriesAsync(DatabaseSession transaction, Guid[] devices, CancellationToken cancellationToken) =>
        transaction.ListAsync(
            // From name to name in the index, as SeriesQueries does it; the unit of the newest.
            new Sql(
                """
                WITH RECURSIVE names AS (
                    SELECT d AS device, (SELECT min(name) FROM step_series WHERE device_id = d) AS name FROM unnest($1::uuid[]) AS d
                    UNION ALL
                    SELECT device, (SELECT min(s.name) FROM step_series AS s WHERE s.device_id = names.device AND s.name > names.name) FROM names WHERE name IS NOT NULL)
                SELECT DISTINCT names.name, last.unit
                FROM names CROSS JOIN LATERAL (
                    SELECT unit FROM step_series AS s WHERE s.device_id = names.device AND s.name = names.name ORDER BY starts DESC LIMIT 1) AS last
                WHERE names.name IS NOT NULL
                """,
                devices),
            reader => (reader.GetString(0), reader.GetString(1)), cancellationToken);

    private static Task<List<string>> SettingsAsync(DatabaseSession transaction, Guid[] devices, CancellationToken cancellationToken) => transaction.ListAsync(
        new Sql(
            $$"""
            SELECT e.settings::text FROM unnest($1::uuid[]) AS d CROSS JOIN LATERAL (
                SELECT settings FROM step_event WHERE device_id = d AND settings::text <> '{}' ORDER BY id DESC LIMIT 1) AS e
            LIMIT {{StepsMax}}
            """,
            devices),
        reader => reader.GetString(0), cancellationToken);

    private static bool Has(string settings, string pointer)
    {
        using JsonDocument json = JsonDocument.Parse(settings);
        return SettingWatch.Find(json.RootElement, pointer) is not null;
    }

    /// <summary>Of all that is no object, to the depth of two objects: what a person would look for.</summary>
    private static IEnumerable<string> Pointers(string settings)
    {
        using JsonDocument json = JsonDocument.Parse(settings);
        List<string> pointers = [];
        Add(json.RootElement, "", 2);
        return pointers;

        void Add(JsonElement element, string at, int depth)
        {
            foreach (JsonProperty property in element.EnumerateObject())
            {
                string pointer = $"{at}/{property.Name.Replace("~", "~0", StringComparison.Ordinal).Replace("/", "~1", StringComparison.Ordinal)}";
                if (property.Value.ValueKind == JsonValueKind.Object && depth > 1) Add(property.Value, pointer, depth - 1);
                else pointers.Add(pointer);
            }
        }
    }
}
