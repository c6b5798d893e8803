using System.Net;
using System.Text.Json;

namespace StepCloud.GatewaySim.Server;

/// <summary>The server answered with an error: its status, and what its Problem Details (RFC 9457) say.</summary>
/// <param name="code">The problem's stable code; empty when the answer has none.</param>
public sealed class ServerRefusedException(HttpStatusCode status, string code, string detail)
    : Exception($"{(int)status}{(code.Length > 0 ? " " + code : "")}{(detail.Length > 0 ? ": " + detail : "")}")
{
    public HttpStatusCode Status { get; } = status;

    /// <summary>True when the same request may succeed later: the server is busy or in trouble (RFC 9110 §15.6, RFC 6585 §4).</summary>
    public bool IsTransient => (int)Status >= 500 || Status is HttpStatusCode.TooManyRequests or HttpStatusCode.RequestTimeout;

    internal static ServerRefusedException From(HttpStatusCode status, byte[] body)
    {
        try
        {
            using JsonDocument problem = JsonDocument.Parse(body);
            string detail = Text(problem, "detail");
            return new ServerRefusedException(status, Text(problem, "code"), detail.Length > 0 ? detail : Text(problem, "title"));
        }
        catch (JsonException)
        {
            return new ServerRefusedException(status, "", "");
        }
    }

    private static string Text(JsonDocument problem, string name) =>
        problem.RootElement.ValueKind == JsonValueKind.Object
        && problem.RootElement.TryGetProperty(name, out JsonElement value)
        && value.ValueKind == JsonValueKind.String
            ? value.GetString()!
            : "";
}
