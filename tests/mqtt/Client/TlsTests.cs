using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Shouldly;
using StepCloud.Mqtt.Client;
using StepCloud.Mqtt.Packets;
using Xunit;

namespace StepCloud.Tests.Mqtt.Client;

public sealed class TlsTests
{
    private static X509Certificate2 Certificate(string name)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName(name);
        request.CertificateExtensions.Add(names.Build());
        return request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
    }

    private static SslClientAuthenticationOptions Trust(X509Certificate2 certificate, string name) => new()
    {
        TargetHost = name,
        CertificateChainPolicy = new X509ChainPolicy
        {
            TrustMode = X509ChainTrustMode.CustomRootTrust,
            CustomTrustStore = { certificate },
            RevocationMode = X509RevocationMode.NoCheck,
        },
    };

    private static async Task<ScriptedConnection> AcceptAsync(TcpListener listener, X509Certificate2 certificate)
    {
        var tls = new SslStream(new NetworkStream(await listener.AcceptSocketAsync(), ownsSocket: true));
        await tls.AuthenticateAsServerAsync(certificate);
        var connection = new ScriptedConnection(tls);
        await connection.ReceiveConnectAsync();
        await connection.SendAsync(ControlPacketType.ConnAck, new ConnAckPacket());
        return connection;
    }

    [Fact]
    public async Task A_message_goes_through_TLS()
    {
        using var certificate = Certificate("broker.test");
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var accepting = AcceptAsync(listener, certificate);
        var client = await MqttClient.ConnectAsync(
            new MqttClientOptions { Transport = MqttTransport.Tls("127.0.0.1", ((IPEndPoint)listener.LocalEndpoint).Port, Trust(certificate, "broker.test")) },
            new ConnectPacket { CleanStart = true }).WaitAsync(ScriptedServer.Patience);
        using var connection = await accepting;
        var publishing = client.PublishAsync("t", new byte[100_000]);
        var packet = await connection.ReceivePublishAsync();
        packet.Payload.Length.ShouldBe(100_000);
        await connection.SendAsync(new AckPacket(ControlPacketType.PubAck, packet.PacketIdentifier));
        (await publishing.WaitAsync(ScriptedServer.Patience)).IsSuccess.ShouldBeTrue();
    }

    [Theory]
    [InlineData("other.test", true)]
    [InlineData("broker.test", false)]
    public async Task A_certificate_of_another_name_or_another_issuer_is_refused(string name, bool isTrusted)
    {
        using var certificate = Certificate("broker.test");
        using var other = Certificate("broker.test");
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        Task accepting = AcceptAsync(listener, certificate);
        var lost = await Should.ThrowAsync<MqttConnectionLostException>(MqttClient.ConnectAsync(
            new MqttClientOptions
            {
                Transport = MqttTransport.Tls("127.0.0.1", ((IPEndPoint)listener.LocalEndpoint).Port, Trust(isTrusted ? certificate : other, name)),
            },
            new ConnectPacket { CleanStart = true }).WaitAsync(ScriptedServer.Patience));
        lost.InnerException.ShouldBeOfType<AuthenticationException>();
        await accepting.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
        accepting.IsFaulted.ShouldBeTrue("no CONNECT may reach a server that is not known");
    }
}
