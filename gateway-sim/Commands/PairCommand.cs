using System.CommandLine;
using System.Globalization;
using System.Security.Cryptography;
using StepCloud.Contracts.Gateways;
using StepCloud.Contracts.Ids;
using StepCloud.GatewaySim.Files;
using StepCloud.GatewaySim.Server;

namespace StepCloud.GatewaySim.Commands;

/// <summary>`gateway-sim pair`: shows a code, waits until a user has confirmed it, and keeps the gateway's first tokens.</summary>
internal sealed class PairCommand
{
    /// <summary>No server's clock or mood makes a gateway wait for ever, or poll without pause.</summary>
    private const double WaitSecondsMax = 3600, IntervalSecondsMin = 1;

    private readonly Option<Uri> _server = Arguments.Server();
    private readonly Option<DirectoryInfo> _data = Arguments.Data();
    private readonly Option<string?> _gateway = new("--gateway") { Description = "Pairs a gateway of the data folder again; it keeps its id and all that is stored of it.", HelpName = "ID" };

    public Command Build(CommandContext context)
    {
        Command command = new("pair", "Pairs a gateway: shows a code for a user to enter, and waits.") { _server, _data, _gateway };
        command.SetAction((parsed, cancellationToken) => RunAsync(parsed, context, cancellationToken));
        return command;
    }

    private async Task<int> RunAsync(ParseResult parsed, CommandContext context, CancellationToken cancellationToken)
    {
        using DataFolder data = DataFolder.Open(parsed.GetRequiredValue(_data).FullName);
        GatewayId gateway = parsed.GetValue(_gateway) is { } id ? Known(data, id) : GatewayId.New(context.Clock);
        string serial = string.Create(CultureInfo.InvariantCulture, $"SIM-{Convert.ToHexString(SHA256.HashData(gateway.Value.ToByteArray()))[..8]}");

        using HttpClient http = context.Http(parsed.GetRequiredValue(_server));
        PairingApi pairing = new(http);
        GatewayIntroduction introduction = new(gateway, serial, "gateway-sim", SimulatedVersions.Software, SimulatedVersions.Hardware);
        DeviceAuthorization codes = await pairing.StartAsync(introduction, cancellationToken);
        context.Say($"Enter {codes.UserCode} at {codes.VerificationUri} (gateway {gateway}, serial {serial})");

        GatewayGrant grant = await WaitAsync(pairing, codes, context.Clock, cancellationToken);
        data.Add(new GatewayCredentials(grant.Gateway.Id, grant.Gateway.Name, grant.RefreshToken, context.Clock.GetUtcNow()));
        context.Say($"paired {grant.Gateway.Id} ({grant.Gateway.Name})");
        return ExitCodes.Success;
    }

    private static async Task<GatewayGrant> WaitAsync(PairingApi pairing, DeviceAuthorization codes, TimeProvider clock, CancellationToken cancellationToken)
    {
        TimeSpan interval = TimeSpan.FromSeconds(Math.Clamp(codes.Interval, IntervalSecondsMin, WaitSecondsMax));
        DateTimeOffset end = clock.GetUtcNow() + TimeSpan.FromSeconds(Math.Min(codes.ExpiresIn, WaitSecondsMax));
        while (clock.GetUtcNow() < end)
        {
            await Task.Delay(interval, clock, cancellationToken);
            try
            {
                (GatewayGrant? grant, interval) = await pairing.PollAsync(codes.DeviceCode, interval, cancellationToken);
                if (grant is not null) return grant;
            }
            catch (Exception e) when (!cancellationToken.IsCancellationRequested
                && e is HttpRequestException or TaskCanceledException or ServerRefusedException { IsTransient: true })
            {
                // RFC 8628 §3.5: after a time-out, wait longer.
                interval *= 2;
            }
        }

        throw new ServerRefusedException(System.Net.HttpStatusCode.BadRequest, "expired_token", "Nobody confirmed the code in time.");
    }

    private static GatewayId Known(DataFolder data, string id) =>
        GatewayId.TryParse(id, null, out GatewayId gateway) && data.Gateways().Any(known => known.Credentials.Id == gateway)
            ? gateway
            : throw new UserErrorException($"--gateway '{id}' is not the id of a gateway of this data folder.");
}
