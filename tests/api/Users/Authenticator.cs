using StepCloud.Actors.Users;

namespace StepCloud.Tests.Api.Users;

/// <summary>What an authenticator app does with the secret that it was given.</summary>
internal static class Authenticator
{
    public static string CodeOf(string secret) => Totp.Code(Decode(secret), Totp.StepAt(DateTimeOffset.UtcNow));

    public static byte[] Decode(string base32)
    {
        List<byte> bytes = [];
        int bits = 0, pending = 0;
        foreach (char letter in base32)
        {
            pending = ((pending << 5) | "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".IndexOf(letter)) & 0xFFFF;
            if ((bits += 5) < 8) continue;
            bits -= 8;
            bytes.Add((byte)(pending >> bits));
        }

        return [.. bytes];
    }
}
