using StepCloud.Contracts.Ids;
using StepCloud.Contracts.Refusals;
using StepCloud.Contracts.Steps;
using StepCloud.Contracts.Telemetry;

namespace StepCloud.Api.Ingress;

/// <summary>Reads telemetry from its JSON, and refuses with a reason what could not be believed.</summary>
public static class TelemetryReader
{
    /// <param name="utf8">One element, or an array of them.</param>
    /// <param name="now">The server's time, against which the gateway's is held.</param>
    public static ParsedMessage<TelemetryElement> Read(ReadOnlySpan<byte> utf8, DateTimeOffset now) => MessageReader.Read(
        utf8, TelemetryLimits.ElementBytesMax, (ref JsonCursor cursor, out Guid? id) => ReadElement(ref cursor, now, out id));

    private static TelemetryElement? ReadElement(ref JsonCursor cursor, DateTimeOffset now, out Guid? id)
    {
        id = null;
        if (!cursor.ExpectObject("The telemetry")) return null;
        TelemetryFields fields = new();
        MemberSet seen = new();
        while (cursor.NextMember(out string name))
        {
            bool isRead = seen.Add(ref cursor, name) && (ReadMember(ref cursor, name, fields) ?? ReadStepMember(ref cursor, name, fields));
            id = fields.Id;
            if (!isRead) return null;
        }

        return TelemetryRules.Check(ref cursor, fields, now) ? fields.ToElement() : null;
    }

    /// <returns>Null for a field that is of the step, or of nothing.</returns>
    private static bool? ReadMember(ref JsonCursor cursor, string name, TelemetryFields fields)
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
            case "sent":
                if (!cursor.ReadTime("/sent", out DateTimeOffset sent)) return false;
                fields.Sent = sent;
                return true;
            case "state":
                if (!cursor.ReadString("/state", StepLimits.NameCharsMax, out string state)) return false;
                fields.State = ActivityNames.Parse(state);
                return fields.State is not null || cursor.Refuse(RefusalCode.ValueOutOfRange, "/state must be running, idle or error.");
            case "message":
                if (!cursor.ReadString("/message", TelemetryLimits.MessageCharsMax, out string message)) return false;
                fields.Message = message;
                return true;
            default:
                return null;
        }
    }

    private static bool ReadStepMember(ref JsonCursor cursor, string name, TelemetryFields fields)
    {
        fields.StepMember ??= name;
        switch (name)
        {
            case "step":
                if (!cursor.ReadGuid("/step", out Guid step)) return false;
                fields.Step = new StepId(step);
                return true;
            case "started":
                if (!cursor.ReadTime("/started", out DateTimeOffset started)) return false;
                fields.Started = started;
                return true;
            case "label":
                if (!cursor.ReadString("/label", StepLimits.NameCharsMax, out string label)) return false;
                fields.Label = label;
                return true;
            case "job":
                if (!cursor.ReadString("/job", StepLimits.NameCharsMax, out string job)) return false;
                fields.Job = job;
                return job.Length > 0 || cursor.Refuse(RefusalCode.ValueOutOfRange, "/job is empty. Leave it out when there is none.");
            case "progress":
                if (!cursor.ReadNumber("/progress", out double progress)) return false;
                fields.Progress = progress;
                return progress is >= 0 and <= 1 || cursor.Refuse(RefusalCode.ValueOutOfRange, "/progress must be between 0 and 1.");
            case "layer":
                if (!cursor.ReadWhole("/layer", out long layer)) return false;
                fields.Layer = layer;
                return layer >= 0 || cursor.Refuse(RefusalCode.ValueOutOfRange, "/layer is less than 0.");
            case "layers":
                if (!cursor.ReadWhole("/layers", out long layers)) return false;
                fields.Layers = layers;
                return layers >= 0 || cursor.Refuse(RefusalCode.ValueOutOfRange, "/layers is less than 0.");
            case "remaining_s":
                if (!cursor.ReadNumber("/remaining_s", out double remaining)) return false;
                fields.RemainingSeconds = remaining;
                return remaining >= 0 || cursor.Refuse(RefusalCode.ValueOutOfRange, "/remaining_s is less than 0.");
            case "series":
                return SeriesReader.ReadAll(ref cursor, fields.Series);
            default:
                return cursor.Refuse(RefusalCode.UnknownField, $"/{StepReader.Shown(name)} is not a field of telemetry.");
        }
    }
}

/// <summary>The fields of an element while they are read, in whatever order they come.</summary>
internal sealed class TelemetryFields
{
    public Guid? Id { get; set; }

    public DeviceId? Device { get; set; }

    public DateTimeOffset? Sent { get; set; }

    public DeviceActivity? State { get; set; }

    public string? Message { get; set; }

    /// <summary>The first field that was given of a step.</summary>
    public string? StepMember { get; set; }

    public StepId? Step { get; set; }

    public DateTimeOffset? Started { get; set; }

    public string? Label { get; set; }

    public string? Job { get; set; }

    public double? Progress { get; set; }

    public long? Layer { get; set; }

    public long? Layers { get; set; }

    public double? RemainingSeconds { get; set; }

    public List<StepSeries> Series { get; } = [];

    /// <summary>Only after the rules were checked.</summary>
    public TelemetryElement ToElement()
    {
        RunningStep? step = Step is { } id ? new RunningStep(id, Started!.Value, Label, Job, Progress, Layer, Layers, RemainingSeconds) : null;
        TelemetryElement element = new(new TelemetryId(Id!.Value), Device!.Value, Sent!.Value, State!.Value, Message, step, Series, "");
        return element with { Body = TelemetryWriter.Write(element) };
    }
}
