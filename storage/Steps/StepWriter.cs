using System.Diagnostics;
using Microsoft.Extensions.Logging;
using Npgsql;
using StepCloud.Contracts.Ids;
using StepCloud.Contracts.Refusals;
using StepCloud.Contracts.Steps;
using StepCloud.Storage.Cluster;

namespace StepCloud.Storage;

/// <summary>Commits the steps of one lane of the queue: everything that has gathered, in one transaction, over and over.</summary>
internal sealed partial class StepWriter(
    int lane,
    AppendQueue queue,
    NpgsqlDataSource source,
    StepPartitions partitions,
    ThisNode node,
    StorageOptions options,
    EventStoreMetrics metrics,
    TimeProvider clock,
    ILogger logger) : IAsyncDisposable
{
    private static readonly TimeSpan FirstRetryDelay = TimeSpan.FromMilliseconds(50);

    private StepConnection? _connection;

    /// <summary>Runs until the queue is closed and empty, or it is cancelled.</summary>
    public async Task RunAsync(CancellationToken stopping)
    {
        while (true)
        {
            List<PendingAppend> appends = await queue.TakeAsync(lane, options.CommitBytesMax, options.CommitStepsMax, stopping);
            if (appends.Count == 0)
                return;

            try
            {
                await StoreAsync([.. appends.Where(append => !append.IsAbandoned).SelectMany(append => append.Steps)], stopping);
                appends.ForEach(append => append.Complete());
            }
            catch (OperationCanceledException)
            {
                appends.ForEach(append => append.Cancel(stopping));
                throw;
            }
            catch (Exception exception)
            {
                // A bug here: its callers hear of it, and the lane goes on.
                Log.Failed(logger, exception);
                appends.ForEach(append => append.Fail(exception));
            }
            finally
            {
                queue.Release(appends);
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_connection is not null)
            await _connection.DisposeAsync();
        _connection = null;
    }

    /// <summary>Gives every step its outcome. Of steps with the same id the first goes first; what becomes of it decides about the others.</summary>
    private async Task StoreAsync(List<PendingStep> steps, CancellationToken stopping)
    {
        while (steps.Count > 0)
        {
            Dictionary<StepId, PendingStep> firsts = new(steps.Count);
            List<PendingStep> others = [.. steps.Where(step => !firsts.TryAdd(step.Step.Id, step))];
            await StoreDistinctAsync([.. firsts.Values], stopping);
            steps = [.. others.Where(other => !FollowFirst(other, firsts[other.Step.Id]))];
        }
    }

    /// <returns>False when the first does not decide: it was refused, and this one is another step.</returns>
    private bool FollowFirst(PendingStep other, PendingStep first)
    {
        bool same = other.HasSameContentAs(first.ContentHash);
        switch (first.Outcome)
        {
            case StepOutcome.Refused refused:
                if (same)
                    Refuse(other, refused.Refusal);
                return same;

            // Given up: the first was not stored because nobody waits for it any more.
            case null:
                return false;

            default:
                Resolve(other, first.ContentHash);
                return true;
        }
    }

    /// <summary>Commits the steps, and when one of them cannot be stored all but that one: halves are tried until it is alone.</summary>
    private async Task StoreDistinctAsync(List<PendingStep> steps, CancellationToken stopping)
    {
        if (steps.Count == 0)
            return;
        if (await CommitAsync(steps, stopping) is not { } poison)
            return;

        if (steps.Count == 1)
        {
            Log.Poison(logger, steps[0].Step.Id, poison);
            Refuse(steps[0], Storability.Refused(poison));
            return;
        }

        int half = steps.Count / 2;
        await StoreDistinctAsync(steps[..half], stopping);
        await StoreDistinctAsync(steps[half..], stopping);
    }

    /// <summary>Commits the steps, however often it takes while the database is away.</summary>
    /// <returns>Null when it is done, or nobody waits for it any more; the error when the steps themselves are to blame.</returns>
    /// <remarks>When the answer to a commit is lost, the next try tells: what was committed is found again by its id and content.</remarks>
    private async Task<Exception?> CommitAsync(List<PendingStep> steps, CancellationToken stopping)
    {
        for (int attempt = 0; ; attempt++)
        {
            // Not those that the last try brought to their end before it failed, nor those whose callers have given up.
            List<PendingStep> open = steps.FindAll(step => step.Outcome is null && !step.Append.IsAbandoned);
            if (open.Count == 0)
                return null;

            try
            {
                await TryCommitAsync(open, attempt, stopping);
                return null;
            }
            catch (PostgresException exception) when (IsMissingPartition(exception) && attempt == 0)
            {
                // A partition that we knew was dropped: the next try makes it anew.
                partitions.Forget();
            }
            catch (Exception exception) when (DatabaseErrors.IsDataError(exception))
            {
                // The server has kept the connection; what could not even be sent has broken it.
                if (exception is not PostgresException)
                    await DisposeAsync();
                return exception;
            }
            catch (Exception exception) when (!stopping.IsCancellationRequested)
            {
                Log.NotCommitted(logger, open.Count, attempt + 1, exception);
                metrics.Retried();
                await DisposeAsync();
                await Task.Delay(RetryDelay(attempt), clock, stopping);
            }
        }
    }

    private async Task TryCommitAsync(List<PendingStep> steps, int attempt, CancellationToken stopping)
    {
        using Activity? span = CommitSpan.Begin(steps, attempt);
        try
        {
            await CommitAsync(steps, areNew: attempt == 0, stopping);
        }
        catch (Exception exception)
        {
            CommitSpan.Fail(span, exception);
            throw;
        }
    }

    private async Task CommitAsync(List<PendingStep> steps, bool areNew, CancellationToken stopping)
    {
        await partitions.EnsureAsync([.. steps.Select(step => StepMonth.Of(step.Step.Id)).Distinct()], stopping);
        _connection ??= await StepConnection.OpenAsync(source, node.IsOneOfMany, options.CommitTimeout, stopping);

        long started = clock.GetTimestamp();
        Dictionary<Guid, long> positions = await _connection.ExecuteAsync(steps, areNew, stopping);
        TimeSpan latency = clock.GetElapsedTime(started);

        List<PendingStep> stored = [.. steps.Where(step => positions.ContainsKey(step.Step.Id.Value))];
        foreach (PendingStep step in stored)
            step.Outcome = new StepOutcome.Stored(positions[step.Step.Id.Value]);
        metrics.Committed(latency, steps.Count, stored.Count, stored.Sum(step => (long)step.SampleCount));

        if (stored.Count < steps.Count)
            await ResolveKnownAsync([.. steps.Where(step => !positions.ContainsKey(step.Step.Id.Value))], stopping);
    }

    private async Task ResolveKnownAsync(List<PendingStep> known, CancellationToken stopping)
    {
        Dictionary<Guid, byte[]> hashes = await _connection!.ReadHashesAsync([.. known.Select(step => step.Step.Id.Value)], stopping);
        foreach (PendingStep step in known)
        {
            // The insert met the row, so it is there, unless its partition was dropped since: then the whole is tried again.
            if (!hashes.TryGetValue(step.Step.Id.Value, out byte[]? hash))
                throw new InvalidOperationException($"Step {step.Step.Id} was neither inserted nor found");
            Resolve(step, hash);
        }
    }

    private void Resolve(PendingStep step, byte[] storedHash)
    {
        if (step.HasSameContentAs(storedHash))
        {
            step.Outcome = StepOutcome.AlreadyStored.Instance;
            metrics.Duplicate();
            return;
        }

        Refuse(step, new Refusal(RefusalCode.IdReusedWithOtherContent, $"Step {step.Step.Id} is stored already, with other content."));
    }

    private void Refuse(PendingStep step, Refusal refusal)
    {
        step.Outcome = new StepOutcome.Refused(refusal);
        metrics.Refused();
    }

    // Full jitter around the doubled delay, so that writers who lost the same server do not come back in step.
    private TimeSpan RetryDelay(int attempt)
    {
        TimeSpan delay = FirstRetryDelay * Math.Pow(2, Math.Min(attempt, 20));
        return (delay < options.RetryDelayMax ? delay : options.RetryDelayMax) * (0.5 + (Random.Shared.NextDouble() / 2));
    }

    // PostgreSQL gives a row that finds no partition the code of a check constraint, but names no constraint.
    private static bool IsMissingPartition(PostgresException exception) =>
        exception is { SqlState: PostgresErrorCodes.CheckViolation, ConstraintName: null or "" };

    private static partial class Log
    {
        [LoggerMessage(3050, LogLevel.Warning, "Step {Step} cannot be stored and is refused")]
        public static partial void Poison(ILogger logger, StepId step, Exception exception);

        [LoggerMessage(3051, LogLevel.Error, "{Count} steps could not be committed (try {Attempt}); nothing of them is acknowledged until they are")]
        public static partial void NotCommitted(ILogger logger, int count, int attempt, Exception exception);

        [LoggerMessage(3053, LogLevel.Critical, "A batch of steps failed unexpectedly; its senders are told nothing and send again")]
        public static partial void Failed(ILogger logger, Exception exception);
    }
}
