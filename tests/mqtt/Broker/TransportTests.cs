using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Net.WebSockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Shouldly;
using StepCloud.Mqtt.Packets;
using StepCloud.Mqtt.Transport;
using Xunit;

namespace StepCloud.Tests.Mqtt.Broker;

public sealed class TransportTests
{
    private static TcpEntryOptions Loopback => new() { EndPoint = new IPEndPoint(IPAddress.Loopback, 0) };

    [Fact]
    public async Task A_client_connects_over_TLS_and_a_renewed_certificate_is_used_without_a_restart()
    {
        var folder = Directory.CreateTempSubdirectory("stepcloud-tls-").FullName;
        try
        {
            var files = new TlsCertificateFiles(Path.Combine(folder, "cert.pem"), Path.Combine(folder, "key.pem"));
            string first = WriteCertificate(files);
            await using var server = await TestServer.StartAsync(entry: Loopback with { Tls = files });
            bool? encrypted = null;
            server.Application.OnAuthenticate = request =>
            {
                encrypted = request.IsEncrypted;
                return new StepCloud.Mqtt.Broker.AuthenticationOutcome.Accepted(new TestIdentity("tls"));
            };
            (await ConnectAsync(server)).ShouldBe(first);
            encrypted.ShouldBe(true);

            await File.WriteAllTextAsync(files.KeyPath, "half of a renewal");
            await Task.Delay(1100);
            (await ConnectAsync(server)).ShouldBe(first, "a broken pair does not replace one that works");

            string second = WriteCertificate(files);
            await Task.Delay(1100);
            (await ConnectAsync(server)).ShouldBe(second);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }

        static async Task<string> ConnectAsync(TestServer server)
        {
            using var tcp = new TcpClient();
            await tcp.ConnectAsync(server.EndPoint);
            var tls = new SslStream(tcp.GetStream(), false, (_, certificate, _, _) => certificate?.Subject == "CN=localhost");
            await tls.AuthenticateAsClientAsync("localhost");
            await using var client = new RawClient(tls, MqttVersion.V500);
            (await client.ConnectAsync(new ConnectPacket { ClientIdentifier = "tls", CleanStart = true })).ReasonCode.ShouldBe(ReasonCode.Success);
            await client.PublishAsync("a", new string('x', 100_000), 1, 1);
            await client.ExpectAckAsync(ControlPacketType.PubAck);
            await client.PingAsync();
            return tls.RemoteCertificate!.GetCertHashString();
        }
    }

