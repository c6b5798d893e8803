using StepCloud.Contracts.Devices;
using StepCloud.Contracts.Steps;

namespace StepCloud.Actors.Devices;

/// <summary>Folds committed steps into a device's twin.</summary>
/// <remarks>
/// Steps come in the order of their commits, which after an outage is not the order of their times: so what is "last" is decided by the
/// step's own time, and the same steps in another order make the same twin.
/// </remarks>
public sealed class DeviceFold
{
    /// <summary>Series whose last value is kept; a device that invents a new name for each step must not fill the memory.</summary>
    public const int SeriesMax = 2000;

    private readonly Dictionary<string, LastValue> _lastValues;
    private DeviceTwin _twin;

    public DeviceFold(DeviceTwin twin)
    {
        _twin = twin;
        _lastValues = new Dictionary<string, LastValue>(twin.LastValues, StringComparer.Ordinal);
    }

    public long Position => _twin.Position;

    public long StepsStored => _twin.StepsStored;

    public void Apply(CommittedStepHead step)
    {
        if (step.Position <= _twin.Position) return;
        bool newest = _twin.LastStep is not { } last || IsAfter(step, last);
        bool newestSettings = step.Settings != "{}" && (_twin.SettingsFrom is not { } from || step.Started >= from);
        long samples = 0;
        foreach (SeriesHead series in step.Series)
        {
            samples += series.SampleCount;
            if (series.SampleCount > 0) Apply(step, series);
        }

        _twin = _twin with
        {
            Position = step.Position,
            StepsStored = _twin.StepsStored + 1,
            SamplesStored = _twin.SamplesStored + samples,
            LastStep = newest ? new LastStep(step.Id, step.Label, step.Started, step.Ended) : _twin.LastStep,
            Settings = newestSettings ? step.Settings : _twin.Settings,
            SettingsFrom = newestSettings ? step.Started : _twin.SettingsFrom,
        };
    }

    /// <summary>The twin as it is now; later steps do not change what was returned.</summary>
    public DeviceTwin Snapshot() => _twin with { LastValues = new Dictionary<string, LastValue>(_lastValues, StringComparer.Ordinal) };

    /// <summary>What the fold needs of a step that was just committed.</summary>
    public static CommittedStepHead HeadOf(long position, StepEvent step) =>
        new(position, step.Id, step.Kind, step.Started, step.Ended, step.Label, step.Settings, [.. step.Series.Select(HeadOf)]);

    private void Apply(CommittedStepHead step, SeriesHead series)
    {
        DateTimeOffset at = step.Started.AddTicks(series.LastTimeMicroseconds * TimeSpan.TicksPerMicrosecond);
        bool known = _lastValues.TryGetValue(series.Name, out LastValue? value);
        if (known ? at >= value!.At : _lastValues.Count < SeriesMax)
            _lastValues[series.Name] = new LastValue(series.LastValue, series.Unit, at);
    }

    private static bool IsAfter(CommittedStepHead step, LastStep last) =>
        (step.Started, step.Id.Value).CompareTo((last.Started, last.Id.Value)) > 0;

    private static SeriesHead HeadOf(StepSeries series) => new(
        series.Name,
        series.Unit,
        series.Values.Length,
        series.TimesMicroseconds.Length == 0 ? 0 : series.TimesMicroseconds[^1],
        series.Values.Length == 0 ? 0 : series.Values[^1]);
}
