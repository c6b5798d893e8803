using System.Buffers;
using System.Security.Cryptography;

namespace StepCloud.Api.Recordings.Files;

/// <summary>What recordings are called where they lie: random, and the same in every place.</summary>
internal static class RecordingFileName
{
    private const int Letters = 32;

    private static readonly SearchValues<char> HexDigits = SearchValues.Create("0123456789abcdef");

    public static string New() => Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(Letters / 2));

    /// <summary>What is named otherwise somebody else has put there.</summary>
    public static bool Is(ReadOnlySpan<char> name) => name.Length == Letters && !name.ContainsAnyExcept(HexDigits);
}
