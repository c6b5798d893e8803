using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using Shouldly;
using StepCloud.Api.Tokens;
using Xunit;

namespace StepCloud.Tests.Api.Tokens;

public sealed class TokenVectorTests
{
    // RFC 7515, Appendix A.3.1.
    private const string JwsOfA3 =
        "eyJhbGciOiJFUzI1NiJ9"
        + ".eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ"
        + ".DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q";

    private const string X = "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU";
    private const string Y = "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0";
    private const string D = "jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI";

    [Fact]
    public void The_signature_of_RFC_7515_A_3_is_verified_and_no_other_bit_pattern()
    {
        SigningKey key = KeyOfA3();
        string[] parts = JwsOfA3.Split('.');
        byte[] input = Encoding.ASCII.GetBytes($"{parts[0]}.{parts[1]}");
        byte[] signature = Base64Url.DecodeFromChars(parts[2]);

        key.Verify(input, signature).ShouldBeTrue();
        for (int bit = 0; bit < signature.Length * 8; bit++)
        {
            byte[] changed = [.. signature];
            changed[bit / 8] ^= (byte)(1 << (bit % 8));
            key.Verify(input, changed).ShouldBeFalse();
        }
    }

    [Fact]
    public async Task The_token_of_RFC_7515_A_3_is_refused_as_an_access_token_for_it_is_of_no_type()
    {
        SigningKey key = KeyOfA3();
        MemorySigningKeyStore store = new() { Keys = { MemorySigningKeyStore.Open(key) } };
        TokenRig rig = await TokenRig.CreateAsync(store);
        rig.Keys.Current.KeyId.ShouldBe(key.KeyId);
        rig.ShouldRefuse(JwsOfA3, AccessTokenFault.WrongType);
    }

    [Fact]
    public void The_public_key_of_RFC_7515_A_3_is_published_as_it_stands_there()
    {
        JsonWebKey published = KeyOfA3().PublicKey;
        published.X.ShouldBe(X);
        published.Y.ShouldBe(Y);
    }

    [Fact]
    public void The_thumbprint_is_that_of_RFC_7638_3_1() =>
        JwkThumbprint.Compute(
        [
            new("n",
                "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W"
                + "-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyr"
                + "dkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw"),
            new("e", "AQAB"),
            new("kty", "RSA"),
        ]).ShouldBe("NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs");

    private static SigningKey KeyOfA3()
    {
        using ECDsa ecdsa = ECDsa.Create(new ECParameters
        {
            Curve = ECCurve.NamedCurves.nistP256,
            D = Base64Url.DecodeFromChars(D),
            Q = new ECPoint { X = Base64Url.DecodeFromChars(X), Y = Base64Url.DecodeFromChars(Y) },
        });
        return SigningKey.ImportPkcs8(ecdsa.ExportPkcs8PrivateKey());
    }
}
