using System.Text.Json.Nodes;
using Shouldly;
using StepCloud.Mqtt.Client;
using StepCloud.Mqtt.Packets;
using StepCloud.Tests.Api.Http;
using StepCloud.Tests.Api.Ingress;
using Xunit;

namespace StepCloud.Tests.Api.Mqtt;

/// <summary>An acknowledgement means that it is committed, whichever way the step came.</summary>
[Collection(ApiTests.Name)]
public sealed class CommitTests(ApiServer server)
{
    /// <summary>Time enough for an answer that does not wait for the commit to give itself away.</summary>
    private static readonly TimeSpan Moment = TimeSpan.FromMilliseconds(500);

    [Theory]
    [InlineData(MqttVersion.V500)]
    [InlineData(MqttVersion.V311)]
    public async Task PUBACK_comes_after_the_commit(MqttVersion version)
    {
        TestGateway gateway = await server.AddGatewayAsync();
        JsonObject step = TestGateway.Step(await gateway.AddDeviceAsync());
        await using GatewayMqtt mqtt = await GatewayMqtt.ConnectAsync(gateway, version);
        await ShouldWaitForTheCommitAsync(gateway, step, () => mqtt.SendStepsAsync(step.Bytes()), result => result.ReasonCode.ShouldBe(ReasonCode.Success));
    }

    [Fact]
    public async Task The_answer_to_a_POST_comes_after_the_commit()
    {
        TestGateway gateway = await server.AddGatewayAsync();
        JsonObject step = TestGateway.Step(await gateway.AddDeviceAsync());
        await ShouldWaitForTheCommitAsync(gateway, step, () => gateway.SendAsync(step), answer => ((int)answer.StatusCode).ShouldBe(200));
    }

    [Fact]
    public async Task A_connection_that_is_lost_before_the_commit_loses_no_step()
    {
        TestGateway gateway = await server.AddGatewayAsync();
        JsonObject step = TestGateway.Step(await gateway.AddDeviceAsync());
        Task<PublishResult> unanswered;
        await using (StepTableLock held = await StepTableLock.TakeAsync(server.Database))
        {
            GatewayMqtt mqtt = await GatewayMqtt.ConnectAsync(gateway, MqttVersion.V500);
            unanswered = mqtt.SendStepsAsync(step.Bytes());
            await held.SomebodyWaitsAsync();
            await mqtt.DisposeAsync();
            await Should.ThrowAsync<MqttConnectionLostException>(unanswered);
        }

        await using GatewayMqtt again = await GatewayMqtt.ConnectAsync(gateway, MqttVersion.V500);
        (await again.SendStepsAsync(step.Bytes())).ReasonCode.ShouldBe(ReasonCode.Success);
        (await gateway.CountStoredAsync(step)).ShouldBe(1);
    }

    [Fact]
    public async Task A_caller_who_hangs_up_before_the_commit_loses_no_step()
    {
        TestGateway gateway = await server.AddGatewayAsync();
        JsonObject step = TestGateway.Step(await gateway.AddDeviceAsync());
        await using (StepTableLock held = await StepTableLock.TakeAsync(server.Database))
        {
            using HttpClient http = new() { BaseAddress = server.HttpAddress };
            Task<HttpResponseMessage> unanswered = new ApiClient(http, gateway.Tokens.AccessToken).PostAsync("/gateway/api/v1/steps", step);
            await held.SomebodyWaitsAsync();
            http.CancelPendingRequests();
            await Should.ThrowAsync<OperationCanceledException>(unanswered);
        }

        await gateway.SendAsync(step).ShouldAnswerAsync(200);
        (await gateway.CountStoredAsync(step)).ShouldBe(1);
    }

    private async Task ShouldWaitForTheCommitAsync<T>(TestGateway gateway, JsonObject step, Func<Task<T>> send, Action<T> check)
    {
        Task<T> answer;
        await using (StepTableLock held = await StepTableLock.TakeAsync(server.Database))
        {
            answer = send();
            await held.SomebodyWaitsAsync();
            await Task.Delay(Moment);
            answer.IsCompleted.ShouldBeFalse("it was acknowledged before the commit");
            (await gateway.CountStoredAsync(step)).ShouldBe(0);
        }

        check(await answer.WaitAsync(GatewayMqtt.Patience));
        (await gateway.CountStoredAsync(step)).ShouldBe(1);
    }
}
