using System.Net;
using System.Net.Security;
using System.Net.WebSockets;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json.Nodes;
using Shouldly;
using StepCloud.Mqtt.Client;
using StepCloud.Mqtt.Packets;
using StepCloud.Tests.Support;
using StepCloud.Tests.System.Processes;
using Xunit;

namespace StepCloud.Tests.Protocol.Transports;

/// <summary>Every way to the MQTT server, through the application as it runs.</summary>
[Collection(RunningServerCollection.Name)]
public sealed class TransportTests(RunningServer server)
{
    [Fact]
    public async Task A_gateway_connects_over_TLS_and_a_replaced_certificate_is_in_force_without_a_restart()
    {
        ReadyGateway gateway = await server.TakeReadyGatewayAsync();
        string first = server.Certificate.Renew();
        await Eventually.HoldsAsync(async () => await SendOverTlsAsync(gateway, "one") == first, "the first certificate is shown");
        string second = server.Certificate.Renew();
        await Eventually.HoldsAsync(async () => await SendOverTlsAsync(gateway, "two") == second, "the second certificate is shown");
        (await server.StoredLabelsAsync(gateway.Id)).Distinct(StringComparer.Ordinal).ShouldBe(["one", "two"]);
    }

    [Fact]
    public async Task The_WebSocket_wants_its_subprotocol_and_says_so()
    {
        using HttpResponseMessage plain = await server.Http.GetAsync($"{server.HttpAddress}/mqtt");
        plain.StatusCode.ShouldBe(HttpStatusCode.UpgradeRequired);
        ((string)JsonNode.Parse(await plain.Content.ReadAsStringAsync())!["code"]!).ShouldBe("upgrade_required");

        using ClientWebSocket socket = new();
        socket.Options.CollectHttpResponseDetails = true;
        socket.Options.AddSubProtocol("chat");
        await Should.ThrowAsync<WebSocketException>(() => socket.ConnectAsync(server.WebSocketAddress, CancellationToken.None));
        socket.HttpStatusCode.ShouldBe(HttpStatusCode.BadRequest);
    }

    [Fact]
    public async Task A_gateway_renews_its_token_in_the_connection()
    {
        ReadyGateway gateway = await server.TakeReadyGatewayAsync();
        MqttClientOptions options = new() { Transport = MqttTransport.WebSocket(server.WebSocketAddress) };
        await using MqttClient client = await MqttClient.ConnectAsync(options, new ConnectPacket
        {
            ClientIdentifier = gateway.Id.ToString(), CleanStart = true,
            AuthenticationMethod = "token", AuthenticationData = Encoding.UTF8.GetBytes(gateway.AccessToken),
        });
        JsonNode tokens = await new PairedGateway(gateway.Id, gateway.RefreshToken).RefreshAsync(server.Http, server.HttpAddress);
        await client.ReauthenticateAsync(Encoding.UTF8.GetBytes((string)tokens["access_token"]!));
        (await PublishAsync(client, gateway, gateway.Step("after"))).IsSuccess.ShouldBeTrue();
        (await server.StoredLabelsAsync(gateway.Id)).ShouldBe(["after"]);

        await Should.ThrowAsync<MqttConnectionLostException>(() => client.ReauthenticateAsync("no token"u8.ToArray()));
        (await client.Closed).ReasonCode.ShouldBe(ReasonCode.NotAuthorized, "a DISCONNECT has no Bad User Name or Password");
    }

    [Fact]
    public async Task A_server_that_stops_says_so_on_a_WebSocket_and_does_not_wait_for_it()
    {
        await using Installation installation = await Installation.CreateAsync();
        BuiltProgram program = await installation.StartServerAsync();
        ReadyGateway gateway = await EnrolledAsync(installation);
        MqttClientOptions options = new() { Transport = MqttTransport.WebSocket(new UriBuilder(installation.HttpAddress) { Scheme = "ws", Path = "/mqtt" }.Uri) };
        await using MqttClient client = await MqttClient.ConnectAsync(options, Connect(gateway));
        program.Signal("TERM");
        (await client.Closed).ReasonCode.ShouldBe(ReasonCode.ServerShuttingDown);
        (await program.ExitCodeAsync()).ShouldBe(0, program.ToString());
    }

