namespace StepCloud.Contracts.Steps;

/// <summary>The values of one sensor, or of one computed quantity, over a step.</summary>
/// <param name="Name">Unique within the step.</param>
/// <param name="Unit">The unit's symbol (SI where it has one: `mm/s`, `kg`, `°C`); empty for a bare number.</param>
/// <param name="TimesMicroseconds">Since the step's start, in whole microseconds; as many as there are values. Empty for <see cref="SeriesKind.Singular"/>.</param>
/// <param name="Values">Finite, stored bit for bit; exactly one for <see cref="SeriesKind.Singular"/>.</param>
public sealed record StepSeries(string Name, string Unit, SeriesKind Kind, PreferredChart Chart, long[] TimesMicroseconds, double[] Values)
{
    /// <summary>It had samples, which the organization does not keep for so long. What is known of them is kept.</summary>
    public bool IsThinned { get; init; }
}

public enum SeriesKind : byte
{
    /// <summary>A value for every time.</summary>
    Timeseries = 1,

    /// <summary>One value for the whole step.</summary>
    Singular = 2,
}

/// <summary>How the maker of the gateway would draw the series.</summary>
public enum PreferredChart : byte
{
    Default = 1,
    Scatter = 2,
    Line = 3,
    Bar = 4,
}
