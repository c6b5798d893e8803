using StepCloud.Actors.Ports;
using StepCloud.Api.Mqtt.Relay;
using StepCloud.Contracts;
using StepCloud.Contracts.Ids;
using StepCloud.Mqtt.Broker;
using StepCloud.Mqtt.Broker.Topics;

namespace StepCloud.Api.Mqtt;

/// <summary>What users may watch: the steps and the presence of the gateways of their organization, gateway by gateway.</summary>
/// <remarks>
/// Whose a gateway is, is looked up when it is subscribed to, and it never changes: a gateway moves between sites of one organization only.
/// Therefore no wildcard may stand for the gateway. The live steps are what the gateway sent, told once after the commit; the record is in the database.
/// </remarks>
internal sealed class LiveTopics(IGatewayRegistry gateways, LiveRelay relay)
{
    private const int GatewayChars = 36;

    public async ValueTask<Authorization> AuthorizeSubscribeAsync(UserIdentity user, TopicFilter filter, CancellationToken cancellationToken)
    {
        if (filter.IsShared || !TryReadGateway(filter.Filter, out GatewayId gateway, out bool isOfSteps)) return Authorization.NotAuthorized(Reason);
        GatewayRecord? record = await gateways.FindAsync(gateway, cancellationToken);
        // A gateway that does not exist and a stranger's get the same words.
        if (record?.Organization != user.Organization) return Authorization.NotAuthorized(Reason);
        if (isOfSteps) await relay.WantAsync(gateway, cancellationToken);
        return Authorization.Allowed;
    }

    private const string Reason = "A user may subscribe to 'sc/1/{gateway}/steps' and 'sc/1/{gateway}/status' of each gateway of the own organization.";

    private static bool TryReadGateway(ReadOnlySpan<char> filter, out GatewayId gateway, out bool isOfSteps)
    {
        (gateway, isOfSteps) = (default, false);
        if (!filter.StartsWith(Topics.Root, StringComparison.Ordinal)) return false;
        ReadOnlySpan<char> rest = filter[Topics.Root.Length..];
        if (rest.Length <= GatewayChars || !Guid.TryParseExact(rest[..GatewayChars], "D", out Guid id)) return false;
        gateway = new GatewayId(id);
        isOfSteps = rest[GatewayChars..] is "/steps";
        return isOfSteps || rest[GatewayChars..] is "/status";
    }
}
