using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Http.HttpResults;
using StepCloud.Actors.Ports;
using StepCloud.Api.Gateways;
using StepCloud.Api.Http;
using StepCloud.Api.Ingress;
using StepCloud.Contracts;
using StepCloud.Contracts.Audit;
using StepCloud.Contracts.Ids;
using StepCloud.Contracts.Sessions;
using StepCloud.Storage;

namespace StepCloud.Api.Admin;

/// <summary>Sends a refused message the way that it would have gone, as the gateway that it came from.</summary>
/// <remarks>
/// Not for a gateway that is un-paired: nothing is taken in its name, whoever sends it, or a revocation would have a second door. Pair it again first.
/// A process that dies between the two commits leaves the message open; sent again, all of it is recognized by its ids.
/// </remarks>
internal sealed class QuarantineReplay(Quarantine quarantine, Uplink uplink, IGatewayRegistry gateways)
{
    private static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    };

    /// <param name="mended">The bytes that go in the place of those that came; null for the same.</param>
    public async Task<(ReplayResponse? Response, ProblemHttpResult? Problem)> RunAsync(
        QuarantinedMessage message, byte[]? mended, AuditDoer doer, CancellationToken cancellationToken)
    {
        if (message.GatewayId is not { } id || await gateways.FindAsync(new GatewayId(id), cancellationToken) is not { } gateway)
            return (null, Problems.NotReplayable("The gateway that it came from is not known."));
        if (gateway.Revoked) return (null, Problems.NotReplayable("Its gateway is un-paired, and nothing is taken in its name. Pair it again first."));
        if (!TryReadKind(gateway.Id, message.Topic, out UplinkKind kind, out CommandId command))
            return (null, Problems.NotReplayable("It came on a topic on which nothing is taken."));

        byte[] payload = mended ?? await quarantine.FindPayloadAsync(message.Id, cancellationToken) ?? [];
        SessionOrigin origin = new(doer.Origin.RemoteAddress, $"replay of {message.Id:D}");
        UplinkAnswer answer = await uplink.ReplayAsync(
            gateway.Id, origin, new UplinkMessage(kind, message.Source, message.Topic, payload, Command: command), cancellationToken);

        UplinkResponse response = UplinkResponse.Of(answer);
        Dictionary<string, int> counts = response.Results.CountBy(result => result.Outcome, StringComparer.Ordinal).ToDictionary(StringComparer.Ordinal);
        QuarantinedMessage marked = await quarantine.MarkReplayedAsync(
            message.Id, answer.FirstRefusal is null, mended, JsonSerializer.Serialize(response.Results, Json), new { mended = mended is not null, outcomes = counts }, doer,
            cancellationToken);
        return (new ReplayResponse(marked.State, response.Results), null);
    }

    /// <summary>What a message on that topic or path is.</summary>
    private static bool TryReadKind(GatewayId gateway, string topic, out UplinkKind kind, out CommandId command)
    {
        const string Path = "/gateway/api/v1/", Result = "/result";
        command = default;
        string own = Topics.Root + gateway + "/";
        // The two ways have the same names under their roots; in paths, routing is not strict about the case and a slash at the end.
        string name = topic.StartsWith(own, StringComparison.Ordinal) ? topic[own.Length..]
            : topic.StartsWith(Path, StringComparison.OrdinalIgnoreCase) ? topic[Path.Length..].ToLowerInvariant().TrimEnd('/')
            : "";
        kind = name switch { "steps" => UplinkKind.Steps, "telemetry" => UplinkKind.Telemetry, "devices" => UplinkKind.Devices, _ => UplinkKind.CommandResult };
        return kind != UplinkKind.CommandResult
            || (name.EndsWith(Result, StringComparison.Ordinal) && Topics.TryParseCommand(own + name[..^Result.Length], out _, out command));
    }
}
