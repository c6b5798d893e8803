namespace StepCloud.Contracts.Telemetry;

/// <summary>What an element of telemetry may hold.</summary>
public static class TelemetryLimits
{
    /// <summary>The JSON of one element: a second of 100 series at 20 Hz takes about 40 KB. More is sent as several.</summary>
    public const int ElementBytesMax = 64 * 1024;

    /// <summary>Characters of the message: a device's error text, and not its log.</summary>
    public const int MessageCharsMax = 1000;
}
