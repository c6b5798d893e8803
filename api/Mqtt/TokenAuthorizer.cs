using System.Diagnostics;
using StepCloud.Mqtt.Broker;
using StepCloud.Mqtt.Broker.Topics;
using StepCloud.Mqtt.Packets;

namespace StepCloud.Api.Mqtt;

/// <summary>Which topics a client may use: a gateway its own, a user what is live in the organization.</summary>
internal sealed class TokenAuthorizer(LiveTopics live) : IAuthorizer
{
    /// <summary>Several times the longest filter that matches anything. It is a key of the stored session, and an index row has its limit.</summary>
    private const int FilterCharsMax = 500;

    public Authorization AuthorizePublish(ConnectedClient client, string topic, QualityOfService qos, bool retain) => client.Identity switch
    {
        GatewayIdentity gateway => GatewayTopics.AuthorizePublish(gateway, topic),
        _ => Authorization.NotAuthorized("A user may watch and not publish."),
    };

    public ValueTask<Authorization> AuthorizeSubscribeAsync(ConnectedClient client, TopicFilter filter, CancellationToken cancellationToken)
    {
        if (filter.Text.Length > FilterCharsMax)
            return ValueTask.FromResult(new Authorization(ReasonCode.TopicFilterInvalid, $"A Topic Filter can have {FilterCharsMax} characters."));
        return client.Identity switch
        {
            GatewayIdentity gateway => ValueTask.FromResult(GatewayTopics.AuthorizeSubscribe(gateway, filter)),
            UserIdentity user => live.AuthorizeSubscribeAsync(user, filter, cancellationToken),
            _ => throw new UnreachableException(),
        };
    }
}
