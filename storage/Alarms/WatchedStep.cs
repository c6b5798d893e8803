using System.Globalization;
using System.Text.Json;
using StepCloud.Actors.Alarms;
using StepCloud.Contracts.Ids;
using StepCloud.Contracts.Steps;
using StepCloud.Storage.Series;

namespace StepCloud.Storage.Alarms;

/// <summary>A committed step as rules look at it.</summary>
/// <param name="Settings">Null when no rule asks for them.</param>
/// <param name="IsLate">A newer step of its device was committed before it.</param>
internal sealed record WatchedStep(
    StepId Id, long Position, DeviceId Device, DateTimeOffset Started, DateTimeOffset Ended, DateTimeOffset Received, string? Settings, StepResult? Outcome, bool IsLate)
{
    private const int ValueCharsMax = 200;

    /// <summary>Of the series that rules name, by name.</summary>
    public Dictionary<string, WatchedSeries> Series { get; } = new(StringComparer.Ordinal);

    /// <param name="isOpen">Whether the condition holds from before.</param>
    /// <returns>Null when the step says nothing of the condition.</returns>
    public async ValueTask<AlarmVerdict?> JudgeAsync(AlarmCondition condition, bool isOpen, Func<WatchedSeries, Task<(long[] Times, double[] Values)?>> read)
    {
        switch (condition.Subject)
        {
            case AlarmSubject.Outcome:
                return Outcome is { } outcome ? AlarmVerdict.Of(WireNames.Of(outcome) == condition.Outcome, new AlarmMoment(Ended, $"\"{WireNames.Of(outcome)}\"")) : null;
            case AlarmSubject.Setting:
                return Settings is null or "{}" ? null : JudgeSettings(condition);
            case AlarmSubject.Series:
                if (!Series.TryGetValue(condition.Series!, out WatchedSeries? series) || (condition.Unit is { } unit && unit != series.Unit)) return null;
                return await JudgeAsync(condition.Threshold, isOpen, series, read) is { } verdict
                    ? new AlarmVerdict(MomentOf(verdict.Raised), MomentOf(verdict.Cleared), verdict.IsOpen)
                    : null;
            default:
                return null;
        }
    }

    private async ValueTask<SeriesVerdict?> JudgeAsync(
        SeriesThreshold threshold, bool isOpen, WatchedSeries series, Func<WatchedSeries, Task<(long[] Times, double[] Values)?>> read)
    {
        if (series.Kind == SeriesKind.Singular)
        {
            // One value, which stands for the whole step.
            long duration = (Ended - Started).Ticks / TimeSpan.TicksPerMicrosecond;
            return series.Extent.Count == 0 ? null : SeriesWatch.Of(threshold, isOpen, [0, duration], [series.Extent.First, series.Extent.First]);
        }

        if (SeriesWatch.Of(threshold, isOpen, series.Extent) is { } verdict) return verdict;
        // Samples that are kept no more tell nothing.
        return await read(series) is var (times, values) ? SeriesWatch.Of(threshold, isOpen, times, values) : null;
    }

    private AlarmVerdict? JudgeSettings(AlarmCondition condition)
    {
        using JsonDocument json = JsonDocument.Parse(Settings!);
        if (SettingWatch.Holds(condition, json.RootElement) is not { } holds) return null;
        string? value = SettingWatch.Find(json.RootElement, condition.Pointer!)?.GetRawText();
        return AlarmVerdict.Of(holds, new AlarmMoment(Ended, value?.Length > ValueCharsMax ? null : value));
    }

    private AlarmMoment? MomentOf(SeriesPoint? point) => point is { } at
        ? new AlarmMoment(Started.AddTicks(at.TimeUs * TimeSpan.TicksPerMicrosecond), at.Value.ToString("R", CultureInfo.InvariantCulture))
        : null;
}

/// <summary>A series of a step, without its samples.</summary>
internal sealed record WatchedSeries(StepId Step, short Ordinal, string Unit, SeriesKind Kind, SeriesExtent Extent)
{
    /// <returns>Null when they are kept no more, or cannot be read: one broken row must not keep a site from its alarms, and `stepcloud step verify` names it.</returns>
    public async Task<(long[] Times, double[] Values)?> ReadAsync(DatabaseSession session, CancellationToken cancellationToken)
    {
        List<byte[]> samples = await session.ListAsync(
            new Sql("SELECT samples FROM step_series WHERE step_id = $1 AND ordinal = $2 AND samples IS NOT NULL", Step.Value, Ordinal),
            row => row.GetFieldValue<byte[]>(0), cancellationToken);
        try
        {
            return samples.Count == 0 ? null : SeriesCodec.Decode(samples[0], Extent.Count);
        }
        catch (InvalidDataException)
        {
            return null;
        }
    }
}
