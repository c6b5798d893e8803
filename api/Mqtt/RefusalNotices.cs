using System.Text.Json;
using StepCloud.Api.Gateways;
using StepCloud.Api.Ingress;
using StepCloud.Contracts;
using StepCloud.Contracts.Ids;
using StepCloud.Mqtt.Broker;
using StepCloud.Mqtt.Packets;

namespace StepCloud.Api.Mqtt;

/// <summary>Tells a gateway on its topic `errors` what was refused and why: all of it, and in words that a 3.1.1 client can get too.</summary>
internal sealed class RefusalNotices(MqttEndpoint endpoint)
{
    private static readonly JsonSerializerOptions Json = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    /// <param name="packetIdentifier">Of the refused PUBLISH; 0 at QoS 0.</param>
    public void Send(GatewayId gateway, string topic, ushort packetIdentifier, UplinkAnswer answer)
    {
        byte[] payload = JsonSerializer.SerializeToUtf8Bytes(
            new Notice(topic, packetIdentifier, [.. answer.Results.Where(result => result.Refusal is not null).Select(UplinkElement.Of)]), Json);
        endpoint.Publish(new MqttMessage { Topic = Topics.Errors(gateway), Payload = payload, Qos = QualityOfService.AtLeastOnce });
    }

    private sealed record Notice(string Topic, ushort PacketIdentifier, IReadOnlyList<UplinkElement> Refusals);
}
