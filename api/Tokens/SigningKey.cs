using System.Security.Cryptography;
using Microsoft.Extensions.ObjectPool;

namespace StepCloud.Api.Tokens;

/// <summary>One ES256 key, a pair or its public half: ECDSA on P-256 with SHA-256 (RFC 7518 §3.4). Safe for any number of threads.</summary>
/// <remarks>
/// Making an <see cref="ECDsa"/> costs more than a signature, and .NET does not promise that one may be used by two threads: so they are
/// pooled. The pool drops and disposes what is over twice the number of cores.
/// </remarks>
public sealed class SigningKey
{
    public const string Algorithm = "ES256";

    /// <summary>R and S of 32 bytes each (RFC 7518 §3.4): the form of IEEE P1363, not DER.</summary>
    public const int SignatureBytes = 64;

    private const string P256Oid = "1.2.840.10045.3.1.7";

    private readonly ObjectPool<ECDsa> _pool;

    private SigningKey(ECParameters key)
    {
        _pool = new DefaultObjectPoolProvider().Create(new EcdsaPolicy(key));
        PublicKey = JsonWebKey.Of(key.Q);
        CanSign = key.D is not null;
    }

    /// <summary>False for a public key alone.</summary>
    public bool CanSign { get; }

    /// <summary>`kid`: the thumbprint of the public key (RFC 7638).</summary>
    public string KeyId => PublicKey.KeyId;

    public JsonWebKey PublicKey { get; }

    public static SigningKey Generate()
    {
        using ECDsa created = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        return new SigningKey(created.ExportParameters(includePrivateParameters: true));
    }

    /// <summary>Reads a private key. With <see cref="ExportPkcs8"/> the one place where private keys enter and leave.</summary>
    /// <exception cref="CryptographicException">The bytes are not PKCS#8 (RFC 5208) in DER, or not of a key on P-256.</exception>
    public static SigningKey ImportPkcs8(ReadOnlySpan<byte> pkcs8)
    {
        using ECDsa imported = ECDsa.Create();
        imported.ImportPkcs8PrivateKey(pkcs8, out int bytesRead);
        return Of(imported.ExportParameters(includePrivateParameters: true), isWhole: bytesRead == pkcs8.Length);
    }

    /// <summary>Reads a public key, which verifies and cannot sign.</summary>
    /// <exception cref="CryptographicException">The bytes are not SubjectPublicKeyInfo (RFC 5480 §2) in DER, or not of a key on P-256.</exception>
    public static SigningKey ImportSpki(ReadOnlySpan<byte> spki)
    {
        using ECDsa imported = ECDsa.Create();
        imported.ImportSubjectPublicKeyInfo(spki, out int bytesRead);
        return Of(imported.ExportParameters(includePrivateParameters: false), isWhole: bytesRead == spki.Length);
    }

    public byte[] ExportPkcs8() => WithEcdsa(ecdsa => ecdsa.ExportPkcs8PrivateKey());

    /// <summary>The public key, SubjectPublicKeyInfo in DER (RFC 5480 §2).</summary>
    public byte[] ExportSpki() => WithEcdsa(ecdsa => ecdsa.ExportSubjectPublicKeyInfo());

    public byte[] Sign(byte[] data) =>
        WithEcdsa(ecdsa => ecdsa.SignData(data, HashAlgorithmName.SHA256, DSASignatureFormat.IeeeP1363FixedFieldConcatenation));

    /// <summary>False for any wrong signature, of whatever length; never an exception.</summary>
    public bool Verify(byte[] data, byte[] signature) =>
        signature.Length == SignatureBytes
        && WithEcdsa(ecdsa => ecdsa.VerifyData(
            data, signature, HashAlgorithmName.SHA256, DSASignatureFormat.IeeeP1363FixedFieldConcatenation));

    private static SigningKey Of(ECParameters key, bool isWhole) =>
        isWhole && key.Curve.Oid?.Value == P256Oid
            ? new SigningKey(key)
            : throw new CryptographicException("A signing key must be one key on the curve P-256, and nothing behind it.");

    private T WithEcdsa<T>(Func<ECDsa, T> use)
    {
        ECDsa ecdsa = _pool.Get();
        try
        {
            return use(ecdsa);
        }
        finally
        {
            _pool.Return(ecdsa);
        }
    }

    private sealed class EcdsaPolicy(ECParameters key) : IPooledObjectPolicy<ECDsa>
    {
        public ECDsa Create() => ECDsa.Create(key);

        public bool Return(ECDsa obj) => true;
    }
}
