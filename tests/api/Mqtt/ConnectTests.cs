using System.Text;
using Shouldly;
using StepCloud.Mqtt.Packets;
using StepCloud.Tests.Api.Http;
using Xunit;

namespace StepCloud.Tests.Api.Mqtt;

[Collection(ApiTests.Name)]
public sealed class ConnectTests(ApiServer server)
{
    [Theory]
    [InlineData(MqttVersion.V500)]
    [InlineData(MqttVersion.V311)]
    public async Task A_gateway_comes_in_with_its_access_token(MqttVersion version)
    {
        TestGateway gateway = await server.AddGatewayAsync();
        await using GatewayMqtt mqtt = await GatewayMqtt.ConnectAsync(gateway, version);
        mqtt.Client.ConnAck.ReasonCode.ShouldBe(ReasonCode.Success);
    }

    [Theory]
    [InlineData(MqttVersion.V500)]
    [InlineData(MqttVersion.V311)]
    public async Task What_is_no_token_and_a_token_that_has_expired_are_refused(MqttVersion version)
    {
        TestGateway gateway = await server.AddGatewayAsync();
        string expired = Forgery.Of(server, gateway.Tokens.AccessToken, claims =>
        {
            long now = DateTimeOffset.UtcNow.ToUnixTimeSeconds();
            claims["iat"] = now - 901;
            claims["exp"] = now - 1;
        });
        string token = gateway.Tokens.AccessToken;
        // One character of the signature, and always another one than it was.
        string altered = $"{token[..^10]}{(token[^10] == 'A' ? 'B' : 'A')}{token[^9..]}";
        foreach (string password in new[] { "", "nonsense", altered, expired, gateway.Tokens.RefreshToken })
            await ShouldRefuseAsync(gateway, version, password, ReasonCode.BadUserNameOrPassword);
    }

    [Fact]
    public async Task Without_a_password_nobody_comes_in()
    {
        TestGateway gateway = await server.AddGatewayAsync();
        ConnectPacket connect = new() { CleanStart = true, ClientIdentifier = gateway.Id.ToString(), UserName = gateway.Id.ToString() };
        (await GatewayMqtt.RefusedAsync(server, connect)).ReasonCode.ShouldBe(ReasonCode.BadUserNameOrPassword);
    }

    [Theory]
    [InlineData(MqttVersion.V500)]
    [InlineData(MqttVersion.V311)]
    public async Task An_administrator_s_token_is_refused(MqttVersion version)
    {
        ConnectPacket connect = new()
        {
            Version = version, CleanStart = true, UserName = "administrator", Password = Encoding.UTF8.GetBytes((await server.AdministratorAsync()).Token!),
        };
        (await GatewayMqtt.RefusedAsync(server, connect)).ReasonCode.ShouldBe(ReasonCode.NotAuthorized);
    }

    [Theory]
    [InlineData(MqttVersion.V500)]
    [InlineData(MqttVersion.V311)]
    public async Task A_revoked_gateway_and_one_whose_session_was_ended_are_refused(MqttVersion version)
    {
        TestGateway revoked = await server.AddGatewayAsync(), ended = await server.AddGatewayAsync();
        await server.Database.ExecuteAsync("UPDATE gateway SET revoked_at = now() WHERE id = $1", revoked.Id.Value);
        await server.Database.ExecuteAsync("UPDATE session SET ended_at = now(), end_reason = 'test' WHERE holder_id = $1", ended.Id.Value);

        await ShouldRefuseAsync(revoked, version, revoked.Tokens.AccessToken, ReasonCode.BadUserNameOrPassword);
        await ShouldRefuseAsync(ended, version, ended.Tokens.AccessToken, ReasonCode.BadUserNameOrPassword);
    }

    [Fact]
    public async Task A_gateway_cannot_take_the_Client_Identifier_of_another()
    {
        TestGateway gateway = await server.AddGatewayAsync(), other = await server.AddGatewayAsync();
        ConnectPacket connect = GatewayMqtt.Connect(gateway, MqttVersion.V500, clientIdentifier: other.Id.ToString());
        (await GatewayMqtt.RefusedAsync(server, connect)).ReasonCode.ShouldBe(ReasonCode.ClientIdentifierNotValid);
    }

    [Theory]
    [InlineData("sc/1/{other}/errors")]
    [InlineData("sc/1/+/steps")]
    [InlineData("#")]
    [InlineData("$share/thieves/sc/1/{own}/errors")]
    public async Task A_gateway_may_subscribe_to_its_own_topics_only(string filter)
    {
        TestGateway gateway = await server.AddGatewayAsync(), other = await server.AddGatewayAsync();
        await using GatewayMqtt mqtt = await GatewayMqtt.ConnectAsync(gateway, MqttVersion.V500);
        SubAckPacket answer = await mqtt.Client.SubscribeAsync(
            [new Subscription(filter.Replace("{other}", other.Id.ToString()).Replace("{own}", gateway.Id.ToString()), QualityOfService.AtLeastOnce)]);
        answer.ReasonCodes.ShouldBe([ReasonCode.NotAuthorized]);
    }

    private async Task ShouldRefuseAsync(TestGateway gateway, MqttVersion version, string password, ReasonCode reasonCode)
    {
        ConnAckPacket refused = await GatewayMqtt.RefusedAsync(server, GatewayMqtt.Connect(gateway, version, password));
        refused.ReasonCode.ShouldBe(reasonCode, password);
        if (version == MqttVersion.V500) refused.ReasonString.ShouldNotBeNullOrWhiteSpace();
    }
}
