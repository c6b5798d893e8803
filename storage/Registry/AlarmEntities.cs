using StepCloud.Actors.Alarms;
using StepCloud.Contracts.Steps;
using StepCloud.Storage.Alarms;

namespace StepCloud.Storage.Registry;

/// <summary>What the registry knows of alarms.</summary>
internal static class AlarmEntities
{
    /// <summary>When an alarm is raised. What a rule looks at, and whose, is given once; its bounds can be changed.</summary>
    public static RegistryEntity Rule() => new("alarm_rule", "alarm-rules", "alarm_rule")
    {
        Organization = "t.organization_id",
        Own =
        [
            Entities.Reference("organization", "Whose it is.", Entities.Organization, Entities.OrganizationExample),
            Entities.Name("What its alarms are called.", "Resin too warm"),
            Entities.Choice("severity", "How bad it is.", ["info", "warning", "critical"], "warning"),
            Entities.Reference("model", "It holds for the organization's devices of this model. Give this, or `device`; neither of the condition `gateway_silence`.", Entities.DeviceModel, "\"01980000-0000-7000-8001-000000000001\"") with
            {
                Select = "t.model_id", Column = "model_id", IsRequired = false, IsNullable = true,
            },
            Entities.Reference("device", "It holds for this device.", Entities.Device, "null") with { IsRequired = false, IsNullable = true },
            Entities.Reference("gateway", "It holds for this gateway; null for all of the organization. Only of the condition `gateway_silence`.", Entities.Gateway, "null") with
            {
                IsRequired = false, IsNullable = true,
            },
            new("enabled", FieldKind.Flag, "False: it raises nothing, and what it has raised is cleared.")
            {
                Select = "t.is_enabled", Column = "is_enabled", Write = FieldWrite.Always, IsFilter = true, Example = "true",
            },
            Entities.Choice("condition", "What it looks at: a step's `series`, `setting` or `outcome`; the device's `state`; its `silence`; `gateway_silence`, that a gateway is not there.", [.. Enum.GetValues<AlarmSubject>().Select(AlarmCondition.Name)], "series") with
            {
                Write = FieldWrite.AtCreation,
            },
            Optional("series", "The name of the series.", "\"temperature\"") with { Write = FieldWrite.AtCreation, IsFilter = true },
            Optional("unit", "Only where the series is in this unit; null for any.", "\"°C\""),
            Number("above", "A value above it is outside. Of a series, or of a setting that is a number.", "80"),
            Number("below", "A value below it is outside. Of a series, or of a setting that is a number.", "null"),
            Number("hysteresis", "By how much a series must be back inside before the alarm is cleared.", "0.5") with { IsNullable = false, Range = (0, double.MaxValue) },
            new("for_s", FieldKind.Number, "For how many seconds it must be so; 0: at once. Of a series within one step, of a state, of silence (60 or more: of a device or a gateway).")
            {
                Write = FieldWrite.Always, Range = (0, AlarmConditionRules.ForMaxS), Example = "60",
            },
            Optional("pointer", "Where in the settings, as a JSON Pointer (RFC 6901).", "null") with { Write = FieldWrite.AtCreation, CharsMax = 500, IsFilter = true },
            Optional("equals", "The alarm is raised while the setting has this value: a text, or a number, `true`, `false` or `null` as JSON writes it.", "null"),
            Optional("not_equals", "The alarm is raised while the setting has another value.", "null"),
            new("missing", FieldKind.Flag, "True: the alarm is raised while settings come without this one.") { Write = FieldWrite.Always, Example = "false" },
            Optional("outcome", "How the step ended.", "null") with { Fault = null, Pattern = null, Choices = ["succeeded", "failed", "aborted"] },
            Optional("state", "What the device is found to do.", "null") with { Fault = null, Pattern = null, Choices = ["offline", "idle", "running", "error"] },
            new("allow_unknown", FieldKind.Flag, "True: the series or setting need not have come yet.") { Write = FieldWrite.Always, Example = "true" },
        ],
        Users = RegistryVerbs.All,
        BeforeCreate = AlarmRuleHooks.CheckAsync,
        BeforePatch = AlarmRuleHooks.CheckAsync,
    };

    /// <summary>Who is told of alarms.</summary>
    public static RegistryEntity Channel() => new("alarm_channel", "alarm-channels", "alarm_channel")
    {
        Organization = "t.organization_id",
        Own =
        [
            Entities.Reference("organization", "Whose it is.", Entities.Organization, Entities.OrganizationExample),
            Entities.Name("What it is called.", "Night shift"),
            Entities.Choice("kind", "How it tells: `email` or `webhook`.", ["email", "webhook"], "webhook") with { Write = FieldWrite.AtCreation },
            Optional("url", "Where a webhook is sent: https, or http to this very machine.", "\"https://hooks.example.org/alarms\"") with
            {
                CharsMax = 1000, Fault = FieldRules.WebhookUrl, Pattern = "^https?://",
            },
            Ids("users", "The members who get an e-mail, by their ids. Their addresses must be verified."),
            Entities.Choice("severity_min", "Told of alarms that are at least so bad.", ["info", "warning", "critical"], "info"),
            Ids("rules", "Told of alarms of these rules alone; null for all."),
            Ids("sites", "Told of alarms at these sites alone; null for all."),
            new("enabled", FieldKind.Flag, "False: it is told of nothing.")
            {
                Select = "t.is_enabled", Column = "is_enabled", Write = FieldWrite.Always, IsFilter = true, Example = "true",
            },
            new("has_secret", FieldKind.Flag, "Whether a webhook's secret was made. Without one nothing is sent.") { Select = "t.secret_sealed IS NOT NULL", Example = "false" },
        ],
        Users = RegistryVerbs.All,
        IsKeptFromReaders = true,
        BeforeCreate = AlarmChannelHooks.CheckAsync,
        BeforePatch = AlarmChannelHooks.CheckAsync,
    };

    private static RegistryField Ids(string name, string description) => new(name, FieldKind.Texts, description)
    {
        Write = FieldWrite.Always, IsNullable = true, CharsMax = 36, Fault = FieldRules.Uuid, Example = "null",
    };

    private static RegistryField Optional(string name, string description, string example) =>
        Entities.Text(name, description, "") with { CharsMax = StepLimits.NameCharsMax, Example = example };

    private static RegistryField Number(string name, string description, string example) => new(name, FieldKind.Decimal, description)
    {
        Write = FieldWrite.Always, IsNullable = true, Example = example,
    };
}
