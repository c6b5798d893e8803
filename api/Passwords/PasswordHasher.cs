using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Options;
using StepCloud.Actors.Ports;
using StepCloud.Api.Watching;

namespace StepCloud.Api.Passwords;

/// <summary>
/// Hashes passwords with Argon2id (RFC 9106). Every call costs a core for about 0.15 s and its memory, or waits for them.
/// </summary>
public sealed class PasswordHasher : IPasswordHasher, IDisposable
{
    /// <summary>
    /// Bytes of UTF-8 of the longest password that is hashed: far more than a person types, and a bound on what is copied.
    /// </summary>
    public const int PasswordBytesMax = 4096;

    private const int DecoyBytes = 32;

    private readonly HashingSlots _slots;
    private readonly int _passes;
    private readonly long _memoryBytes;
    private readonly string _decoy;

    /// <summary>Makes the decoy, at the full cost: so a server that cannot hash fails when it starts, not at the first sign-in.</summary>
    /// <exception cref="DllNotFoundException">libsodium is not installed; the message says how to install it.</exception>
    /// <exception cref="InvalidOperationException">The machine has not the memory for one hash.</exception>
    /// <param name="metrics">Told how many hashes are under way; null for nobody.</param>
    public PasswordHasher(IOptions<PasswordOptions> options, ApiMetrics? metrics = null)
    {
        Libsodium.Initialize();
        _slots = new HashingSlots(options.Value.ParallelMax, options.Value.QueueMax);
        _passes = options.Value.Passes;
        _memoryBytes = options.Value.MemoryMiB * 1024L * 1024;
        _decoy = Libsodium.Hash(RandomNumberGenerator.GetBytes(DecoyBytes), _passes, _memoryBytes);
        metrics?.Watch("stepcloud.passwords.hashes", () => _slots.Admitted, "{hash}", "Hashes of passwords that are made or wait for their turn");
        metrics?.Watch("stepcloud.passwords.hashes.limit", () => _slots.AdmittedMax, "{hash}", "Hashes that may be made or wait (Passwords:ParallelMax and QueueMax)");
    }

    private Argon2Cost CostToday => new(_memoryBytes / 1024, _passes);

    /// <exception cref="HashingBusyException">Too many wait already.</exception>
    /// <exception cref="ArgumentException">The password is longer than <see cref="PasswordBytesMax"/>.</exception>
    public Task<string> HashAsync(string password, CancellationToken cancellationToken)
    {
        if (IsTooLong(password))
            throw new ArgumentException($"A password can have {PasswordBytesMax} bytes at most.", nameof(password));
        return _slots.RunAsync(() => WithBytes(password, bytes => Libsodium.Hash(bytes, _passes, _memoryBytes)), cancellationToken);
    }

    /// <exception cref="HashingBusyException">Too many wait already.</exception>
    public async Task<PasswordVerdict> VerifyAsync(string password, string hash, CancellationToken cancellationToken)
    {
        // No stored hash can be of so long a password. Known and unknown accounts answer alike: both without hashing.
        if (IsTooLong(password))
            return PasswordVerdict.Wrong;
        bool right = await _slots.RunAsync(
            () => WithBytes(password, bytes => Libsodium.Verify(bytes, hash)), cancellationToken);
        if (!right)
            return PasswordVerdict.Wrong;
        return Argon2Cost.Of(hash) is { } cost && !cost.IsBelow(CostToday) ? PasswordVerdict.Right : PasswordVerdict.RightButOutdated;
    }

    /// <summary>
    /// What to call when no account has that e-mail: does the same work as checking a wrong password, so that the time of the answer does
    /// not tell which accounts exist.
    /// </summary>
    /// <exception cref="HashingBusyException">Too many wait already.</exception>
    public Task VerifyDecoyAsync(string password, CancellationToken cancellationToken) => VerifyAsync(password, _decoy, cancellationToken);

    /// <summary>True when it cannot be anybody's: no stored hash is of so long a password.</summary>
    public static bool IsTooLong(string password) =>
        password.Length > PasswordBytesMax || Encoding.UTF8.GetByteCount(password) > PasswordBytesMax;

    public void Dispose() => _slots.Dispose();

    /// <summary>The copy in UTF-8 is pinned, so that the collector leaves no further copies behind, and zeroed.</summary>
    private static T WithBytes<T>(string password, Func<byte[], T> use)
    {
        byte[] bytes = GC.AllocateUninitializedArray<byte>(Encoding.UTF8.GetByteCount(password), pinned: true);
        try
        {
            Encoding.UTF8.GetBytes(password, bytes);
            return use(bytes);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(bytes);
        }
    }
}
