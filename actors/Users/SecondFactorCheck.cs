using System.Security.Cryptography;
using StepCloud.Actors.Ports;
using StepCloud.Contracts.Audit;
using StepCloud.Contracts.Ids;
using StepCloud.Contracts.Users;

namespace StepCloud.Actors.Users;

/// <summary>Enrols and checks second factors: an authenticator app, and the recovery codes for when it is lost.</summary>
public sealed class SecondFactorCheck(ISecondFactors factors, ISealing sealing, IRefreshTokens hashes, TimeProvider clock)
{
    public const int RecoveryCodes = 10;

    /// <summary>120 bits: six groups that a person can still copy, and from 112 bits on a fast hash will do (ASVS 5.0 V6.5.2).</summary>
    private const int RecoveryCodeBytes = 15;

    private const int RecoveryCodeGroup = 4;

    public async Task<bool> IsOnAsync(UserId user, CancellationToken cancellationToken) =>
        await factors.FindAsync(user, cancellationToken) is { IsConfirmed: true };

    /// <returns>True when it is a code of the app, or a recovery code, that nobody used before; now it is used.</returns>
    public async Task<bool> TakeAsync(UserId user, string code, AuditDoer doer, CancellationToken cancellationToken)
    {
        if (await factors.FindAsync(user, cancellationToken) is not { IsConfirmed: true } factor) return false;
        string plain = Plain(code);
        if (plain.Length > Totp.Digits) return await factors.TakeRecoveryCodeAsync(user, HashOf(user, plain), doer, cancellationToken);
        byte[] secret = sealing.Open(Purpose(user), factor.SealedSecret);
        return Totp.FindStep(secret, plain, clock.GetUtcNow(), factor.LastStep) is { } step
            && await factors.TakeStepAsync(user, step, cancellationToken);
    }

    /// <returns>Null when one is on already.</returns>
    public async Task<string?> BeginAsync(UserId user, CancellationToken cancellationToken)
    {
        byte[] secret = RandomNumberGenerator.GetBytes(Totp.SecretBytes);
        return await factors.BeginAsync(user, sealing.Seal(Purpose(user), secret), cancellationToken) ? Totp.Base32(secret) : null;
    }

    public async Task<ConfirmSecondFactorOutcome> ConfirmAsync(UserId user, string code, AuditDoer doer, CancellationToken cancellationToken)
    {
        if (await factors.FindAsync(user, cancellationToken) is not { IsConfirmed: false } factor)
            return ConfirmSecondFactorOutcome.NothingToConfirm.Instance;
        byte[] secret = sealing.Open(Purpose(user), factor.SealedSecret);
        if (Totp.FindStep(secret, Plain(code), clock.GetUtcNow(), factor.LastStep) is not { } step)
            return ConfirmSecondFactorOutcome.WrongCode.Instance;

        string[] codes = [.. Enumerable.Range(0, RecoveryCodes).Select(_ => Totp.Base32(RandomNumberGenerator.GetBytes(RecoveryCodeBytes)))];
        return await factors.ConfirmAsync(user, step, [.. codes.Select(recovery => HashOf(user, recovery))], doer, cancellationToken)
            ? new ConfirmSecondFactorOutcome.Confirmed([.. codes.Select(recovery => string.Join('-', recovery.Chunk(RecoveryCodeGroup).Select(group => new string(group))))])
            : ConfirmSecondFactorOutcome.NothingToConfirm.Instance;
    }

    public Task<bool> DeleteAsync(UserId user, AuditDoer doer, CancellationToken cancellationToken) => factors.DeleteAsync(user, doer, cancellationToken);

    /// <summary>As it is compared: people type spaces and dashes, and small letters.</summary>
    private static string Plain(string code) => string.Concat(code.Where(c => !char.IsWhiteSpace(c) && c != '-')).ToUpperInvariant();

    // With the user's id, so that equal codes of two users have two hashes.
    private byte[] HashOf(UserId user, string code) => hashes.Hash($"recovery code {user} {code}");

    private static string Purpose(UserId user) => $"second-factor:{user}";
}
