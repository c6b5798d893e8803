using System.IO.Enumeration;
using StepCloud.Contracts.Ids;

namespace StepCloud.Storage;

/// <summary>Finds the model that a device means by what it tells.</summary>
/// <remarks>
/// A pattern is matched against the whole text, without regard to case; `*` stands for any characters. The longest pattern that matches
/// wins, so that `*` alone is the last resort; of equally long ones the first by name.
/// </remarks>
internal sealed class ModelCatalogue(IEnumerable<ModelPattern> patterns)
{
    private readonly ModelPattern[] _patterns =
        [.. patterns.OrderByDescending(pattern => pattern.Pattern.Length).ThenBy(pattern => pattern.Name, StringComparer.Ordinal)];

    public ModelPattern Match(string told) =>
        _patterns.FirstOrDefault(pattern => FileSystemName.MatchesSimpleExpression(Escaped(pattern.Pattern), told.Trim(), ignoreCase: true))
        ?? throw new InvalidOperationException("The catalogue has no model with the pattern *.");

    // `?` means itself in a pattern of ours, and one character in the class library's.
    private static string Escaped(string pattern) => pattern.Replace("\\", "\\\\").Replace("?", "\\?");
}

internal sealed record ModelPattern(DeviceModelId Model, string Name, string Pattern);
