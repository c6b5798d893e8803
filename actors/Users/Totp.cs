using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace StepCloud.Actors.Users;

/// <summary>Time-based one-time passwords (RFC 6238) as authenticator apps make them: SHA-1, 6 digits, 30 s.</summary>
public static class Totp
{
    public const int Digits = 6;
    public const int PeriodSeconds = 30;

    /// <summary>Bytes of a new secret: as many as the HMAC gives out (RFC 4226 §4, R6).</summary>
    public const int SecretBytes = 20;

    /// <summary>Steps before and after the present one whose codes are taken: clocks differ, and typing takes time (RFC 6238 §5.2).</summary>
    public const int Window = 1;

    private const string Base32Alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

    public static long StepAt(DateTimeOffset time) => time.ToUnixTimeSeconds() / PeriodSeconds;

    /// <summary>The code of a step.</summary>
    [SuppressMessage("Security", "CA5350:Do Not Use Weak Cryptographic Algorithms", Justification =
        "RFC 6238's own, and the only one that every authenticator app knows. HMAC does not rest on the collisions that SHA-1 has.")]
    public static string Code(ReadOnlySpan<byte> secret, long step, int digits = Digits)
    {
        Span<byte> counter = stackalloc byte[8];
        BinaryPrimitives.WriteInt64BigEndian(counter, step);
        Span<byte> hash = stackalloc byte[HMACSHA1.HashSizeInBytes];
        HMACSHA1.HashData(secret, counter, hash);
        // Dynamic truncation, RFC 4226 §5.3.
        int number = BinaryPrimitives.ReadInt32BigEndian(hash[(hash[^1] & 0x0F)..]) & int.MaxValue;
        return (number % (int)Math.Pow(10, digits)).ToString(CultureInfo.InvariantCulture).PadLeft(digits, '0');
    }

    /// <summary>The step within the window whose code that is; null when it is none's. Takes the same time for every code.</summary>
    /// <param name="after">The last step whose code was taken: this and those before are used up.</param>
    public static long? FindStep(ReadOnlySpan<byte> secret, string code, DateTimeOffset now, long after)
    {
        byte[] presented = Encoding.UTF8.GetBytes(code);
        long? found = null;
        for (long step = StepAt(now) - Window; step <= StepAt(now) + Window; step++)
        {
            bool isSame = CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(Code(secret, step)), presented);
            if (isSame && step > after) found ??= step;
        }

        return found;
    }

    /// <summary>RFC 4648 §6, without padding: what apps take as the secret.</summary>
    public static string Base32(ReadOnlySpan<byte> bytes)
    {
        StringBuilder text = new();
        int bits = 0, pending = 0;
        foreach (byte value in bytes)
        {
            pending = (pending << 8) | value;
            for (bits += 8; bits >= 5; bits -= 5) text.Append(Base32Alphabet[(pending >> (bits - 5)) & 31]);
        }

        if (bits > 0) text.Append(Base32Alphabet[(pending << (5 - bits)) & 31]);
        return text.ToString();
    }
}
