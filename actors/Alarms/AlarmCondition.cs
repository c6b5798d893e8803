using System.Text.Json;
using System.Text.Json.Serialization;

namespace StepCloud.Actors.Alarms;

/// <summary>What a rule looks at.</summary>
public enum AlarmSubject
{
    /// <summary>Samples of a series.</summary>
    Series,

    /// <summary>One of a step's settings.</summary>
    Setting,

    /// <summary>How a step ended.</summary>
    Outcome,

    /// <summary>What the device is found to do.</summary>
    State,

    /// <summary>That nothing comes of a device.</summary>
    Silence,

    /// <summary>That a gateway is not there.</summary>
    GatewaySilence,
}

/// <summary>When a rule's alarm is raised. Which of the properties count follows from the subject: <see cref="AlarmConditionRules"/>.</summary>
public sealed record AlarmCondition([property: JsonPropertyName("condition"), JsonIgnore(Condition = JsonIgnoreCondition.Never)] AlarmSubject Subject)
{
    private static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingDefault,
        Converters = { new JsonStringEnumConverter<AlarmSubject>(JsonNamingPolicy.SnakeCaseLower) },
    };

    public string? Series { get; init; }

    /// <summary>Null for any.</summary>
    public string? Unit { get; init; }

    public double? Above { get; init; }

    public double? Below { get; init; }

    /// <summary>By how much a value must be back inside before the alarm is cleared.</summary>
    public double Hysteresis { get; init; }

    /// <summary>For how many seconds it must be so; 0: at once.</summary>
    public long ForS { get; init; }

    /// <summary>Into the settings (RFC 6901).</summary>
    public string? Pointer { get; init; }

    /// <summary>A number is equal to one of the same value; anything else by its text.</summary>
    [JsonPropertyName("equals")]
    public string? EqualTo { get; init; }

    [JsonPropertyName("not_equals")]
    public string? NotEqualTo { get; init; }

    /// <summary>True: when settings come without it.</summary>
    public bool Missing { get; init; }

    public string? Outcome { get; init; }

    public string? State { get; init; }

    [JsonIgnore]
    public SeriesThreshold Threshold => new(Above, Below, Hysteresis, ForS * 1_000_000);

    /// <summary>As an alarm keeps it: what does not count is left out.</summary>
    public string ToJson() => JsonSerializer.Serialize(this, Json);

    public static string Name(AlarmSubject subject) => JsonNamingPolicy.SnakeCaseLower.ConvertName(subject.ToString());

    public static AlarmSubject Parse(string name) => Enum.GetValues<AlarmSubject>().First(subject => Name(subject) == name);
}
