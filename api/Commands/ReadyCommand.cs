using System.CommandLine;
using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using StepCloud.Api.Settings;

namespace StepCloud.Api.Commands;

/// <summary>`stepcloud ready`: whether the server with these settings is ready, for containers, which have nothing else to ask it with.</summary>
internal sealed class ReadyCommand
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private readonly CommonOptions _common = new();

    public Command Create()
    {
        Command command = new("ready", "Ask the server that runs on this machine with these settings whether it is ready: exit code 0 when it is.");
        _common.AddTo(command);
        command.SetAction((parsed, cancellationToken) => AskAsync(SettingsCheck.ReadServer(_common.CreateBuilder(parsed).Configuration), cancellationToken));
        return command;
    }

    private static async Task<int> AskAsync(ServerOptions server, CancellationToken cancellationToken)
    {
        bool isReady;
        string? reasons = null;
        try
        {
            using HttpClient http = new() { Timeout = Patience };
            using HttpResponseMessage answer = await http.GetAsync(new Uri($"http://{new IPEndPoint(Reached(server.ParsedAddress), server.HttpPort)}/health/ready"), cancellationToken);
            isReady = answer.IsSuccessStatusCode;
            if (!isReady) reasons = ReasonsIn(await answer.Content.ReadAsStringAsync(cancellationToken));
        }
        catch (Exception e) when (e is HttpRequestException || (e is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            isReady = false;
        }

        Console.WriteLine(isReady ? "ready" : reasons is null ? "not ready" : $"not ready: {reasons}");
        return isReady ? ExitCodes.Good : ExitCodes.Bad;
    }

    /// <summary>Such as `database, notices`; null when it is no answer of a server of this version.</summary>
    private static string? ReasonsIn(string answer)
    {
        try
        {
            return JsonNode.Parse(answer)?["reasons"] is JsonArray reasons ? string.Join(", ", reasons.Select(reason => (string?)reason?["code"])) : null;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return null;
        }
    }

    /// <summary>Who listens on all addresses is asked at the machine's own.</summary>
    private static IPAddress Reached(IPAddress address) =>
        address.Equals(IPAddress.Any) ? IPAddress.Loopback : address.Equals(IPAddress.IPv6Any) ? IPAddress.IPv6Loopback : address;
}
