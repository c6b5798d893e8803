using System.Diagnostics;
using StepCloud.Actors.Ports;
using StepCloud.Contracts.Refusals;
using StepCloud.Contracts.Steps;
using StepCloud.Storage.Series;

namespace StepCloud.Storage;

/// <summary>One call of Append on its way to a commit.</summary>
internal sealed class PendingAppend
{
    private readonly TaskCompletionSource<IReadOnlyList<StepOutcome>> _completion = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly StepOutcome[] _outcomes;

    public PendingAppend(StepOrigin origin, IReadOnlyList<StepEvent> steps, DateTimeOffset received, Func<StepEvent, Refusal?> check)
    {
        Origin = origin;
        Received = received;
        _outcomes = new StepOutcome[steps.Count];
        Steps = new List<PendingStep>(steps.Count);
        for (int index = 0; index < steps.Count; index++)
        {
            if (check(steps[index]) is { } refusal)
                _outcomes[index] = new StepOutcome.Refused(refusal);
            else
                Add(new PendingStep(this, index, steps[index], ContentHash.Of(steps[index]), Encode(steps[index])));
        }
    }

    public StepOrigin Origin { get; }

    public DateTimeOffset Received { get; }

    /// <summary>The span of this append; default when nobody traces it.</summary>
    public ActivityContext Trace { get; init; }

    /// <summary>Those that are to be stored; the others have their outcome already.</summary>
    public List<PendingStep> Steps { get; }

    /// <summary>What the steps take in memory, about.</summary>
    public long Bytes { get; private set; }

    /// <summary>Where it waits before it is admitted; the queue's.</summary>
    public LinkedListNode<(int Writer, PendingAppend Append)>? PlaceOutside { get; set; }

    public Task<IReadOnlyList<StepOutcome>> Outcomes => _completion.Task;

    /// <summary>True when nobody waits any more.</summary>
    public bool IsAbandoned => _completion.Task.IsCompleted;

    public StepOutcome? this[int index]
    {
        get => _outcomes[index];
        set => _outcomes[index] = value!;
    }

    public void Complete() => _completion.TrySetResult(_outcomes);

    public void Fail(Exception exception) => _completion.TrySetException(exception);

    public void Cancel(CancellationToken cancellationToken) => _completion.TrySetCanceled(cancellationToken);

    private static EncodedSeries[] Encode(StepEvent step) => [.. step.Series.Select(series => SeriesCodec.Encode(series.TimesMicroseconds, series.Values))];

    private void Add(PendingStep step)
    {
        Steps.Add(step);
        Bytes += step.Bytes;
    }
}

/// <summary>One step of an append.</summary>
internal sealed class PendingStep(PendingAppend append, int index, StepEvent step, byte[] contentHash, EncodedSeries[] encoded)
{
    // Objects, array headers and the row around the values: a rough figure, so that many small steps count too.
    private const int StepBytes = 512;
    private const int SeriesBytes = 128;
    private const int LogBytes = 64;
    private const int LineBytes = 32;

    public PendingAppend Append => append;

    public StepEvent Step => step;

    public byte[] ContentHash => contentHash;

    /// <summary>As they are stored; as many as the step has.</summary>
    public EncodedSeries[] Series => encoded;

    public StepOutcome? Outcome
    {
        get => append[index];
        set => append[index] = value;
    }

    public int SampleCount { get; } = step.Series.Sum(series => series.Values.Length);

    public long Bytes { get; } = StepBytes + (2 * (step.Label.Length + step.Settings.Length))
        + step.Series.Sum(series => SeriesBytes + (8L * (series.TimesMicroseconds.Length + series.Values.Length)))
        + encoded.Sum(series => (long)series.Samples.Length + (series.Blocks?.Length ?? 0))
        + step.Logs.Sum(log => LogBytes + log.Lines.Sum(line => LineBytes + (2L * line.Length)));

    public bool HasSameContentAs(ReadOnlySpan<byte> otherHash) => otherHash.SequenceEqual(contentHash);
}
