using System.Globalization;

namespace StepCloud.GatewaySim.Replay;

/// <summary>How much faster than it was recorded a job is sent.</summary>
/// <param name="Factor">1 is true timing; infinity sends without waiting.</param>
public readonly record struct ReplaySpeed(double Factor)
{
    public static readonly ReplaySpeed True = new(1);

    public static readonly ReplaySpeed Max = new(double.PositiveInfinity);

    /// <summary>How long the sender waits for what took so long.</summary>
    public TimeSpan Scale(TimeSpan recorded) => recorded / Factor;

    public override string ToString() => double.IsPositiveInfinity(Factor) ? "max" : Factor.ToString(CultureInfo.InvariantCulture);

    /// <summary>`max`, or a positive number.</summary>
    public static ReplaySpeed? TryParse(string text)
    {
        if (text == "max")
            return Max;
        return double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double factor) && factor is > 0 and <= 1e6
            ? new ReplaySpeed(factor)
            : null;
    }
}
