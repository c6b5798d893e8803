using System.Globalization;

namespace StepCloud.Api.Passwords;

/// <summary>The cost that an Argon2id hash string tells of itself.</summary>
/// <remarks>
/// libsodium's `crypto_pwhash_str_needs_rehash` says only that the cost is another one. A hash is made anew when it was cheaper, never to
/// make it cheaper, so the numbers themselves are needed.
/// </remarks>
internal sealed record Argon2Cost(long MemoryKiB, long Passes)
{
    /// <param name="hash">In the PHC string format: <c>$argon2id$v=19$m=65536,t=3,p=1$salt$hash</c>.</param>
    /// <returns>Null when it is not a hash of Argon2id, version 1.3.</returns>
    public static Argon2Cost? Of(string hash) =>
        hash.Split('$') is ["", "argon2id", "v=19", string parameters, _, _]
        && parameters.Split(',') is [['m', '=', .. string memory], ['t', '=', .. string passes], _]
        && long.TryParse(memory, NumberStyles.None, CultureInfo.InvariantCulture, out long memoryKiB)
        && long.TryParse(passes, NumberStyles.None, CultureInfo.InvariantCulture, out long passCount)
            ? new Argon2Cost(memoryKiB, passCount)
            : null;

    public bool IsBelow(Argon2Cost other) => MemoryKiB < other.MemoryKiB || Passes < other.Passes;
}
