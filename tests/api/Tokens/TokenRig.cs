using System.Buffers.Text;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Options;
using Shouldly;
using StepCloud.Api.Tokens;
using StepCloud.Contracts.Ids;
using StepCloud.Contracts.Sessions;
using StepCloud.Tests.Support;

namespace StepCloud.Tests.Api.Tokens;

/// <summary>An issuer, a verifier, and a forger who has the key but writes what the issuer never would.</summary>
internal sealed class TokenRig
{
    public static readonly Guid Holder = Guid.Parse("01930000-0000-7000-8000-000000000001");
    public static readonly SessionId Session = SessionId.Parse("01930000-0000-7000-8000-000000000002", null);
    public static readonly OrganizationId Organization = OrganizationId.Parse("01930000-0000-7000-8000-000000000003", null);

    private TokenRig(SigningKeys keys, FakeClock clock)
    {
        Keys = keys;
        Clock = clock;
        Issuer = new AccessTokenIssuer(keys, Options.Create(TokenOptions), clock);
        Verifier = new AccessTokenVerifier(keys, Options.Create(TokenOptions), clock);
    }

    public static AccessTokenOptions TokenOptions { get; } = new() { Issuer = "https://stepcloud.example" };

    public SigningKeys Keys { get; }

    public FakeClock Clock { get; }

    public AccessTokenIssuer Issuer { get; }

    public AccessTokenVerifier Verifier { get; }

    public static async Task<TokenRig> CreateAsync(ISigningKeyStore? store = null, FakeClock? clock = null)
    {
        clock ??= new FakeClock();
        SigningKeys keys = new(store ?? new MemorySigningKeyStore(), Options.Create(TokenOptions), clock);
        await keys.LoadAsync(CancellationToken.None);
        return new TokenRig(keys, clock);
    }

    public static SessionGrant Grant(
        HolderKind kind = HolderKind.User, OrganizationId? organization = null, params string[] roles) =>
        new(Session, kind, Holder, organization, roles, "refresh", DateTimeOffset.MaxValue);

    public string Issue() => Issuer.Issue(Grant(HolderKind.User, Organization, "owner")).Text;

    public JsonObject Header() => new() { ["alg"] = "ES256", ["typ"] = "at+jwt", ["kid"] = Keys.Current.KeyId };

    public JsonObject Claims()
    {
        long now = Clock.GetUtcNow().ToUnixTimeSeconds();
        return new JsonObject
        {
            ["iss"] = TokenOptions.Issuer,
            ["aud"] = TokenAudience.User,
            ["sub"] = Holder.ToString(),
            ["sid"] = Session.ToString(),
            ["roles"] = new JsonArray("viewer"),
            ["jti"] = "forged",
            ["iat"] = now,
            ["exp"] = now + 900,
        };
    }

    /// <summary>A token with a good signature, its header and claims changed as given.</summary>
    public string Forge(Action<JsonObject>? header = null, Action<JsonObject>? claims = null)
    {
        JsonObject headerObject = Header(), claimsObject = Claims();
        header?.Invoke(headerObject);
        claims?.Invoke(claimsObject);
        return Forge(headerObject.ToJsonString(), claimsObject.ToJsonString());
    }

    public string Forge(string header, string claims) => Forge(Encoding.UTF8.GetBytes(header), Encoding.UTF8.GetBytes(claims));

    public string Forge(byte[] header, byte[] claims) =>
        Forge(header, claims, input => Keys.Current.Sign(Encoding.ASCII.GetBytes(input)));

    public static string Forge(byte[] header, byte[] claims, Func<string, byte[]> sign)
    {
        string input = $"{Base64Url.EncodeToString(header)}.{Base64Url.EncodeToString(claims)}";
        return $"{input}.{Base64Url.EncodeToString(sign(input))}";
    }

    public static JsonElement Part(string token, int index) =>
        JsonDocument.Parse(Base64Url.DecodeFromChars(token.Split('.')[index])).RootElement;

    public AccessToken ShouldAccept(string token) => Verifier.Verify(token).ShouldBeOfType<AccessTokenOutcome.Valid>().Token;

    public void ShouldRefuse(string token, AccessTokenFault fault) =>
        Verifier.Verify(token).ShouldBe(new AccessTokenOutcome.Invalid(fault));
}
