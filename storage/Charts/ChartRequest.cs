using StepCloud.Contracts.Ids;

namespace StepCloud.Storage.Charts;

/// <summary>What is to be drawn: one series of a device over a time, or of one step over all of it.</summary>
/// <param name="Step">Of one step only; null for all of the device's.</param>
/// <param name="Unit">Null when there is only one.</param>
/// <param name="From">Microseconds since 1970; the range ends before <paramref name="To"/>.</param>
/// <param name="Width">Pixel columns.</param>
public sealed record ChartRequest(DeviceId Device, StepId? Step, string Series, string? Unit, long From, long To, int Width, ChartMethod Method)
{
    public const int WidthMax = 10_000;

    /// <summary>Samples of one raw answer: about 10 MB of it.</summary>
    public const int RawSamplesMax = 500_000;
}

public enum ChartMethod
{
    /// <summary>First, least, greatest and last of each pixel column: drawn as lines, the same pixels as of all samples (Jugel et al., VLDB 2014).</summary>
    M4,

    /// <summary>As many points as pixels, chosen by the area of their triangles (Steinarsson 2013) among the M4 points of four times as many columns.</summary>
    Lttb,

    /// <summary>The mean of each pixel column, in its middle.</summary>
    Average,

    /// <summary>Every sample.</summary>
    Raw,
}

/// <summary>What there is to draw.</summary>
/// <param name="Samples">In the range.</param>
/// <param name="Steps">That reach into the range, with a sample in it or not.</param>
/// <param name="Thinned">Steps of which only aggregates are kept, where samples were needed: of those the first, last, least and greatest are drawn.</param>
public sealed record Chart(string Unit, IReadOnlyList<ChartPoint> Points, long Samples, int Steps, int Thinned);

/// <param name="Time">Microseconds since 1970.</param>
/// <param name="IsJoined">False when there is a gap before it: no line is to be drawn from the point before.</param>
public readonly record struct ChartPoint(long Time, double Value, StepId Step, bool IsJoined);

/// <summary>Why there is no chart.</summary>
public abstract record ChartOutcome
{
    private ChartOutcome()
    {
    }

    public sealed record Drawn(Chart Chart) : ChartOutcome;

    /// <summary>The device has never had such a series; or the step has not.</summary>
    public sealed record UnknownSeries : ChartOutcome;

    /// <summary>The series has several units in this range, and they cannot be drawn on one axis.</summary>
    public sealed record SeveralUnits(IReadOnlyList<string> Units) : ChartOutcome;

    /// <summary>Raw, and too many.</summary>
    public sealed record TooMany(long Samples) : ChartOutcome;
}
