using StepCloud.Mqtt.Broker;
using StepCloud.Mqtt.Broker.Topics;
using StepCloud.Mqtt.Packets;

namespace StepCloud.Mqtt.Host;

/// <summary>What the Eclipse Paho interoperability suites expect of a broker: everything is open but one filter.</summary>
internal sealed class ConformanceAccess : OpenAccess
{
    private const string RefusedFilter = "test/nosubscribe";

    public override ValueTask<Authorization> AuthorizeSubscribeAsync(ConnectedClient client, TopicFilter filter, CancellationToken cancellationToken) =>
        new(filter.Filter == RefusedFilter
            ? new Authorization(ReasonCode.UnspecifiedError, "Nobody may subscribe to this.")
            : Authorization.Allowed);
}
