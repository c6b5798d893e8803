using System.Runtime.InteropServices;

namespace StepCloud.Actors.Alarms;

/// <summary>The bounds that a series must keep.</summary>
/// <param name="Above">A value beyond it is outside; null for no such bound.</param>
/// <param name="Hysteresis">By how much a value must be back inside for an alarm to be cleared.</param>
/// <param name="ForUs">For how long, in microseconds, every sample must be outside; 0: one sample is enough.</param>
[StructLayout(LayoutKind.Auto)]
public readonly record struct SeriesThreshold(double? Above, double? Below, double Hysteresis, long ForUs)
{
    public bool IsOutside(double value) => value > Above || value < Below;

    /// <summary>Inside by the hysteresis. Between this and outside, an alarm stays as it is.</summary>
    public bool IsWellInside(double value) => !(value > Above - Hysteresis) && !(value < Below + Hysteresis);
}

/// <param name="TimeUs">Microseconds since the step's start.</param>
[StructLayout(LayoutKind.Auto)]
public readonly record struct SeriesPoint(long TimeUs, double Value);

/// <summary>What the samples of one step mean for the one alarm that a rule can have open of a device.</summary>
/// <param name="Raised">When the condition first came to hold; null when it did not, or held already.</param>
/// <param name="Cleared">When it last ceased to hold; null when it did not.</param>
/// <param name="IsOpen">Whether it holds at the end.</param>
[StructLayout(LayoutKind.Auto)]
public readonly record struct SeriesVerdict(SeriesPoint? Raised, SeriesPoint? Cleared, bool IsOpen);

/// <summary>What is known of a step's samples without reading them.</summary>
[StructLayout(LayoutKind.Auto)]
public readonly record struct SeriesExtent(int Count, long FirstTimeUs, double First, long LastTimeUs, double Min, double Max);
