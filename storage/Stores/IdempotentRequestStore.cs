using System.Diagnostics;
using Npgsql;

namespace StepCloud.Storage;

/// <summary>Requests that came with a key of their sender's, and what they were answered: the same key does the same thing once.</summary>
/// <remarks>
/// The claim is committed before anything is done. So of two that come at once, to whichever process, one does it. A process that dies leaves a
/// claim behind that nobody answers. Where the answer is kept by the transaction of the work itself (<see cref="AnswerInTransaction{T}"/>), that says
/// that nothing was done: one process at a time writes (<see cref="ActorOwnership"/>), so a claim of another one is taken over at once. Should that one
/// live still, its transaction finds the claim gone and is rolled back. Everywhere else it is not known what was done.
/// </remarks>
public sealed class IdempotentRequestStore(StepCloudDatabase database, TimeProvider clock)
{
    /// <summary>How long a key is remembered.</summary>
    public static readonly TimeSpan Memory = TimeSpan.FromHours(24);

    /// <summary>Claims that meet while one of them is being deleted: twice in a row is chance, more is a fault of ours.</summary>
    private const int TriesMax = 5;

    /// <summary>There is one store in a process.</summary>
    private readonly Guid _process = Guid.NewGuid();

    /// <param name="requestHash">SHA-256 of all that makes the request.</param>
    /// <param name="inOneTransaction">Whether whatever is done keeps its answer in its transaction.</param>
    /// <param name="answeringMax">Who has claimed longer ago, and has not answered, never will.</param>
    public async Task<IdempotentClaim> ClaimAsync(
        Guid holder, string key, byte[] requestHash, bool inOneTransaction, TimeSpan answeringMax, CancellationToken cancellationToken)
    {
        ClaimedRequest claimed = new(holder, key, Guid.NewGuid());
        for (int attempt = 0; attempt < TriesMax; attempt++)
        {
            DateTimeOffset now = clock.GetUtcNow();
            if (await TryInsertAsync(claimed, requestHash, inOneTransaction, now, now - answeringMax, cancellationToken))
                return new IdempotentClaim.Yours(claimed);
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
    public Task KeepAsync(ClaimedRequest request, int status, byte[] answer, CancellationToken cancellationToken) =>
        database.ExecuteAsync(Keep(request, status, answer), cancellationToken);

    /// <summary>Nothing was done: the key is as new.</summary>
    public Task ReleaseAsync(ClaimedRequest request, CancellationToken cancellationToken) => database.ExecuteAsync(
        new Sql(
            "DELETE FROM idempotent_request WHERE holder_id = $1 AND key = $2 AND claim_id = $3 AND answer IS NULL",
            request.Holder, request.Key, request.Claim),
        cancellationToken);

    /// <summary>Forgets what nobody is answered with any more.</summary>
    public Task SweepAsync(CancellationToken cancellationToken) => database.ExecuteAsync(
        new Sql("DELETE FROM idempotent_request WHERE created_at < $1", clock.GetUtcNow() - Memory), cancellationToken);

    /// <summary>Changes nothing when another one has the claim, or there is an answer.</summary>
    internal static Sql Keep(ClaimedRequest request, int status, byte[] answer) => new(
        "UPDATE idempotent_request SET status = $4, answer = $5 WHERE holder_id = $1 AND key = $2 AND claim_id = $3 AND answer IS NULL",
        request.Holder, request.Key, request.Claim, (short)status, answer);

    /// <remarks>A transaction that has its answer written and is not yet committed holds the row: this waits for it, and then sees what became of it.</remarks>
    private async Task<bool> TryInsertAsync(
        ClaimedRequest request, byte[] requestHash, bool inOneTransaction, DateTimeOffset now, DateTimeOffset abandoned, CancellationToken cancellationToken) =>
        await database.ExecuteAsync(
            new Sql(
                """
                INSERT INTO idempotent_request AS r (holder_id, key, request_hash, created_at, process_id, claim_id, in_one_transaction)
                VALUES ($1, $2, $3, $4, $6, $7, $8)
                ON CONFLICT (holder_id, key) DO UPDATE
                SET request_hash = excluded.request_hash, created_at = excluded.created_at, process_id = excluded.process_id,
                    claim_id = excluded.claim_id, in_one_transaction = excluded.in_one_transaction, status = NULL, answer = NULL
                WHERE r.created_at < $5
                    OR (r.answer IS NULL AND r.in_one_transaction AND r.request_hash = excluded.request_hash
                        AND (r.process_id <> excluded.process_id OR r.created_at < $9))
                """,
                request.Holder, request.Key, requestHash, now, now - Memory, _process, request.Claim, inOneTransaction, abandoned),
            cancellationToken) == 1;

    private sealed record StoredRequest(byte[] Hash, DateTimeOffset CreatedAt, int Status, byte[]? Answer)
    {
        public static StoredRequest Read(NpgsqlDataReader reader) => new(
            reader.GetFieldValue<byte[]>(0), reader.GetFieldValue<DateTimeOffset>(1), reader.IsDBNull(2) ? 0 : reader.GetInt16(2),
            reader.IsDBNull(3) ? null : reader.GetFieldValue<byte[]>(3));
    }
}

/// <summary>A request that is to be done by whoever has this.</summary>
/// <param name="Claim">Another one as soon as another one has taken over.</param>
public sealed record ClaimedRequest(Guid Holder, string Key, Guid Claim);

/// <summary>What stands behind a key.</summary>
public abstract record IdempotentClaim
{
    private IdempotentClaim()
    {
    }

    /// <summary>Nobody has used it: do it, then keep the answer or release the key.</summary>
    public sealed record Yours(ClaimedRequest Request) : IdempotentClaim;

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
