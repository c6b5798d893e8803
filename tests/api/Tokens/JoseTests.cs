using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Nodes;
using Shouldly;
using StepCloud.Api.Tokens;
using StepCloud.Contracts.Sessions;
using Xunit;

namespace StepCloud.Tests.Api.Tokens;

/// <summary>A JWT library that many resource servers use reads what this server writes, and the other way round.</summary>
public sealed class JoseTests
{
    [Theory]
    [InlineData(HolderKind.User)]
    [InlineData(HolderKind.Gateway)]
    public async Task Jose_verifies_our_token_with_our_published_keys(HolderKind kind)
    {
        TokenRig rig = await TokenRig.CreateAsync();
        string token = rig.Issuer.Issue(TokenRig.Grant(kind, TokenRig.Organization, "viewer")).Text;

        JsonElement answer = await VerifyAsync(rig, token, rig.Keys.Published, TokenAudience.Of(kind));

        answer.TryGetProperty("error", out JsonElement error).ShouldBeFalse(error.ToString());
        answer.GetProperty("payload").GetProperty("sub").GetString().ShouldBe(TokenRig.Holder.ToString());
        answer.GetProperty("payload").GetProperty("roles")[0].GetString().ShouldBe("viewer");
        answer.GetProperty("header").GetProperty("kid").GetString().ShouldBe(rig.Keys.Current.KeyId);
    }

    [Fact]
    public async Task Jose_refuses_our_token_with_keys_audience_or_time_that_are_not_its_own()
    {
        TokenRig rig = await TokenRig.CreateAsync(), stranger = await TokenRig.CreateAsync();
        string token = rig.Issue();

        Code(await VerifyAsync(rig, token, stranger.Keys.Published, TokenAudience.User)).ShouldBe("ERR_JWKS_NO_MATCHING_KEY");
        Code(await VerifyAsync(rig, token, rig.Keys.Published, TokenAudience.Gateway)).ShouldBe("ERR_JWT_CLAIM_VALIDATION_FAILED");
        rig.Clock.Advance(TimeSpan.FromMinutes(15));
        Code(await VerifyAsync(rig, token, rig.Keys.Published, TokenAudience.User)).ShouldBe("ERR_JWT_EXPIRED");
    }

    [Fact]
    public async Task A_token_that_jose_signs_with_our_key_is_accepted_and_with_another_key_refused()
    {
        TokenRig rig = await TokenRig.CreateAsync();

        rig.ShouldAccept(await SignAsync(rig, rig.Keys.Current)).TokenId.ShouldBe("forged");
        rig.ShouldRefuse(await SignAsync(rig, SigningKey.Generate()), AccessTokenFault.BadSignature);
    }

    [Fact]
    public async Task Jose_gives_our_key_the_same_thumbprint()
    {
        JsonWebKey key = SigningKey.Generate().PublicKey;
        JsonElement answer = await Jose.CallAsync("thumbprint", new JsonObject { ["jwk"] = JsonSerializer.SerializeToNode(key) });
        answer.GetProperty("thumbprint").GetString().ShouldBe(key.KeyId);
    }

    private static Task<JsonElement> VerifyAsync(TokenRig rig, string token, JsonWebKeySet keys, string audience) =>
        Jose.CallAsync("verify", new JsonObject
        {
            ["token"] = token,
            ["jwks"] = JsonSerializer.SerializeToNode(keys),
            ["issuer"] = TokenRig.TokenOptions.Issuer,
            ["audience"] = audience,
            ["now"] = rig.Clock.GetUtcNow().ToUnixTimeMilliseconds(),
        });

    private static async Task<string> SignAsync(TokenRig rig, SigningKey key)
    {
        JsonElement answer = await Jose.CallAsync("sign", new JsonObject
        {
            ["pkcs8"] = PemEncoding.WriteString("PRIVATE KEY", key.ExportPkcs8()),
            ["header"] = rig.Header(),
            ["claims"] = rig.Claims(),
        });
        return answer.GetProperty("token").GetString()!;
    }

    private static string? Code(JsonElement answer) => answer.GetProperty("error").GetString();
}
