using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Shouldly;
using StepCloud.Api.Tokens;
using Xunit;

namespace StepCloud.Tests.Api.Tokens;

/// <summary>
/// Tokens that lie in their header or their claims. All but the unsigned ones are signed with the right key, so only the lie can be what
/// is refused.
/// </summary>
public sealed class AccessTokenRefusalTests
{
    [Fact]
    public async Task The_forger_tells_no_lie_unless_asked()
    {
        TokenRig rig = await TokenRig.CreateAsync();
        rig.ShouldAccept(rig.Forge()).TokenId.ShouldBe("forged");
    }

    [Theory]
    [InlineData("none")]
    [InlineData("None")]
    [InlineData("nOnE")]
    [InlineData("")]
    public async Task The_algorithm_none_is_refused_with_and_without_a_signature(string algorithm)
    {
        TokenRig rig = await TokenRig.CreateAsync();
        string signed = rig.Forge(header => header["alg"] = algorithm);
        rig.ShouldRefuse(signed, AccessTokenFault.WrongAlgorithm);
        rig.ShouldRefuse(signed[..(signed.LastIndexOf('.') + 1)], AccessTokenFault.WrongAlgorithm);
    }

    [Fact]
    public async Task HS256_with_the_public_key_as_its_secret_is_refused()
    {
        TokenRig rig = await TokenRig.CreateAsync();
        using ECDsa ecdsa = ECDsa.Create();
        ecdsa.ImportPkcs8PrivateKey(rig.Keys.Current.ExportPkcs8(), out _);
        byte[][] secrets =
        [
            ecdsa.ExportSubjectPublicKeyInfo(),
            Encoding.ASCII.GetBytes(ecdsa.ExportSubjectPublicKeyInfoPem()),
            Encoding.ASCII.GetBytes(rig.Keys.Current.PublicKey.X),
        ];
        JsonObject header = rig.Header();
        header["alg"] = "HS256";
        foreach (byte[] secret in secrets)
        {
            string token = TokenRig.Forge(
                Encoding.UTF8.GetBytes(header.ToJsonString()),
                Encoding.UTF8.GetBytes(rig.Claims().ToJsonString()),
                input => HMACSHA256.HashData(secret, Encoding.ASCII.GetBytes(input)));
            rig.ShouldRefuse(token, AccessTokenFault.WrongAlgorithm);
        }
    }

    [Theory]
    [InlineData("\"ES384\"")]
    [InlineData("\"es256\"")]
    [InlineData("\"RS256\"")]
    [InlineData("null")]
    public async Task Another_algorithm_is_refused_although_the_signature_is_ours(string algorithm)
    {
        TokenRig rig = await TokenRig.CreateAsync();
        rig.ShouldRefuse(rig.Forge(header => header["alg"] = JsonNode.Parse(algorithm)), AccessTokenFault.WrongAlgorithm);
    }

    [Theory]
    [InlineData("\"JWT\"")]
    [InlineData("\"at+JWT\"")]
    [InlineData("\"application/at+jwt\"")]
    [InlineData("null")]
    public async Task Another_type_of_token_is_refused_although_we_signed_it(string type)
    {
        TokenRig rig = await TokenRig.CreateAsync();
        rig.ShouldRefuse(rig.Forge(header => header["typ"] = JsonNode.Parse(type)), AccessTokenFault.WrongType);
    }

    [Theory]
    [InlineData("""["exp"]""")]
    [InlineData("""["b64"]""")]
    [InlineData("[]")]
    [InlineData("null")]
    public async Task A_token_that_demands_an_extension_is_refused(string critical)
    {
        TokenRig rig = await TokenRig.CreateAsync();
        rig.ShouldRefuse(rig.Forge(header => header["crit"] = JsonNode.Parse(critical)), AccessTokenFault.CriticalHeader);
    }

    [Fact]
    public async Task A_key_that_is_not_ours_is_refused_even_when_the_token_brings_it()
    {
        TokenRig rig = await TokenRig.CreateAsync();
        SigningKey foreign = SigningKey.Generate();
        JsonObject header = rig.Header();
        header["kid"] = foreign.KeyId;
        header["jwk"] = new JsonObject { ["kty"] = "EC", ["crv"] = "P-256", ["x"] = foreign.PublicKey.X, ["y"] = foreign.PublicKey.Y };
        string Forge() => TokenRig.Forge(
            Encoding.UTF8.GetBytes(header.ToJsonString()),
            Encoding.UTF8.GetBytes(rig.Claims().ToJsonString()),
            input => foreign.Sign(Encoding.ASCII.GetBytes(input)));

        rig.ShouldRefuse(Forge(), AccessTokenFault.UnknownKey);
        header["kid"] = rig.Keys.Current.KeyId;
        rig.ShouldRefuse(Forge(), AccessTokenFault.BadSignature);
        header.Remove("kid");
        rig.ShouldRefuse(Forge(), AccessTokenFault.UnknownKey);
    }