    [Fact]
    public async Task Behind_a_balancer_the_PROXY_header_names_the_gateway_and_a_connection_without_it_is_closed()
    {
        using TemporaryFolder folder = new();
        await using Installation installation = await Installation.CreateAsync();
        await using BuiltProgram program = BuiltProgram.StartServer(
            ["serve", "--http-port", $"{installation.HttpPort}", "--mqtt-port", $"{installation.MqttPort}", "--data", folder.Path],
            ("STEPCLOUD_DATABASE", installation.Database.ConnectionString), ("Mqtt__ProxyProtocol", "true"), ("Logging__LogLevel__StepCloud", "Debug"));
        await program.LineAsync("HTTP on");
        ReadyGateway gateway = await EnrolledAsync(installation);

        // haproxy's proxy-protocol.txt §2.2: PROXY, TCP over IPv4, 203.0.113.7:12345 to 10.0.0.1:1883.
        byte[] header = [.. "\r\n\r\n\0\r\nQUIT\n"u8, 0x21, 0x11, 0, 12, 203, 0, 113, 7, 10, 0, 0, 1, 0x30, 0x39, 0x07, 0x5B];
        await using (MqttClient client = await MqttClient.ConnectAsync(Through(header), Connect(gateway)))
            client.ConnAck.ReasonCode.ShouldBe(ReasonCode.Success);
        (await program.LineAsync("203.0.113.7:12345")).ShouldContain(gateway.Id.ToString());

        await Should.ThrowAsync<MqttConnectionLostException>(() => MqttClient.ConnectAsync(Through([]), Connect(gateway)));

        MqttClientOptions Through(byte[] first) => new()
        {
            Transport = async cancellationToken =>
            {
                Stream stream = await MqttTransport.Tcp("127.0.0.1", installation.MqttPort)(cancellationToken);
                await stream.WriteAsync(first, cancellationToken);
                return stream;
            },
        };
    }

    /// <returns>The hash of the certificate that the server showed.</returns>
    private async Task<string> SendOverTlsAsync(ReadyGateway gateway, string label)
    {
        X509Certificate? shown = null;
        SslClientAuthenticationOptions tls = new()
        {
            TargetHost = "localhost",
            RemoteCertificateValidationCallback = (_, certificate, _, errors) =>
            {
                shown = certificate is null ? null : X509CertificateLoader.LoadCertificate(certificate.GetRawCertData());
                return errors == SslPolicyErrors.RemoteCertificateChainErrors; // self-signed, and nothing else
            },
        };
        MqttClientOptions options = new() { Transport = MqttTransport.Tls("127.0.0.1", server.TlsPort, tls) };
        await using MqttClient client = await MqttClient.ConnectAsync(options, Connect(gateway));
        (await PublishAsync(client, gateway, gateway.Step(label))).IsSuccess.ShouldBeTrue();
        return shown!.GetCertHashString();
    }

    private static Task<PublishResult> PublishAsync(MqttClient client, ReadyGateway gateway, JsonObject step) =>
        client.PublishAsync(gateway.Topic("steps"), Encoding.UTF8.GetBytes(step.ToJsonString()));

    private static ConnectPacket Connect(ReadyGateway gateway) => new()
    {
        ClientIdentifier = gateway.Id.ToString(), CleanStart = true,
        UserName = gateway.Id.ToString(), Password = Encoding.UTF8.GetBytes(gateway.AccessToken),
    };

    private async Task<ReadyGateway> EnrolledAsync(Installation installation)
    {
        PairedGateway paired = (await PairedGateway.EnrollAsync(installation, 1)).ShouldHaveSingleItem();
        JsonNode tokens = await paired.RefreshAsync(server.Http, installation.HttpAddress);
        return new ReadyGateway(paired.Id, (string)tokens["access_token"]!, (string)tokens["refresh_token"]!, Guid.NewGuid());
    }
}
