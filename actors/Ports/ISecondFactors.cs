using StepCloud.Contracts.Audit;
using StepCloud.Contracts.Ids;

namespace StepCloud.Actors.Ports;

/// <summary>The second factors of users. Secrets come sealed, recovery codes hashed.</summary>
public interface ISecondFactors
{
    /// <summary>The user's second factor, confirmed or not.</summary>
    Task<SecondFactorRecord?> FindAsync(UserId user, CancellationToken cancellationToken);

    /// <summary>Remembers a secret that is to be confirmed, in the place of an unconfirmed one.</summary>
    /// <returns>False when there is a confirmed one already; nothing was written.</returns>
    Task<bool> BeginAsync(UserId user, byte[] sealedSecret, CancellationToken cancellationToken);

    /// <summary>Confirms the secret by the code of that step; from now on a sign-in needs one.</summary>
    /// <returns>False when there is nothing to confirm.</returns>
    Task<bool> ConfirmAsync(UserId user, long step, IReadOnlyList<byte[]> recoveryCodeHashes, AuditDoer doer, CancellationToken cancellationToken);

    /// <summary>Uses up the codes of that step and of all before.</summary>
    /// <returns>False when somebody was first.</returns>
    Task<bool> TakeStepAsync(UserId user, long step, CancellationToken cancellationToken);

    /// <returns>False when there is no such code, or it was used.</returns>
    Task<bool> TakeRecoveryCodeAsync(UserId user, byte[] hash, AuditDoer doer, CancellationToken cancellationToken);

    /// <returns>False when there is none.</returns>
    Task<bool> DeleteAsync(UserId user, AuditDoer doer, CancellationToken cancellationToken);
}

/// <param name="LastStep">Of the last code that was taken.</param>
public sealed record SecondFactorRecord(byte[] SealedSecret, bool IsConfirmed, long LastStep);

/// <summary>Seals secrets for the database.</summary>
public interface ISealing
{
    /// <param name="purpose">The one thing that it is, such as `second-factor:ID`: it opens as nothing else.</param>
    byte[] Seal(string purpose, ReadOnlySpan<byte> secret);

    /// <exception cref="SealBrokenException">It was sealed under another key or for another purpose, or it was altered.</exception>
    byte[] Open(string purpose, byte[] sealedBytes);
}

/// <summary>A sealed secret cannot be opened: another key, another purpose, or it was altered. The message says which secret.</summary>
public sealed class SealBrokenException(string message, Exception? inner = null) : Exception(message, inner);
