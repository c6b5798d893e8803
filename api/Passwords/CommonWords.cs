using System.Reflection;
using System.Text;

namespace StepCloud.Api.Passwords;

/// <summary>What common passwords are made of, as `common-words.txt` lists it, in code points.</summary>
internal static class CommonWords
{
    private const string Resource = "common-words.txt";

    public static IReadOnlyList<Rune[]> All { get; } = Read();

    /// <summary>What a word is compared as: without regard to case.</summary>
    public static Rune[] Fold(string text) => [.. text.EnumerateRunes().Select(Rune.ToLowerInvariant)];

    private static IReadOnlyList<Rune[]> Read()
    {
        Assembly assembly = typeof(CommonWords).Assembly;
        string name = assembly.GetManifestResourceNames().Single(resource => resource.EndsWith(Resource, StringComparison.Ordinal));
        using StreamReader reader = new(assembly.GetManifestResourceStream(name)!);
        return
        [
            .. reader.ReadToEnd().Split('\n').Where(line => !line.StartsWith('#'))
                .SelectMany(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries)).Distinct(StringComparer.Ordinal).Select(Fold),
        ];
    }
}
