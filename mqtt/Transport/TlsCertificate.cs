using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Logging;

namespace StepCloud.Mqtt.Transport;

/// <summary>A certificate with its chain, and its private key, both PEM.</summary>
public sealed record TlsCertificateFiles(string CertificatePath, string KeyPath);

/// <summary>The certificate in force: read again when its files have changed, so that a renewal needs no restart.</summary>
internal sealed partial class TlsCertificate
{
    /// <summary>How often, at most, a handshake looks at the files.</summary>
    private static readonly TimeSpan s_lookInterval = TimeSpan.FromSeconds(1);

    private readonly TlsCertificateFiles _files;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly Lock _gate = new();
    private SslServerAuthenticationOptions _options;
    private (DateTime, DateTime) _stamp;
    private long _lookedAt;

    /// <exception cref="CryptographicException">The files are no certificate and its key.</exception>
    /// <exception cref="IOException">They cannot be read.</exception>
    public TlsCertificate(TlsCertificateFiles files, TimeProvider time, ILogger logger)
    {
        _files = files;
        _time = time;
        _logger = logger;
        _stamp = Stamp();
        _options = Load();
        _lookedAt = time.GetTimestamp();
    }

    /// <summary>For the next handshake.</summary>
    public SslServerAuthenticationOptions ServerOptions()
    {
        lock (_gate)
        {
            if (_time.GetElapsedTime(_lookedAt) < s_lookInterval) return _options;
            _lookedAt = _time.GetTimestamp();
            var stamp = Stamp();
            if (stamp == _stamp) return _options;
            try
            {
                _options = Load();
                _stamp = stamp;
                LogReloaded(_files.CertificatePath);
            }
            catch (Exception exception) when (exception is CryptographicException or IOException or UnauthorizedAccessException)
            {
                // Half of a renewal may be written; the old one stays until both halves fit.
                LogNotReloaded(_files.CertificatePath, exception.Message);
            }

            return _options;
        }
    }

    private (DateTime Certificate, DateTime Key) Stamp() =>
        (File.GetLastWriteTimeUtc(_files.CertificatePath), File.GetLastWriteTimeUtc(_files.KeyPath));

    private SslServerAuthenticationOptions Load()
    {
        using var pem = X509Certificate2.CreateFromPemFile(_files.CertificatePath, _files.KeyPath);
        // The key of a PEM is ephemeral, which not every platform's TLS takes: a PKCS#12 makes it one of the platform's own.
        var certificate = X509CertificateLoader.LoadPkcs12(pem.Export(X509ContentType.Pfx), password: null);
        var chain = new X509Certificate2Collection();
        chain.ImportFromPemFile(_files.CertificatePath);
        if (chain.Count > 0) chain.RemoveAt(0);
        return new SslServerAuthenticationOptions
        {
            ServerCertificateContext = SslStreamCertificateContext.Create(certificate, chain, offline: true),
        };
    }

    [LoggerMessage(1060, LogLevel.Information, "The certificate of {Path} is in force")]
    private partial void LogReloaded(string path);

    [LoggerMessage(1061, LogLevel.Warning, "The changed certificate of {Path} cannot be used; the one before stays: {Reason}")]
    private partial void LogNotReloaded(string path, string reason);
}