    [Theory]
    [InlineData("jku", "\"https://evil.example/keys.json\"")]
    [InlineData("x5u", "\"https://evil.example/chain.pem\"")]
    [InlineData("x5c", "[\"MIIB\"]")]
    [InlineData("jwk", "{\"kty\":\"EC\"}")]
    public async Task Where_a_token_says_its_key_can_be_had_is_never_looked_at(string member, string value)
    {
        TokenRig rig = await TokenRig.CreateAsync();
        SigningKey foreign = SigningKey.Generate();
        foreach (string? keyId in new[] { foreign.KeyId, null, "", "../../etc/passwd", "' OR 1=1 --", new string('k', 2000) })
        {
            JsonObject header = rig.Header();
            header["kid"] = keyId;
            header[member] = JsonNode.Parse(value);
            string token = TokenRig.Forge(
                Encoding.UTF8.GetBytes(header.ToJsonString()),
                Encoding.UTF8.GetBytes(rig.Claims().ToJsonString()),
                input => foreign.Sign(Encoding.ASCII.GetBytes(input)));
            rig.ShouldRefuse(token, AccessTokenFault.UnknownKey);
        }
    }

    [Theory]
    [InlineData("https://stepcloud.example/")]
    [InlineData("https://STEPCLOUD.example")]
    [InlineData("")]
    public async Task Another_issuer_is_refused(string issuer)
    {
        TokenRig rig = await TokenRig.CreateAsync();
        rig.ShouldRefuse(rig.Forge(claims: claims => claims["iss"] = issuer), AccessTokenFault.WrongIssuer);
    }

    [Theory]
    [InlineData("stepcloud")]
    [InlineData("stepcloud:User")]
    [InlineData("stepcloud:user ")]
    [InlineData("")]
    public async Task Another_audience_is_refused(string audience)
    {
        TokenRig rig = await TokenRig.CreateAsync();
        rig.ShouldRefuse(rig.Forge(claims: claims => claims["aud"] = audience), AccessTokenFault.WrongAudience);
    }

    [Fact]
    public async Task A_token_for_two_audiences_at_once_is_refused()
    {
        TokenRig rig = await TokenRig.CreateAsync();
        rig.ShouldRefuse(
            rig.Forge(claims: claims => claims["aud"] = new JsonArray("stepcloud:user", "stepcloud:gateway")), AccessTokenFault.Malformed);
    }

    [Fact]
    public async Task An_expired_token_is_refused()
    {
        TokenRig rig = await TokenRig.CreateAsync();
        long now = rig.Clock.GetUtcNow().ToUnixTimeSeconds();
        rig.ShouldRefuse(rig.Forge(claims: claims => claims["exp"] = now), AccessTokenFault.Expired);
        rig.ShouldRefuse(rig.Forge(claims: claims => claims["exp"] = 0), AccessTokenFault.Expired);
    }

    [Theory]
    [InlineData("nbf")]
    [InlineData("iat")]
    public async Task A_token_that_is_not_valid_yet_is_refused_beyond_the_leeway(string claim)
    {
        TokenRig rig = await TokenRig.CreateAsync();
        long edge = rig.Clock.GetUtcNow().ToUnixTimeSeconds() + (long)TokenRig.TokenOptions.ClockLeeway.TotalSeconds;
        rig.ShouldAccept(rig.Forge(claims: claims => claims[claim] = edge));
        rig.ShouldRefuse(rig.Forge(claims: claims => claims[claim] = edge + 1), AccessTokenFault.NotYetValid);
    }

    [Theory]
    [InlineData("iss")]
    [InlineData("aud")]
    [InlineData("sub")]
    [InlineData("sid")]
    [InlineData("roles")]
    [InlineData("jti")]
    [InlineData("iat")]
    [InlineData("exp")]
    public async Task A_token_without_a_required_claim_is_refused(string claim)
    {
        TokenRig rig = await TokenRig.CreateAsync();
        rig.ShouldRefuse(rig.Forge(claims: claims => claims.Remove(claim)), AccessTokenFault.Malformed);
        rig.ShouldRefuse(rig.Forge(claims: claims => claims[claim] = null), AccessTokenFault.Malformed);
    }

    [Theory]
    [InlineData("sub", "\"root\"")]
    [InlineData("sub", "\"{01930000-0000-7000-8000-000000000001}\"")]
    [InlineData("sid", "7")]
    [InlineData("org", "\"\"")]
    [InlineData("roles", "\"owner\"")]
    [InlineData("roles", "[null]")]
    [InlineData("roles", "[1]")]
    [InlineData("iss", "[\"https://stepcloud.example\"]")]
    [InlineData("exp", "\"1795000000\"")]
    [InlineData("exp", "1795000000.5")]
    [InlineData("exp", "1e99")]
    [InlineData("exp", "9223372036854775807")]
    [InlineData("exp", "253402300800")]
    [InlineData("iat", "-1")]
    [InlineData("nbf", "-62135596801")]
    public async Task A_claim_of_another_type_or_out_of_range_is_refused(string claim, string value)
    {
        TokenRig rig = await TokenRig.CreateAsync();
        rig.ShouldRefuse(rig.Forge(claims: claims => claims[claim] = JsonNode.Parse(value)), AccessTokenFault.Malformed);
    }

    [Fact]
    public async Task The_signature_is_checked_before_any_claim_is_read()
    {
        TokenRig rig = await TokenRig.CreateAsync();
        string garbage = TokenRig.Forge(
            Encoding.UTF8.GetBytes(rig.Header().ToJsonString()), "not even JSON"u8.ToArray(), _ => new byte[64]);
        rig.ShouldRefuse(garbage, AccessTokenFault.BadSignature);
    }
}
