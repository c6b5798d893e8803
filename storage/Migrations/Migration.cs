using System.Globalization;
using System.Reflection;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;

namespace StepCloud.Storage;

/// <summary>One step of the schema, in a file `NNNN_name.sql`. Once it has shipped it is never edited.</summary>
/// <param name="Version">Counted from 1, without gaps.</param>
public sealed partial record Migration(int Version, string Name, string Sql)
{
    private const string ResourcePrefix = "migrations/";

    /// <summary>SHA-256 of the text with its lines ended by LF: a checkout that changes line ends changes nothing.</summary>
    public byte[] Checksum => SHA256.HashData(Encoding.UTF8.GetBytes(Sql.ReplaceLineEndings("\n")));

    /// <summary>The migrations that this program was built with, in their order.</summary>
    public static IReadOnlyList<Migration> Embedded()
    {
        Assembly assembly = typeof(Migration).Assembly;
        return [.. assembly.GetManifestResourceNames()
            .Where(name => name.StartsWith(ResourcePrefix, StringComparison.Ordinal))
            .Order(StringComparer.Ordinal)
            .Select(name => Parse(name[ResourcePrefix.Length..], ReadResource(assembly, name)))];
    }

    public static Migration Parse(string fileName, string sql)
    {
        Match match = FileNamePattern().Match(fileName);
        if (!match.Success)
            throw new FormatException($"'{fileName}' is not named NNNN_name.sql");
        return new Migration(int.Parse(match.Groups["version"].ValueSpan, CultureInfo.InvariantCulture), match.Groups["name"].Value, sql);
    }

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Version:0000}_{Name}");

    private static string ReadResource(Assembly assembly, string name)
    {
        using StreamReader reader = new(assembly.GetManifestResourceStream(name)!, Encoding.UTF8);
        return reader.ReadToEnd();
    }

    [GeneratedRegex("^(?<version>[0-9]{4})_(?<name>[a-z0-9_]+)[.]sql$", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex FileNamePattern();
}
