using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace StepCloud.Tests.Protocol;

/// <summary>A self-signed certificate for `localhost` and its key, as PEM files that can be replaced.</summary>
internal sealed class CertificateFiles(string folder)
{
    public string CertificatePath => Path.Combine(folder, "server.pem");

    public string KeyPath => Path.Combine(folder, "server.key");

    /// <summary>Replaces both files. Each is renamed into its place, as a renewal does.</summary>
    /// <returns>The certificate's hash.</returns>
    public string Renew()
    {
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        CertificateRequest request = new("CN=localhost", key, HashAlgorithmName.SHA256);
        SubjectAlternativeNameBuilder names = new();
        names.AddDnsName("localhost");
        request.CertificateExtensions.Add(names.Build());
        using X509Certificate2 certificate = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddMinutes(-5), DateTimeOffset.UtcNow.AddHours(1));
        Write(KeyPath, key.ExportPkcs8PrivateKeyPem());
        Write(CertificatePath, certificate.ExportCertificatePem());
        return certificate.GetCertHashString();
    }

    private static void Write(string path, string text)
    {
        File.WriteAllText(path + ".new", text);
        File.Move(path + ".new", path, overwrite: true);
    }
}
