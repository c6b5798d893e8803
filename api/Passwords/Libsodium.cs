using System.Runtime.InteropServices;
using System.Text;

namespace StepCloud.Api.Passwords;

/// <summary>The part of libsodium that hashes passwords (its `crypto_pwhash.h`), with the names it has there.</summary>
/// <remarks>
/// DllImport with parameters that need no conversion, rather than LibraryImport: what that generates is unsafe code, and this would be the
/// only reason to allow unsafe code in the whole application.
/// </remarks>
public static class Libsodium
{
    /// <summary>The name with the version of its binary interface: any other version may lay things out differently.</summary>
    public const string Library = "libsodium.so.23";

    /// <summary>crypto_pwhash_STRBYTES: bytes of the longest hash string with its closing NUL.</summary>
    private const int HashStringBytes = 128;

    /// <summary>crypto_pwhash_ALG_ARGON2ID13: Argon2id of version 1.3 (RFC 9106), whatever the library's default becomes.</summary>
    private const int Argon2id13 = 2;

    /// <summary>Finds the library and prepares it. Cheap, and harmless when it was done before.</summary>
    /// <exception cref="DllNotFoundException">It is not installed; the message says how to install it.</exception>
    public static void Initialize(string library = Library)
    {
        if (!NativeLibrary.TryLoad(library, out _))
            throw new DllNotFoundException($"{library}, which hashes passwords, is not installed. On Debian: apt-get install libsodium23");
        if (sodium_init() < 0)
            throw new InvalidOperationException("libsodium could not be initialized.");
    }

    /// <summary>Hashes with a salt of its own.</summary>
    /// <returns>The PHC string format: <c>$argon2id$v=19$m=65536,t=3,p=1$salt$hash</c>.</returns>
    internal static string Hash(ReadOnlySpan<byte> password, int passes, long memoryBytes)
    {
        Span<byte> hash = stackalloc byte[HashStringBytes];
        int result = crypto_pwhash_str_alg(
            ref MemoryMarshal.GetReference(hash),
            in MemoryMarshal.GetReference(password),
            (ulong)password.Length,
            (ulong)passes,
            (nuint)memoryBytes,
            Argon2id13);
        if (result != 0)
            throw new InvalidOperationException($"libsodium could not hash a password in {memoryBytes} bytes of memory.");
        return Encoding.ASCII.GetString(hash[..hash.IndexOf((byte)0)]);
    }

    /// <summary>True when the password has that hash. Compares in constant time. False for a text that is no hash.</summary>
    internal static bool Verify(ReadOnlySpan<byte> password, string hash)
    {
        Span<byte> hashString = stackalloc byte[HashStringBytes];
        hashString.Clear();
        if (hash.Length >= HashStringBytes || !Ascii.IsValid(hash))
            return false;
        Encoding.ASCII.GetBytes(hash, hashString);
        return crypto_pwhash_str_verify(
            in MemoryMarshal.GetReference(hashString), in MemoryMarshal.GetReference(password), (ulong)password.Length) == 0;
    }

    [DllImport(Library, ExactSpelling = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int sodium_init();

    [DllImport(Library, ExactSpelling = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int crypto_pwhash_str_alg(
        ref byte @out, in byte passwd, ulong passwdlen, ulong opslimit, nuint memlimit, int alg);

    [DllImport(Library, ExactSpelling = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int crypto_pwhash_str_verify(in byte str, in byte passwd, ulong passwdlen);
}
