namespace StepCloud.Contracts.Steps;

/// <summary>What a step may hold. Each limit is there so that one step can never cost the others their memory.</summary>
public static class StepLimits
{
    /// <summary>The JSON of one step: two hours of 47 series at 10 Hz are 8 MB; longer runs are cut into steps by their nature.</summary>
    public const int StepBytesMax = 8 * 1024 * 1024;

    /// <summary>One message, which may hold an array of steps. A single step over its own limit still fits, and so can be refused with a reason.</summary>
    public const int MessageBytesMax = 16 * 1024 * 1024;

    /// <summary>Steps in one message: a transaction of this many rows stays short.</summary>
    public const int StepsPerMessageMax = 1000;

    public const int SeriesPerStepMax = 1000;

    public const int LogsPerStepMax = 1000;

    public const int LinesPerLogMax = 100_000;

    /// <summary>Characters of a label, a series' name, a unit.</summary>
    public const int NameCharsMax = 200;

    /// <summary>The settings' JSON; PostgreSQL's jsonb takes far more, a person reads far less.</summary>
    public const int SettingsBytesMax = 1024 * 1024;

    /// <summary>Levels of nested objects and arrays in the settings.</summary>
    public const int SettingsDepthMax = 32;

    /// <summary>How far ahead of the server's clock a gateway's may be before its times are unbelievable.</summary>
    public static readonly TimeSpan ClockAheadMax = TimeSpan.FromDays(1);

    /// <summary>How far the time in the id may be from the step's: partitions are by id, and a search by time looks this much around.</summary>
    public static readonly TimeSpan IdTimeToleranceMax = TimeSpan.FromDays(1);

    /// <summary>What one thing that a device does can last; a meter that never ends cuts its record into steps. A search by time looks this much around.</summary>
    public static readonly TimeSpan DurationMax = TimeSpan.FromDays(31);

    /// <summary>Steps before this are a clock that was never set.</summary>
    public static readonly DateTimeOffset EarliestTime = new(2015, 1, 1, 0, 0, 0, TimeSpan.Zero);
}
