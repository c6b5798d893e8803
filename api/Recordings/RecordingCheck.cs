using StepCloud.Api.Recordings.Files;
using StepCloud.Api.Recordings.Format;
using StepCloud.Api.Recordings.Keeping;
using StepCloud.Api.Watching;
using StepCloud.Contracts.Audit;
using StepCloud.Storage.Recordings;

namespace StepCloud.Api.Recordings;

/// <summary>Reads what is stored of a recording and compares it with what was written.</summary>
internal sealed partial class RecordingCheck(
    RecordingStore recordings, RecordingChecks checks, RecordingPlaces places, ApiMetrics metrics, ILogger<RecordingCheck> logger)
{
    /// <summary>Compares the hash of the sealed bytes, for which no key is needed. What is wrong then is named by the verifier.</summary>
    /// <param name="pace">Waits after so many bytes.</param>
    /// <returns>What is wrong, in a sentence; null for nothing.</returns>
    /// <exception cref="StoreAwayException">Nothing is known of it: the place where it lies does not answer.</exception>
    public async Task<string?> CheckAsync(Recording recording, AuditDoer doer, Func<int, ValueTask>? pace, CancellationToken cancellationToken)
    {
        while (true)
        {
            string? fault = await FindFaultAsync(recording, pace, cancellationToken);
            KeepCheckOutcome kept = await checks.KeepAsync(recording, fault, doer, cancellationToken);
            if (kept != KeepCheckOutcome.NotThere) metrics.RecordingChecked(fault is null);
            if (kept == KeepCheckOutcome.KeptAsNews) LogRotten(logger, recording.Id.Value, fault!);
            if (kept != KeepCheckOutcome.NotThere || fault is null) return fault;
            // It was moved meanwhile, and what is wrong may be so with either bytes.
            if (await recordings.FindAsync(recording.Organization, recording.Id, cancellationToken) is not { IsStored: true } now) return null;
            recording = now;
        }
    }

    private async Task<string?> FindFaultAsync(Recording recording, Func<int, ValueTask>? pace, CancellationToken cancellationToken)
    {
        try
        {
            await using IStoredBytes stored = await places.OpenAsync(recording, cancellationToken);
            return await HashedBytes.IsAsync(stored, recording.Stored!.StoredHash, pace, cancellationToken) ? null : await NameAsync(recording, stored, pace, cancellationToken);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            await places.Ownership.RequireMarkAsync(places.Of(recording.Store), cancellationToken);
            return $"Its file cannot be read: {e.Message}";
        }
    }

    private async Task<string> NameAsync(Recording recording, IStoredBytes stored, Func<int, ValueTask>? pace, CancellationToken cancellationToken)
    {
        const string Otherwise = "Its stored bytes have another SHA-256 than when they were written.";
        if (await recordings.OpenAsync(recording.Organization, recording.Id, cancellationToken) is not { Key: { } key }) return Otherwise;
        using (key)
        {
            using ChunkOpener opener = new(key.Value, recording.Id.Value);
            RecordingVerdict verdict = await new RecordingVerifier(opener, stored).VerifyAsync(recording.ReceivedBytes, pace, cancellationToken);
            return verdict.Faults is [var first, ..] ? $"{first}{(verdict.Faults.Count > 1 ? $" There are {verdict.Faults.Count} faults or more." : "")}" : Otherwise;
        }
    }

    [LoggerMessage(4225, LogLevel.Error, "Recording {Recording} is no longer what was stored: {Fault}")]
    private static partial void LogRotten(ILogger logger, Guid recording, string fault);
}
