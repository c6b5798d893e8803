using System.Security.Cryptography;

namespace StepCloud.Api.Recordings.Files;

/// <summary>What recordings are called where they lie: random, and the same in every place.</summary>
internal static class RecordingFileName
{
    private const int Letters = 32;

    public static string New() => Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(Letters / 2));

    /// <summary>What is named otherwise somebody else has put there.</summary>
    public static bool Is(ReadOnlySpan<char> name) => name.Length == Letters && !name.ContainsAnyExcept(HexDigits);

    private static readonly System.Buffers.SearchValues<char> HexDigits = System.Buffers.SearchValues.Create("0123456789abcdef");
}
