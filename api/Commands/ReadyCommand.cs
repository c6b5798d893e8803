using System.CommandLine;
using System.Net;
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
        try
        {
            using HttpClient http = new() { Timeout = Patience };
            using HttpResponseMessage answer = await http.GetAsync(new Uri($"http://{new IPEndPoint(Reached(server.ParsedAddress), server.HttpPort)}/health/ready"), cancellationToken);
            isReady = answer.IsSuccessStatusCode;
        }
        catch (Exception e) when (e is HttpRequestException || (e is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            isReady = false;
        }

        Console.WriteLine(isReady ? "ready" : "not ready");
        return isReady ? ExitCodes.Good : ExitCodes.Bad;
    }

    /// <summary>Who listens on all addresses is asked at the machine's own.</summary>
    private static IPAddress Reached(IPAddress address) =>
        address.Equals(IPAddress.Any) ? IPAddress.Loopback : address.Equals(IPAddress.IPv6Any) ? IPAddress.IPv6Loopback : address;
}
