using Shouldly;
using StepCloud.Mqtt.Broker;
using Xunit;

namespace StepCloud.Tests.Mqtt.Broker;

/// <summary>The clients that makers of gateways really use: Mosquitto's, npm's mqtt and Python's paho.</summary>
public sealed class OutsideJudgeTests
{
    private const string Python = "/usr/bin/python3";

    private static async Task<TestServer> StartAsync()
    {
        var server = await TestServer.StartAsync(o => o.ConnectionsPerIdentityMax = 100);
        server.Application.OnPublish = topic => topic == "forbidden" ? Authorization.NotAuthorized("Not this one.") : Authorization.Allowed;
        server.Application.OnSubscribe = filter => filter.Filter == "forbidden" ? Authorization.NotAuthorized() : Authorization.Allowed;
        return server;
    }

    private static string Port(TestServer server) => $"{server.EndPoint.Port}";

    [Theory]
    [InlineData("mqttv311")]
    [InlineData("5")]
    public async Task Mosquittos_clients_exchange_messages_at_every_QoS(string version)
    {
        await using var server = await StartAsync();
        using var subscriber = Tool.Start("mosquitto_sub", "-V", version, "-p", Port(server), "-t", "a/#", "-q", "2", "-C", "3", "-F", "%t %q %p");
        await Eventually.BeAsync(() => server.Server.SubscriptionCount == 1, "mosquitto_sub has subscribed");
        foreach (string qos in (string[])["0", "1", "2"])
            (await Tool.RunAsync("mosquitto_pub", "-V", version, "-p", Port(server), "-t", $"a/{qos}", "-q", qos, "-m", $"m{qos}")).ExitCode.ShouldBe(0);
        var (exit, output, errors) = await subscriber.EndAsync();
        exit.ShouldBe(0, errors);
        output.ShouldBe("a/0 0 m0\na/1 1 m1\na/2 2 m2\n");
    }

    [Theory]
    [InlineData("mqttv311")]
    [InlineData("5")]
    public async Task Mosquittos_subscriber_gets_what_waited_for_it(string version)
    {
        await using var server = await StartAsync();
        string[] session = ["-V", version, "-p", Port(server), "-i", "keeper", "-c", "-q", "1", "-t", "a", .. version == "5" ? (string[])["-x", "60"] : []];
        (await Tool.RunAsync("mosquitto_sub", [.. session, "-E"])).ExitCode.ShouldBe(0);
        (await Tool.RunAsync("mosquitto_pub", "-V", version, "-p", Port(server), "-t", "a", "-q", "1", "-m", "waited")).ExitCode.ShouldBe(0);
        var (exit, output, errors) = await Tool.RunAsync("mosquitto_sub", [.. session, "-C", "1"]);
        exit.ShouldBe(0, errors);
        output.ShouldBe("waited\n");
    }

    [Fact]
    public async Task Mosquittos_request_gets_its_response()
    {
        await using var server = await StartAsync();
        var responder = await server.ConnectAsync("responder");
        await responder.SubscribeAsync(new StepCloud.Mqtt.Packets.Subscription("ask", StepCloud.Mqtt.Packets.QualityOfService.AtMostOnce));
        using var request = Tool.Start("mosquitto_rr", "-V", "5", "-p", Port(server), "-t", "ask", "-e", "answer", "-m", "question", "-W", "20");
        var asked = await responder.ExpectPublishAsync("question");
        await responder.PublishAsync(asked.Properties.ResponseTopic!, "response");
        var (exit, output, errors) = await request.EndAsync();
        exit.ShouldBe(0, errors);
        output.ShouldBe("response\n");
    }

    [Fact]
    public async Task Mosquittos_clients_read_why_they_were_refused()
    {
        await using var server = await StartAsync();
        var (_, output, errors) = await Tool.RunAsync("mosquitto_pub", "-V", "5", "-p", Port(server), "-t", "forbidden", "-q", "1", "-m", "x");
        (output + errors).ShouldContain("Not authorized");
        foreach (string version in (string[])["mqttv311", "5"])
        {
            var (_, said, complained) = await Tool.RunAsync("mosquitto_sub", "-V", version, "-p", Port(server), "-t", "forbidden", "-W", "5");
            (said + complained).ShouldContain("denied");
        }

        server.Application.OnAuthenticate = _ => new AuthenticationOutcome.Refused(StepCloud.Mqtt.Packets.ReasonCode.BadUserNameOrPassword);
        (await Tool.RunAsync("mosquitto_pub", "-V", "5", "-p", Port(server), "-t", "a", "-m", "x")).Errors.ShouldContain("Bad user", Case.Insensitive);
        (await Tool.RunAsync("mosquitto_pub", "-V", "mqttv311", "-p", Port(server), "-t", "a", "-m", "x")).Errors.ShouldContain("bad user", Case.Insensitive);
    }

    [Fact]
    public async Task A_killed_Mosquitto_client_leaves_its_Will()
    {
        await using var server = await StartAsync();
        using var mortal = Tool.Start("mosquitto_sub", "-p", Port(server), "-t", "x", "--will-topic", "status", "--will-payload", "gone", "--will-retain");
        await Eventually.BeAsync(() => server.Server.SubscriptionCount == 1, "mosquitto_sub has subscribed");
        mortal.Kill();
        await Eventually.BeAsync(() => server.Server.RetainedCount == 1, "the Will is retained");
        var (_, output, _) = await Tool.RunAsync("mosquitto_sub", "-p", Port(server), "-t", "status", "-C", "1", "-F", "%r %p");
        output.ShouldBe("1 gone\n");
    }

    [Theory]
    [InlineData(4)]
    [InlineData(5)]
    public async Task Npms_mqtt_is_content_over_TCP(int version)
    {
        await using var server = await StartAsync();
        await JudgeByNodeAsync($"mqtt://127.0.0.1:{server.EndPoint.Port}", version);
    }

    [Theory]
    [InlineData(4)]
    [InlineData(5)]
    public async Task Npms_mqtt_is_content_over_WebSocket(int version)
    {
        await using var server = await StartAsync();
        var (http, uri) = await WebSocketHost.StartAsync(server);
        await using (http) await JudgeByNodeAsync(uri.ToString(), version);
    }

    [Theory]
    [InlineData(4)]
    [InlineData(5)]
    public async Task Pythons_paho_is_content(int version)
    {
        await using var server = await StartAsync();
        var (exit, output, errors) = await Tool.RunAsync(Python, Path.Combine(Tool.Folder(), "paho_judge.py"), "127.0.0.1", Port(server), $"{version}");
        exit.ShouldBe(0, output + errors);
        output.ShouldContain("properties_of_5");
    }

    private static async Task JudgeByNodeAsync(string url, int version)
    {
        Directory.Exists(Path.Combine(Tool.NodeFolder, "node_modules", "mqtt")).ShouldBeTrue("npm's mqtt is not installed: run `npm ci` in tests/node (./test does)");
        var (exit, output, errors) = await Tool.RunAsync("node", "mqtt.js", url, $"{version}");
        exit.ShouldBe(0, output + errors);
        output.ShouldContain("takenOver");
    }
}
