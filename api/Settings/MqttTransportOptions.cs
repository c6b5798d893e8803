using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace StepCloud.Api.Settings;

/// <summary>How MQTT is reached beside its plain port and the WebSocket of the HTTP port. Everything here is off until somebody turns it on.</summary>
/// <param name="Tls">The port with TLS; null for none.</param>
/// <param name="ProxyProtocol">
/// Connections to both MQTT ports begin with a balancer's PROXY protocol header (version 2). Only where nobody but the balancer reaches them: the header says who the client is.
/// </param>
public sealed record MqttTransportOptions(MqttTlsOptions? Tls, bool ProxyProtocol)
{
    private const string TlsSection = "Mqtt:Tls";

    private const string ProxyProtocolSetting = "Mqtt:ProxyProtocol";

    private static readonly string[] TlsSettings = [nameof(MqttTlsOptions.Port), nameof(MqttTlsOptions.Certificate), nameof(MqttTlsOptions.Key)];

    /// <exception cref="SettingException">One is wrong.</exception>
    public static MqttTransportOptions Read(IConfiguration configuration, ServerOptions server)
    {
        string? proxyProtocol = configuration[ProxyProtocolSetting];
        if (!bool.TryParse(proxyProtocol ?? bool.FalseString, out bool isProxied))
            throw new SettingException(ProxyProtocolSetting, $"'{proxyProtocol}' is neither true nor false.");
        return new MqttTransportOptions(ReadTls(configuration.GetSection(TlsSection), server), isProxied);
    }

    private static MqttTlsOptions? ReadTls(IConfigurationSection section, ServerOptions server)
    {
        IConfigurationSection[] settings = [.. section.GetChildren()];
        if (settings.Length == 0) return null;
        foreach (IConfigurationSection setting in settings)
        {
            if (!TlsSettings.Contains(setting.Key, StringComparer.OrdinalIgnoreCase))
                throw new SettingException(setting.Path, "there is no such setting.");
        }

        foreach (string name in TlsSettings)
        {
            if (string.IsNullOrEmpty(section[name]))
                throw new SettingException($"{TlsSection}:{name}", "is missing. TLS needs Port, Certificate and Key.");
        }

        MqttTlsOptions tls = new(ReadPort(section[nameof(MqttTlsOptions.Port)]!, server), section[nameof(MqttTlsOptions.Certificate)]!, section[nameof(MqttTlsOptions.Key)]!);
        CheckFiles(tls);
        return tls;
    }

    private static int ReadPort(string text, ServerOptions server)
    {
        const string setting = $"{TlsSection}:{nameof(MqttTlsOptions.Port)}";
        if (!int.TryParse(text, out int port)) throw new SettingException(setting, $"'{text}' is not a whole number.");
        if (port is < 1 or > 65535) throw new SettingException(setting, $"{port} is not between 1 and 65535.");
        if (port == server.MqttPort || port == server.HttpPort)
            throw new SettingException(setting, $"Must be another port than HttpPort ({server.HttpPort}) and MqttPort ({server.MqttPort}).");
        return port;
    }

    /// <summary>A certificate that cannot be used is better found now than by the first gateway.</summary>
    private static void CheckFiles(MqttTlsOptions tls)
    {
        CheckReadable(nameof(MqttTlsOptions.Certificate), tls.Certificate);
        CheckReadable(nameof(MqttTlsOptions.Key), tls.Key);
        try
        {
            using X509Certificate2 certificate = X509Certificate2.CreateFromPemFile(tls.Certificate, tls.Key);
        }
        catch (Exception e) when (e is CryptographicException or ArgumentException)
        {
            throw new SettingException(
                $"{TlsSection}:{nameof(MqttTlsOptions.Certificate)}", $"'{tls.Certificate}' and '{tls.Key}' are not a certificate and its private key, both PEM.", e);
        }
    }

    private static void CheckReadable(string name, string path)
    {
        try
        {
            using FileStream file = File.OpenRead(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new SettingException($"{TlsSection}:{name}", $"the file '{path}' cannot be read.", e);
        }
    }
}

/// <summary>MQTT over TLS. The files are read again when they change, so that a renewal needs no restart.</summary>
/// <param name="Certificate">The path of a PEM file: the certificate, then its chain.</param>
/// <param name="Key">The path of a PEM file: the certificate's private key, not encrypted.</param>
public sealed record MqttTlsOptions(int Port, string Certificate, string Key);
