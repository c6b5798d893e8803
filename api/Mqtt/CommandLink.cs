using System.Text;
using System.Text.Json;
using StepCloud.Actors.Ports;
using StepCloud.Api.Gateways;
using StepCloud.Contracts;
using StepCloud.Contracts.Commands;
using StepCloud.Contracts.Ids;
using StepCloud.Mqtt.Broker;
using StepCloud.Mqtt.Packets;
using StepCloud.Storage;
using StepCloud.Storage.Cluster;

namespace StepCloud.Api.Mqtt;

/// <summary>Publishes commands to the gateways of this process, and tells the other nodes of a cluster of those for theirs. They expire with their deadline, wherever they wait.</summary>
internal sealed class CommandLink(IServiceProvider services, ThisNode node, WaitingCommands waiting) : ICommandLink
{
    private static readonly JsonSerializerOptions Json = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    // Looked up at the first command: the endpoint's own ports lead to the actors, and those to this.
    private MqttEndpoint Endpoint => field ??= services.GetRequiredService<MqttEndpoint>();

    public async Task<bool> SendAsync(GatewayId gateway, GatewayCommand command, CancellationToken cancellationToken)
    {
        if (node.IsOneOfMany && !Endpoint.IsConnected(gateway))
        {
            // It stays queued, for the node that has the gateway (CommandRelay); without one it is sent when the gateway comes.
            await waiting.TellAsync(gateway, cancellationToken);
            return false;
        }

        MqttMessage message = new()
        {
            Topic = Topics.Command(gateway, command.Id),
            Payload = JsonSerializer.SerializeToUtf8Bytes(CommandToDo.Of(command), Json),
            Qos = QualityOfService.AtLeastOnce,
            Properties = PublishProperties.Create(
                payloadIsUtf8: true, contentType: "application/json", responseTopic: Topics.CommandResult(gateway, command.Id),
                correlationData: Encoding.UTF8.GetBytes(command.Id.ToString())),
            ExpiresAt = command.Deadline,
        };
        return await Endpoint.SendAsync(message) > 0;
    }
}
