using StepCloud.Contracts.Ids;
using StepCloud.Contracts.Refusals;
using StepCloud.Contracts.Steps;

namespace StepCloud.Api.Ingress;

/// <summary>Reads step events from their JSON, and refuses with a reason what could not be stored or believed.</summary>
public static class StepReader
{
    /// <param name="utf8">One step, or an array of them.</param>
    /// <param name="now">The server's time, against which the gateway's is held.</param>
    public static ParsedMessage<StepEvent> Read(ReadOnlySpan<byte> utf8, DateTimeOffset now) => MessageReader.Read(
        utf8, StepLimits.StepBytesMax, (ref JsonCursor cursor, out Guid? id) => ReadStep(ref cursor, now, out id));

    private static StepEvent? ReadStep(ref JsonCursor cursor, DateTimeOffset now, out Guid? id)
    {
        id = null;
        if (!cursor.ExpectObject("The step")) return null;
        StepFields fields = new();
        MemberSet seen = new();
        while (cursor.NextMember(out string name))
        {
            if (!seen.Add(ref cursor, name) || !ReadMember(ref cursor, name, fields))
            {
                id = fields.Id;
                return null;
            }
        }

        id = fields.Id;
        return StepRules.Check(ref cursor, fields, now) ? fields.ToStep() : null;
    }

    private static bool ReadMember(ref JsonCursor cursor, string name, StepFields fields)
    {
        switch (name)
        {
            case "id":
                if (!cursor.ReadGuid("/id", out Guid id)) return false;
                fields.Id = id;
                return true;
            case "device":
                if (!cursor.ReadGuid("/device", out Guid device)) return false;
                fields.Device = new DeviceId(device);
                return true;
            case "kind":
                if (!cursor.ReadString("/kind", StepLimits.NameCharsMax, out string kindName)) return false;
                fields.Kind = kindName switch
                {
                    "task_performed" => StepKind.TaskPerformed,
                    "settings_changed" => StepKind.SettingsChanged,
                    _ => null,
                };
                return fields.Kind is not null
                    || cursor.Refuse(RefusalCode.ValueOutOfRange, "/kind must be task_performed or settings_changed.");
            case "started":
                if (!cursor.ReadTime("/started", out DateTimeOffset started)) return false;
                fields.Started = started;
                return true;
            case "ended":
                if (!cursor.ReadTime("/ended", out DateTimeOffset ended)) return false;
                fields.Ended = ended;
                return true;
            case "label":
                if (!cursor.ReadString("/label", StepLimits.NameCharsMax, out string label)) return false;
                fields.Label = label;
                return true;
            case "outcome":
                if (!cursor.ReadString("/outcome", StepLimits.NameCharsMax, out string outcome)) return false;
                fields.Outcome = outcome switch
                {
                    "succeeded" => StepResult.Succeeded,
                    "failed" => StepResult.Failed,
                    "aborted" => StepResult.Aborted,
                    _ => null,
                };
                return fields.Outcome is not null
                    || cursor.Refuse(RefusalCode.ValueOutOfRange, "/outcome must be succeeded, failed or aborted. Leave it out when it is not known.");
            case "job":
                if (!cursor.ReadString("/job", StepLimits.NameCharsMax, out string job)) return false;
                fields.Job = job;
                return job.Length > 0 || cursor.Refuse(RefusalCode.ValueOutOfRange, "/job is empty. Leave it out when there is none.");
            case "sequence":
                if (!cursor.ReadWhole("/sequence", out long sequence)) return false;
                fields.Sequence = sequence;
                return sequence >= 0 || cursor.Refuse(RefusalCode.ValueOutOfRange, "/sequence is less than 0.");
            case "settings":
                if (SettingsReader.Read(ref cursor) is not { } settings) return false;
                fields.Settings = settings;
                return true;
            case "series":
                return SeriesReader.ReadAll(ref cursor, fields.Series);
            case "logs":
                return LogReader.ReadAll(ref cursor, fields.Logs);
            default:
                return cursor.Refuse(RefusalCode.UnknownField, $"/{Shown(name)} is not a field of a step.");
        }
    }

    /// <summary>A name from outside, short enough to stand in a sentence.</summary>
    internal static string Shown(string name) => name.Length <= 40 ? name : name[..40] + "...";
}

/// <summary>The fields of a step while they are read, in whatever order they come.</summary>
internal sealed class StepFields
{
    public Guid? Id { get; set; }

    public DeviceId? Device { get; set; }

    public StepKind? Kind { get; set; }

    public DateTimeOffset? Started { get; set; }

    public DateTimeOffset? Ended { get; set; }

    public string Label { get; set; } = "";

    public string Settings { get; set; } = "{}";

    public StepResult? Outcome { get; set; }

    public string? Job { get; set; }

    public long? Sequence { get; set; }

    public List<StepSeries> Series { get; } = [];

    public List<StepLog> Logs { get; } = [];

    /// <summary>Only after the rules were checked.</summary>
    public StepEvent ToStep() => new(
        new StepId(Id!.Value), Device!.Value, Kind!.Value, Started!.Value, Ended!.Value, Label, Settings, Series, Logs)
    {
        Outcome = Outcome, Job = Job, Sequence = Sequence,
    };
}

/// <summary>The names that an object has had so far: a name given twice means two things at once (RFC 8259 §4).</summary>
internal struct MemberSet
{
    private List<string>? _names;

    public bool Add(ref JsonCursor cursor, string name)
    {
        _names ??= new List<string>(8);
        if (_names.Contains(name))
            return cursor.Refuse(RefusalCode.MalformedJson, $"The field {StepReader.Shown(name)} is given twice in one object.");
        _names.Add(name);
        return true;
    }
}
