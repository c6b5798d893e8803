using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using System.Net;
using StepCloud.GatewaySim.Outbox;
using StepCloud.GatewaySim.Uplink;

namespace StepCloud.GatewaySim.Commands;

/// <summary>The kinds of argument that several commands take, each read with a reason for what is wrong.</summary>
internal static class Arguments
{
    public static Option<DirectoryInfo> Data() => new("--data")
    {
        Description = "The folder of the gateways' credentials, devices, outboxes and ledgers; made when it is not there.",
        HelpName = "DIR",
        Required = true,
    };

    public static Option<Uri> Server() => new("--server")
    {
        Description = "The server's HTTP address, as http://host:port.",
        HelpName = "URL",
        Required = true,
        CustomParser = result => Parse(result, TryServer, "is not an http or https address"),
    };

    public static Option<DnsEndPoint> Mqtt() => new("--mqtt")
    {
        Description = "The server's MQTT address; the port is 1883 when none is given.",
        HelpName = "HOST:PORT",
        Required = true,
        CustomParser = result => Parse(result, TryEndPoint, "is not host:port"),
    };

    public static Option<string> MqttVersion()
    {
        Option<string> option = new("--mqtt-version") { Description = "The version of MQTT to speak.", DefaultValueFactory = _ => "5.0" };
        option.AcceptOnlyFromAmong("5.0", "3.1.1");
        return option;
    }

    /// <param name="defaultText">As it would be typed; null when there is no default.</param>
    public static Option<TimeSpan?> Duration(string name, string description, string? defaultText = null) => new(name)
    {
        Description = $"{description} As 500ms, 30s, 5m or 2h.",
        HelpName = "TIME",
        CustomParser = result => Parse<TimeSpan?>(result, TryDuration, "is not a time like 500ms, 30s, 5m or 2h"),
        DefaultValueFactory = _ => defaultText is null ? null : TryDuration(defaultText),
    };

    public static Option<int> OutboxMegabytes()
    {
        Option<int> option = new("--outbox-mib")
        {
            Description = "What each gateway's outbox may take on the disk, in MiB. When it is full, the devices wait.",
            HelpName = "N",
            DefaultValueFactory = _ => 1024,
        };
        option.Validators.Add(result =>
        {
            // At the least, the largest step there may be, and segments beside it.
            if (result.Tokens.Count == 1 && int.TryParse(result.Tokens[0].Value, out int mebibytes) && mebibytes is < 16 or > 1_000_000)
                result.AddError("--outbox-mib is from 16 to 1000000.");
        });
        return option;
    }

    public static OutboxOptions Outbox(int mebibytes) => new(BytesMax: (long)mebibytes << 20);

    public static UplinkOptions Uplink(DnsEndPoint server, string mqttVersion) =>
        new(server, mqttVersion == "3.1.1" ? StepCloud.Mqtt.Packets.MqttVersion.V311 : StepCloud.Mqtt.Packets.MqttVersion.V500);

    public static T? Parse<T>(ArgumentResult result, Func<string, T?> tryParse, string complaint)
    {
        string text = result.Tokens.Count > 0 ? result.Tokens[0].Value : "";
        if (tryParse(text) is { } value)
            return value;
        result.AddError($"{(result.Parent as OptionResult)?.IdentifierToken?.Value ?? result.Argument.Name} '{text}' {complaint}.");
        return default;
    }

    public static TimeSpan? TryDuration(string text)
    {
        ReadOnlySpan<(string Suffix, double Seconds)> units = [("ms", 0.001), ("s", 1), ("m", 60), ("h", 3600)];
        foreach ((string suffix, double seconds) in units)
        {
            if (text.EndsWith(suffix, StringComparison.Ordinal)
                && double.TryParse(text[..^suffix.Length], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double count)
                && count * seconds <= 1e6)
                return TimeSpan.FromSeconds(count * seconds);
        }
        return null;
    }

    private static Uri? TryServer(string text) =>
        Uri.TryCreate(text.EndsWith('/') ? text : text + "/", UriKind.Absolute, out Uri? uri) && uri.Scheme is "http" or "https" ? uri : null;

    private static DnsEndPoint? TryEndPoint(string text) =>
        Uri.TryCreate($"mqtt://{text}", UriKind.Absolute, out Uri? uri) && uri is { UserInfo: "", PathAndQuery: "/" or "", Host.Length: > 0, Port: not 0 }
            ? new DnsEndPoint(uri.DnsSafeHost, uri.IsDefaultPort ? 1883 : uri.Port)
            : null;
}
