using Microsoft.Extensions.Configuration;
using Shouldly;
using StepCloud.Api.Settings;
using StepCloud.Tests.Support;
using StepCloud.Tests.System.Processes;
using Xunit;

namespace StepCloud.Tests.Protocol.Transports;

/// <summary>The settings of MQTT's transports: off by default, and a wrong one is one line that names it.</summary>
public sealed class SettingTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public SettingTests()
    {
        new CertificateFiles(_folder.Path).Renew();
        File.WriteAllText(_folder["text.pem"], "no certificate");
    }

    [Fact]
    public void Nothing_is_on_by_default() => Read().ShouldBe(new MqttTransportOptions(null, false));

    [Fact]
    public void What_is_right_is_read()
    {
        MqttTransportOptions options = Read(("Tls:Port", "8883"), ("Tls:Certificate", "server.pem"), ("Tls:Key", "server.key"), ("ProxyProtocol", "true"));
        options.ShouldBe(new MqttTransportOptions(new MqttTlsOptions(8883, _folder["server.pem"], _folder["server.key"]), true));
    }

    [Theory]
    [InlineData("Mqtt:ProxyProtocol", "ProxyProtocol=2")]
    [InlineData("Mqtt:Tls:Certificate", "Tls:Port=8883")]
    [InlineData("Mqtt:Tls:Key", "Tls:Port=8883;Tls:Certificate=server.pem")]
    [InlineData("Mqtt:Tls:Port", "Tls:Certificate=server.pem;Tls:Key=server.key")]
    [InlineData("Mqtt:Tls:Port", "Tls:Port=many;Tls:Certificate=server.pem;Tls:Key=server.key")]
    [InlineData("Mqtt:Tls:Port", "Tls:Port=65536;Tls:Certificate=server.pem;Tls:Key=server.key")]
    [InlineData("Mqtt:Tls:Port", "Tls:Port=1883;Tls:Certificate=server.pem;Tls:Key=server.key")]
    [InlineData("Mqtt:Tls:Port", "Tls:Port=8080;Tls:Certificate=server.pem;Tls:Key=server.key")]
    [InlineData("Mqtt:Tls:Certificate", "Tls:Port=8883;Tls:Certificate=none.pem;Tls:Key=server.key")]
    [InlineData("Mqtt:Tls:Key", "Tls:Port=8883;Tls:Certificate=server.pem;Tls:Key=none.key")]
    [InlineData("Mqtt:Tls:Certificate", "Tls:Port=8883;Tls:Certificate=text.pem;Tls:Key=server.key")]
    [InlineData("Mqtt:Tls:Colour", "Tls:Colour=red")]
    public void A_wrong_one_is_named(string named, string settings)
    {
        (string, string)[] pairs = [.. settings.Split(';').Select(pair => pair.Split('=')).Select(pair => (pair[0], pair[1]))];
        string message = Should.Throw<SettingException>(() => Read(pairs)).Message;
        message.ShouldStartWith($"Setting {named}: ");
        message.ShouldNotContain("\n");
    }

    [Fact]
    public async Task The_program_says_it_in_one_line_before_anything_is_started()
    {
        using TemporaryFolder data = new();
        await using BuiltProgram run = BuiltProgram.StartServer(["run", "--data", data.Path], ("Mqtt__Tls__Port", "8883"));
        (await run.ExitCodeAsync()).ShouldBe(2, run.ToString());
        run.Errors.Where(line => line.Length > 0).ShouldHaveSingleItem().ShouldContain("Mqtt:Tls:Certificate");
        Directory.GetFileSystemEntries(data.Path).ShouldBeEmpty("nothing was started");
    }

    public void Dispose() => _folder.Dispose();

    /// <summary>Names of files are of those in the test's folder.</summary>
    private MqttTransportOptions Read(params (string Name, string Value)[] settings)
    {
        IConfiguration configuration = new ConfigurationBuilder()
            .AddInMemoryCollection(settings.ToDictionary(pair => $"Mqtt:{pair.Name}", pair => (string?)InFolder(pair.Value)))
            .Build();
        return MqttTransportOptions.Read(configuration, new ServerOptions());
    }

    private string InFolder(string value) =>
        Path.GetExtension(value) is ".pem" or ".key" ? _folder[value] : value;
}