    [Fact]
    public async Task A_client_that_speaks_no_TLS_on_a_TLS_port_is_closed()
    {
        var folder = Directory.CreateTempSubdirectory("stepcloud-tls-").FullName;
        var files = new TlsCertificateFiles(Path.Combine(folder, "cert.pem"), Path.Combine(folder, "key.pem"));
        WriteCertificate(files);
        await using var server = await TestServer.StartAsync(entry: Loopback with { Tls = files });
        await using var client = await server.OpenAsync();
        await client.SendAsync(ControlPacketType.Connect, new ConnectPacket { ClientIdentifier = "plain", CleanStart = true });
        await Eventually.BeAsync(() => server.Server.ConnectionCount == 0, "the connection is closed");
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public async Task A_balancers_PROXY_header_names_the_client()
    {
        await using var server = await TestServer.StartAsync(entry: Loopback with { ProxyProtocol = true });
        EndPoint? remote = null;
        server.Application.OnAuthenticate = request =>
        {
            remote = request.RemoteEndPoint;
            return new StepCloud.Mqtt.Broker.AuthenticationOutcome.Accepted(new TestIdentity("x"));
        };
        await using var client = await server.OpenAsync();
        byte[] header = [.. "\r\n\r\n\0\r\nQUIT\n"u8, 0x21, 0x11, 0, 15, 203, 0, 113, 7, 10, 0, 0, 1, 0x30, 0x39, 0x07, 0x5B, /* a TLV */ 0x04, 0, 0];
        await client.SendAsync(header);
        (await client.ConnectAsync(new ConnectPacket { ClientIdentifier = "x", CleanStart = true })).ReasonCode.ShouldBe(ReasonCode.Success);
        remote.ShouldBe(new IPEndPoint(IPAddress.Parse("203.0.113.7"), 12345));
    }

    [Fact]
    public async Task An_IPv6_client_and_a_health_check_of_the_balancer_are_understood()
    {
        await using var server = await TestServer.StartAsync(entry: Loopback with { ProxyProtocol = true });
        var seen = new List<EndPoint?>();
        server.Application.OnAuthenticate = request =>
        {
            seen.Add(request.RemoteEndPoint);
            return new StepCloud.Mqtt.Broker.AuthenticationOutcome.Accepted(new TestIdentity("x"));
        };
        byte[] six = [.. IPAddress.Parse("2001:db8::7").GetAddressBytes(), .. IPAddress.IPv6Loopback.GetAddressBytes(), 0x30, 0x39, 0x07, 0x5B];
        foreach (byte[] header in (byte[][])[[.. "\r\n\r\n\0\r\nQUIT\n"u8, 0x21, 0x21, 0, 36, .. six], [.. "\r\n\r\n\0\r\nQUIT\n"u8, 0x20, 0x00, 0, 0]])
        {
            await using var client = await server.OpenAsync();
            await client.SendAsync(header);
            await client.ConnectAsync(new ConnectPacket { ClientIdentifier = "x", CleanStart = true });
        }

        seen[0].ShouldBe(new IPEndPoint(IPAddress.Parse("2001:db8::7"), 12345));
        ((IPEndPoint)seen[1]!).Address.ShouldBe(IPAddress.Loopback);
    }

    [Fact]
    public async Task A_connection_without_the_PROXY_header_is_closed_where_one_is_expected()
    {
        await using var server = await TestServer.StartAsync(entry: Loopback with { ProxyProtocol = true });
        await using var client = await server.OpenAsync();
        await client.SendAsync(ControlPacketType.Connect, new ConnectPacket { ClientIdentifier = "direct", CleanStart = true });
        await client.ExpectEndAsync();
        server.Application.ConnectedClients.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_client_connects_over_a_WebSocket_of_the_HTTP_host()
    {
        await using var server = await TestServer.StartAsync();
        var (http, uri) = await WebSocketHost.StartAsync(server);
        await using var stopping = http;
        using var socket = new ClientWebSocket();
        socket.Options.AddSubProtocol("mqtt");
        await socket.ConnectAsync(uri, CancellationToken.None);
        socket.SubProtocol.ShouldBe("mqtt");

        await using var client = new RawClient(WebSocketStream.Create(socket, WebSocketMessageType.Binary), MqttVersion.V500);
        (await client.ConnectAsync(new ConnectPacket { ClientIdentifier = "web", CleanStart = true })).ReasonCode.ShouldBe(ReasonCode.Success);
        await client.SubscribeAsync(new Subscription("a", QualityOfService.AtMostOnce));
        string payload = new('x', 100_000);
        await client.PublishAsync("a", payload);
        await client.ExpectPublishAsync(payload);
        server.Server.Disconnect("web", ReasonCode.AdministrativeAction);
        await client.ExpectDisconnectAsync(ReasonCode.AdministrativeAction);
    }

    [Fact]
    public async Task Any_stream_can_carry_a_connection()
    {
        await using var server = await TestServer.StartAsync();
        var (near, far) = Pipes();
        var serving = server.Server.AcceptAsync(far);
        await using (var client = new RawClient(near, MqttVersion.V311))
        {
            (await client.ConnectAsync(new ConnectPacket { Version = MqttVersion.V311, ClientIdentifier = "pipe", CleanStart = true })).ReasonCode.ShouldBe(ReasonCode.Success);
            await client.PublishAsync("a", "x", 1, 1);
            await client.ExpectAckAsync(ControlPacketType.PubAck);
        }

        await serving;
    }

    private static (Stream Near, Stream Far) Pipes()
    {
        using var listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        var path = Path.Combine(Path.GetTempPath(), $"stepcloud-{Guid.NewGuid():N}.sock");
        listener.Bind(new UnixDomainSocketEndPoint(path));
        listener.Listen();
        var near = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        near.Connect(new UnixDomainSocketEndPoint(path));
        var far = listener.Accept();
        File.Delete(path);
        return (new NetworkStream(near, true), new NetworkStream(far, true));
    }

    /// <returns>Its hash.</returns>
    private static string WriteCertificate(TlsCertificateFiles files)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256);
        using var certificate = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddMinutes(-5), DateTimeOffset.UtcNow.AddHours(1));
        File.WriteAllText(files.CertificatePath, certificate.ExportCertificatePem());
        File.WriteAllText(files.KeyPath, key.ExportPkcs8PrivateKeyPem());
        return certificate.GetCertHashString();
    }
}
