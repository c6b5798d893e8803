using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace StepCloud.Api.Commands;

/// <summary>`--json`: what a command found or did, for programs; and on the standard error, as a problem, what it could not do.</summary>
internal static class CommandJson
{
    private const string Name = "--json";

    private const string TypePrefix = "urn:stepcloud:command:";

    private static readonly JsonSerializerOptions Options = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower) },
    };

    public static Option<bool> Option() => new(Name) { Description = "The result as JSON." };

    /// <summary>Whether the command line asks for it, even one that cannot be read otherwise.</summary>
    public static bool IsAsked(ParseResult parsed) => parsed.Tokens.Any(token => token.Value == Name);

    public static string Text<T>(T result) => JsonSerializer.Serialize(result, Options);

    /// <summary>With the members that Problem Details (RFC 9457) have over HTTP.</summary>
    public static string Problem(string code, string detail, int exitCode) => Text(new
    {
        Type = TypePrefix + code,
        Title = exitCode == ExitCodes.Usage ? "The command line or a setting is wrong." : "The command could not do it.",
        Detail = detail,
        Code = code,
        ExitCode = exitCode,
    });
}
