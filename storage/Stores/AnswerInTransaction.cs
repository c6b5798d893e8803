namespace StepCloud.Storage;

/// <summary>The answer to a request with a key, kept by the transaction that does what is asked for: both stand, or neither.</summary>
/// <param name="answer">Makes it of what the transaction came to: status, and the sealed answer.</param>
public sealed class AnswerInTransaction<T>(ClaimedRequest request, Func<T, Task<(int Status, byte[] Answer)>> answer)
{
    /// <summary>To be called last before the commit, in every transaction that changes something.</summary>
    /// <remarks>After the entries of the audit, which come last otherwise: nobody who holds the row of a claim waits for a chain then.</remarks>
    /// <exception cref="ClaimLostException">Another one does it: this transaction must be rolled back.</exception>
    internal async Task KeepAsync(DatabaseSession transaction, T outcome, CancellationToken cancellationToken)
    {
        (int status, byte[] kept) = await answer(outcome);
        if (await transaction.ExecuteAsync(IdempotentRequestStore.Keep(request, status, kept), cancellationToken) == 0) throw new ClaimLostException();
    }
}

/// <summary>Thrown out of a transaction, which it rolls back, when its request was taken over by another process.</summary>
public sealed class ClaimLostException() : Exception("Another process has taken the request over.");
