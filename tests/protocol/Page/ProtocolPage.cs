using System.Text.RegularExpressions;
using StepCloud.Tests.System.Processes;

namespace StepCloud.Tests.Protocol.Page;

/// <summary>docs/PROTOCOL.md: what it says, and the blocks that a reader would copy out of it.</summary>
internal static partial class ProtocolPage
{
    public static readonly string Text = File.ReadAllText(Path.Combine(BuiltProgram.Root, "docs", "PROTOCOL.md"));

    /// <param name="kind">The words behind the fence, such as `json step`.</param>
    public static string[] Blocks(string kind) =>
        [.. Fence().Matches(Text).Where(match => match.Groups["kind"].Value == kind).Select(match => match.Groups["text"].Value)];

    public static string[] Kinds() => [.. Fence().Matches(Text).Select(match => match.Groups["kind"].Value).Distinct(StringComparer.Ordinal)];

    [GeneratedRegex("^```(?<kind>[^\\n]+)\\n(?<text>.*?)^```$", RegexOptions.Multiline | RegexOptions.Singleline | RegexOptions.ExplicitCapture, 5000)]
    private static partial Regex Fence();
}
