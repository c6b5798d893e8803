using System.CommandLine;
using System.Net;
using StepCloud.GatewaySim.Files;
using StepCloud.GatewaySim.Outbox;
using StepCloud.GatewaySim.Running;
using StepCloud.GatewaySim.Server;
using StepCloud.GatewaySim.Uplink;
using StepCloud.Mqtt.Packets;

namespace StepCloud.GatewaySim.Commands;

/// <summary>The options of every command that delivers steps: where to, how, and out of which folder.</summary>
internal sealed class DeliveryOptions
{
    private readonly Option<Uri> _server = Arguments.Server();
    private readonly Option<DirectoryInfo> _data = Arguments.Data();
    private readonly Option<string> _version = new("--mqtt-version") { Description = "The version of MQTT to speak.", DefaultValueFactory = _ => "5.0" };

    private readonly Option<DnsEndPoint[]> _mqtt = new("--mqtt")
    {
        Description = "The server's MQTT address; the port is 1883 when none is given. Of a cluster the addresses of its nodes, with commas between them.",
        HelpName = "HOST:PORT",
        Required = true,
        CustomParser = result => Arguments.Parse(result, TryEndPoints, "is not host:port"),
    };

    // At the least, the largest step there may be, and segments beside it.
    private readonly Option<int?> _outboxMebibytes = Arguments.Number(
        "--outbox-mib", "What each gateway's outbox may take on the disk, in MiB (1024). When it is full, the devices wait.", 16, 1_000_000);

    public void AddTo(Command command)
    {
        _version.AcceptOnlyFromAmong("5.0", "3.1.1");
        foreach (Option option in (Option[])[_server, _mqtt, _data, _version, _outboxMebibytes])
            command.Options.Add(option);
    }

    public DataFolder OpenData(ParseResult parsed) => DataFolder.Open(parsed.GetRequiredValue(_data).FullName);

    public HttpClient OpenHttp(ParseResult parsed, CommandContext context) => context.Http(parsed.GetRequiredValue(_server));

    public GatewaySetup Setup(ParseResult parsed, HttpClient http, Tally tally, CommandContext context) => new(
        new ServerApi(http),
        new UplinkOptions(parsed.GetRequiredValue(_mqtt), parsed.GetRequiredValue(_version) == "3.1.1" ? MqttVersion.V311 : MqttVersion.V500),
        parsed.GetValue(_outboxMebibytes) is { } size ? new OutboxOptions(BytesMax: (long)size << 20) : OutboxOptions.Default,
        tally,
        context.Clock,
        context.Logger);

    public static UserErrorException NothingEnrolled(DataFolder data) => new($"No gateway is enrolled in {data.Path}: see gateway-sim enroll.");

    private static DnsEndPoint[]? TryEndPoints(string text)
    {
        string[] texts = text.Split(',');
        DnsEndPoint[] servers = [.. texts.Select(TryEndPoint).OfType<DnsEndPoint>()];
        return servers.Length == texts.Length ? servers : null;
    }

    private static DnsEndPoint? TryEndPoint(string text) =>
        Uri.TryCreate($"mqtt://{text}", UriKind.Absolute, out Uri? uri) && uri is { UserInfo: "", PathAndQuery: "/" or "", Host.Length: > 0, Port: not 0 }
            ? new DnsEndPoint(uri.DnsSafeHost, uri.IsDefaultPort ? 1883 : uri.Port)
            : null;
}
