using System.ComponentModel.DataAnnotations;
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
    private const string TlsSection = MqttTlsSettings.Section;

    /// <exception cref="SettingException">One is wrong.</exception>
    public static MqttTransportOptions Read(IConfiguration configuration, ServerOptions server)
    {
        MqttTlsSettings tls = SettingsCheck.Read<MqttTlsSettings>(configuration, TlsSection);
        return new MqttTransportOptions(
            tls.Port is null ? null : ReadTls(tls, server),
            SettingsCheck.Read<MqttTransportSettings>(configuration, MqttTransportSettings.Section).ProxyProtocol);
    }

    private static MqttTlsOptions ReadTls(MqttTlsSettings given, ServerOptions server)
    {
        int port = given.Port!.Value;
        if (port == server.MqttPort || port == server.HttpPort)
            throw new SettingException($"{TlsSection}:{nameof(MqttTlsOptions.Port)}", $"Must be another port than HttpPort ({server.HttpPort}) and MqttPort ({server.MqttPort}).");
        MqttTlsOptions tls = new(port, given.Certificate!, given.Key!);
        CheckFiles(tls);
        return tls;
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

/// <summary>MQTT over TLS as somebody has set it: all three, or none.</summary>
public sealed class MqttTlsSettings : IValidatableObject
{
    public const string Section = "Mqtt:Tls";

    /// <summary>Where MQTT over TLS listens; without it there is none.</summary>
    [Range(1, 65535)]
    public int? Port { get; set; }

    /// <summary>The path of a PEM file: the certificate, then its chain. Read again when it changes.</summary>
    public string? Certificate { get; set; }

    /// <summary>The path of a PEM file: the certificate's private key, not encrypted.</summary>
    public string? Key { get; set; }

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        (string Name, bool IsGiven)[] parts = [(nameof(Port), Port is not null), (nameof(Certificate), Certificate is { Length: > 0 }), (nameof(Key), Key is { Length: > 0 })];
        if (parts.Any(part => part.IsGiven) && parts.FirstOrDefault(part => !part.IsGiven).Name is { } missing)
            yield return new ValidationResult("is missing. TLS needs Port, Certificate and Key.", [missing]);
    }
}

public sealed class MqttTransportSettings
{
    public const string Section = "Mqtt";

    /// <summary>Connections to both MQTT ports begin with a balancer's PROXY protocol header (version 2). Only where nobody but the balancer reaches them.</summary>
    public bool ProxyProtocol { get; set; }
}
