using System.Text.Json;
using System.Text.Json.Serialization;

namespace StepCloud.Actors.Workflows;

/// <summary>What was approved: the steps that a part goes through, in their order. What one version of a blueprint says.</summary>
/// <param name="Steps">In the order in which they are to be done.</param>
public sealed record Blueprint(IReadOnlyList<BlueprintStep> Steps)
{
    /// <summary>What comes of steps that are none of these: true, they are found to be extra; false, they are nobody's business.</summary>
    public bool FindsExtraSteps { get; init; } = true;
}

/// <summary>One step that is expected. What is null is no matter.</summary>
/// <param name="Key">What waits, findings and dispositions call it: unique within the blueprint.</param>
/// <param name="Name">What people call it.</param>
public sealed record BlueprintStep(string Key, string Name)
{
    /// <summary>The kind of device that does it, such as `curing_unit`. Either this or <see cref="Model"/>.</summary>
    public string? Kind { get; init; }

    /// <summary>The model of device that does it.</summary>
    public Guid? Model { get; init; }

    /// <summary>What the device calls the step; capital or small letters are all the same.</summary>
    public string? Label { get; init; }

    /// <summary>How often it is done at least; 0: it may be left out.</summary>
    public int TimesMin { get; init; } = 1;

    /// <summary>How often it is done at most.</summary>
    public int TimesMax { get; init; } = 1;

    /// <summary>How long it takes, in seconds.</summary>
    public NumberRange? DurationS { get; init; }

    public IReadOnlyList<SettingRule> Settings { get; init; } = [];

    public IReadOnlyList<SeriesLimit> Series { get; init; } = [];

    public IReadOnlyList<WaitRule> Waits { get; init; } = [];

    /// <summary>What it is made with, by name: the job needs a lot of each, and none past its expiry.</summary>
    public IReadOnlyList<string> Materials { get; init; } = [];

    /// <summary>True: each lot of <see cref="Materials"/> with the device's model, its firmware and its program must be a validated combination.</summary>
    public bool NeedsValidation { get; init; }

    /// <summary>Where the settings tell the device's firmware (RFC 6901).</summary>
    public string FirmwareAt { get; init; } = "/firmware";

    /// <summary>Where the settings tell the program that was run (RFC 6901).</summary>
    public string ProgramAt { get; init; } = "/program";
}

/// <summary>From, to, or both; the ends belong to it.</summary>
public sealed record NumberRange(double? Min, double? Max)
{
    /// <returns>By how much the value is below (negative) or above; null when it is within.</returns>
    public double? OffBy(double value) => value < Min ? value - Min : value > Max ? value - Max : null;
}

/// <summary>What a setting must be: equal to something, or a number within a range.</summary>
/// <param name="Pointer">Into the settings (RFC 6901).</param>
public sealed record SettingRule(string Pointer)
{
    /// <summary>A text, or a number, `true`, `false` or `null` as JSON writes it.</summary>
    public string? EqualTo { get; init; }

    public double? Min { get; init; }

    public double? Max { get; init; }

    internal NumberRange Range => new(Min, Max);
}

/// <summary>What a series must keep to.</summary>
public sealed record SeriesLimit(string Name, SeriesStatistic Statistic)
{
    /// <summary>Null for any.</summary>
    public string? Unit { get; init; }

    public double? Min { get; init; }

    public double? Max { get; init; }

    internal NumberRange Range => new(Min, Max);
}

/// <summary>What of a series is held against a limit.</summary>
[JsonConverter(typeof(SeriesStatisticConverter))]
public enum SeriesStatistic
{
    First,
    Last,
    Min,
    Max,
    Mean,
    P05,
    P50,
    P95,
}

/// <summary>How long after another step's end this one begins, in seconds.</summary>
/// <param name="After">The other's key. It stands before this one.</param>
public sealed record WaitRule(string After)
{
    public double? MinS { get; init; }

    public double? MaxS { get; init; }

    internal NumberRange Range => new(MinS, MaxS);
}

/// <summary>As `mean`, `p05`: and a number is no name.</summary>
public sealed class SeriesStatisticConverter() : JsonStringEnumConverter<SeriesStatistic>(JsonNamingPolicy.SnakeCaseLower, allowIntegerValues: false);
