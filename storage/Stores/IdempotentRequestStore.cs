using System.Diagnostics;
using Npgsql;

namespace StepCloud.Storage;

/// <summary>Requests that came with a key of their sender's, and what they were answered: the same key does the same thing once.</summary>
/// <remarks>
/// The claim is committed before anything is done. So of two that come at once, to whichever process, one does it; and a process that dies
/// leaves a claim behind that nobody answers, which says that it is not known what was done.
/// </remarks>
public sealed class IdempotentRequestStore(StepCloudDatabase database, TimeProvider clock)
{
    /// <summary>How long a key is remembered.</summary>
    public static readonly TimeSpan Memory = TimeSpan.FromHours(24);

    /// <summary>Claims that meet while one of them is being deleted: twice in a row is chance, more is a fault of ours.</summary>
    private const int TriesMax = 5;

    /// <param name="requestHash">SHA-256 of all that makes the request.</param>
    /// <param name="answeringMax">Who has claimed longer ago, and has not answered, never will.</param>
    public async Task<IdempotentClaim> ClaimAsync(
        Guid holder, string key, byte[] requestHash, TimeSpan answeringMax, CancellationToken cancellationToken)
    {
        for (int attempt = 0; attempt < TriesMax; attempt++)
        {
            DateTimeOffset now = clock.GetUtcNow();
            if (await TryInsertAsync(holder, key, requestHash, now, cancellationToken)) return IdempotentClaim.Yours.Instance;
            StoredRequest? stored = await database.FirstAsync(
                new Sql("SELECT request_hash, created_at, status, answer FROM idempotent_request WHERE holder_id = $1 AND key = $2", holder, key),
                StoredRequest.Read,
                cancellationToken);
            // Deleted between the two: its answer was one that is not kept.
            if (stored is null) continue;
            if (!stored.Hash.AsSpan().SequenceEqual(requestHash)) return IdempotentClaim.OtherRequest.Instance;
            if (stored.Answer is { } answer) return new IdempotentClaim.Answered(stored.Status, answer);
            return now - stored.CreatedAt < answeringMax ? IdempotentClaim.InProgress.Instance : IdempotentClaim.InDoubt.Instance;
        }

        throw new UnreachableException();
    }

    /// <param name="answer">Sealed by the caller.</param>
    public Task KeepAsync(Guid holder, string key, int status, byte[] answer, CancellationToken cancellationToken) => database.ExecuteAsync(
        new Sql(
            "UPDATE idempotent_request SET status = $3, answer = $4 WHERE holder_id = $1 AND key = $2 AND answer IS NULL",
            holder, key, (short)status, answer),
        cancellationToken);

    /// <summary>Nothing was done: the key is as new.</summary>
    public Task ReleaseAsync(Guid holder, string key, CancellationToken cancellationToken) => database.ExecuteAsync(
        new Sql("DELETE FROM idempotent_request WHERE holder_id = $1 AND key = $2 AND answer IS NULL", holder, key), cancellationToken);

    /// <summary>Forgets what nobody is answered with any more.</summary>
    public Task SweepAsync(CancellationToken cancellationToken) => database.ExecuteAsync(
        new Sql("DELETE FROM idempotent_request WHERE created_at < $1", clock.GetUtcNow() - Memory), cancellationToken);

    private async Task<bool> TryInsertAsync(Guid holder, string key, byte[] requestHash, DateTimeOffset now, CancellationToken cancellationToken) =>
        await database.ExecuteAsync(
            new Sql(
                """
                INSERT INTO idempotent_request AS r (holder_id, key, request_hash, created_at) VALUES ($1, $2, $3, $4)
                ON CONFLICT (holder_id, key) DO UPDATE
                SET request_hash = excluded.request_hash, created_at = excluded.created_at, status = NULL, answer = NULL WHERE r.created_at < $5
                """,
                holder, key, requestHash, now, now - Memory),
            cancellationToken) == 1;

    private sealed record StoredRequest(byte[] Hash, DateTimeOffset CreatedAt, int Status, byte[]? Answer)
    {
        public static StoredRequest Read(NpgsqlDataReader reader) => new(
            reader.GetFieldValue<byte[]>(0), reader.GetFieldValue<DateTimeOffset>(1), reader.IsDBNull(2) ? 0 : reader.GetInt16(2),
            reader.IsDBNull(3) ? null : reader.GetFieldValue<byte[]>(3));
    }
}

/// <summary>What stands behind a key.</summary>
public abstract record IdempotentClaim
{
    private IdempotentClaim()
    {
    }

    /// <summary>Nobody has used it: do it, then keep the answer or release the key.</summary>
    public sealed record Yours : IdempotentClaim
    {
        public static readonly Yours Instance = new();
    }

    /// <param name="Answer">As it was kept.</param>
    public sealed record Answered(int Status, byte[] Answer) : IdempotentClaim;

    /// <summary>It stands for another request.</summary>
    public sealed record OtherRequest : IdempotentClaim
    {
        public static readonly OtherRequest Instance = new();
    }

    public sealed record InProgress : IdempotentClaim
    {
        public static readonly InProgress Instance = new();
    }

    /// <summary>Whoever had claimed it has died. It may have been done.</summary>
    public sealed record InDoubt : IdempotentClaim
    {
        public static readonly InDoubt Instance = new();
    }
}
