using System.Globalization;
using System.Text.Json;
using Shouldly;
using StepCloud.Api.Tokens;
using StepCloud.Contracts.Ids;
using StepCloud.Contracts.Sessions;
using StepCloud.Tests.Support;
using Xunit;

namespace StepCloud.Tests.Api.Tokens;

public sealed class AccessTokenTests
{
    public static TheoryData<HolderKind, bool, string[]> Holders => new()
    {
        { HolderKind.User, true, ["owner", "technician"] },
        { HolderKind.User, false, ["administrator"] },
        { HolderKind.Gateway, true, [] },
    };

    [Theory]
    [MemberData(nameof(Holders))]
    public async Task What_a_token_is_issued_with_is_what_its_verifier_reads(HolderKind kind, bool inOrganization, string[] roles)
    {
        TokenRig rig = await TokenRig.CreateAsync();
        OrganizationId? organization = inOrganization ? TokenRig.Organization : null;

        IssuedAccessToken issued = rig.Issuer.Issue(TokenRig.Grant(kind, organization, roles));

        AccessToken read = rig.ShouldAccept(issued.Text);
        read.HolderKind.ShouldBe(kind);
        read.Holder.ShouldBe(TokenRig.Holder);
        read.Session.ShouldBe(TokenRig.Session);
        read.Organization.ShouldBe(organization);
        read.Roles.ShouldBe(roles);
        read.ExpiresAt.ShouldBe(issued.ExpiresAt);
    }

    [Fact]
    public async Task A_token_has_the_header_and_the_claims_of_RFC_9068()
    {
        TokenRig rig = await TokenRig.CreateAsync();

        string token = rig.Issuer.Issue(TokenRig.Grant(HolderKind.Gateway, TokenRig.Organization)).Text;

        JsonElement header = TokenRig.Part(token, 0), claims = TokenRig.Part(token, 1);
        header.EnumerateObject().Select(member => member.Name).ShouldBe(["alg", "typ", "kid"]);
        header.GetProperty("alg").GetString().ShouldBe("ES256");
        header.GetProperty("typ").GetString().ShouldBe("at+jwt");
        header.GetProperty("kid").GetString().ShouldBe(rig.Keys.Current.KeyId);
        claims.EnumerateObject().Select(member => member.Name).ShouldBe(
            ["iss", "aud", "sub", "client_id", "sid", "org", "roles", "jti", "iat", "exp"]);
        claims.GetProperty("iss").GetString().ShouldBe("https://stepcloud.example");
        claims.GetProperty("aud").GetString().ShouldBe("stepcloud:gateway");
        claims.GetProperty("sub").GetString().ShouldBe(TokenRig.Holder.ToString());
        claims.GetProperty("client_id").GetString().ShouldBe(TokenRig.Holder.ToString());
        claims.GetProperty("sid").GetString().ShouldBe(TokenRig.Session.ToString());
        claims.GetProperty("org").GetString().ShouldBe(TokenRig.Organization.ToString());
        claims.GetProperty("exp").GetInt64().ShouldBe(claims.GetProperty("iat").GetInt64() + (15 * 60));
    }

    [Fact]
    public async Task The_token_of_an_upload_session_has_its_own_audience_and_is_no_valid_one_to_whoever_does_not_ask_for_it()
    {
        TokenRig rig = await TokenRig.CreateAsync(clock: new FakeClock(FakeClock.Start.AddMilliseconds(250)));
        CaseId of = CaseId.New(rig.Clock);
        UploadGrant grant = new(TokenRig.Session, new UserId(TokenRig.Holder), TokenRig.Organization, of, rig.Clock.GetUtcNow().AddMinutes(15));
        IssuedAccessToken issued = rig.Issuer.Issue(grant);

        issued.ExpiresIn.ShouldBe(TimeSpan.FromMinutes(15));
        JsonElement claims = TokenRig.Part(issued.Text, 1);
        claims.EnumerateObject().Select(member => member.Name).ShouldBe(["iss", "aud", "sub", "client_id", "sid", "org", "scope", "case", "roles", "jti", "iat", "exp"]);
        (claims.GetProperty("aud").GetString(), claims.GetProperty("scope").GetString()).ShouldBe(("stepcloud:upload", "recordings:upload"));
        claims.GetProperty("roles").GetArrayLength().ShouldBe(0);
        AccessToken read = rig.Verifier.Verify(issued.Text).ShouldBeOfType<AccessTokenOutcome.ForUploads>().Token;
        (read.HolderKind, read.Holder, read.Session, read.Organization, read.Case).ShouldBe((HolderKind.User, TokenRig.Holder, TokenRig.Session, TokenRig.Organization, of));
    }

    [Theory]
    [InlineData("stepcloud:user", "recordings:upload", true)]
    [InlineData("stepcloud:user", null, true)]
    [InlineData("stepcloud:user", "recordings:upload", false)]
    [InlineData("stepcloud:gateway", "recordings:upload", true)]
    [InlineData("stepcloud:upload", "recordings:upload", false)]
    [InlineData("stepcloud:upload", "openid", true)]
    [InlineData("stepcloud:upload", null, true)]
    [InlineData("stepcloud:upload", null, false)]
    public async Task Audience_scope_and_case_of_an_upload_session_come_together_or_not_at_all(string audience, string? scope, bool hasCase)
    {
        TokenRig rig = await TokenRig.CreateAsync();
        string forged = rig.Forge(claims: claims =>
        {
            (claims["aud"], claims["org"]) = (audience, TokenRig.Organization.ToString());
            if (scope is not null) claims["scope"] = scope;
            if (hasCase) claims["case"] = TokenRig.Holder.ToString();
        });
        rig.ShouldRefuse(forged, AccessTokenFault.Malformed);
    }

    [Fact]
    public async Task Two_tokens_of_one_moment_have_ids_of_their_own()
    {
        TokenRig rig = await TokenRig.CreateAsync();
        rig.ShouldAccept(rig.Issue()).TokenId.ShouldNotBe(rig.ShouldAccept(rig.Issue()).TokenId);
    }

    [Fact]
    public async Task A_token_lives_to_its_last_tick_and_not_one_longer()
    {
        // Issued within a second: `exp` is in whole ones.
        TokenRig rig = await TokenRig.CreateAsync(clock: new FakeClock(FakeClock.Start.AddMilliseconds(250)));
        IssuedAccessToken issued = rig.Issuer.Issue(TokenRig.Grant());
        issued.ExpiresIn.ShouldBe(TimeSpan.FromMinutes(15));
        issued.ExpiresAt.ShouldBe(FakeClock.Start.AddMinutes(15));

        rig.Clock.Advance(issued.ExpiresAt.AddTicks(-1) - rig.Clock.GetUtcNow());
        rig.ShouldAccept(issued.Text);
        rig.Clock.Advance(TimeSpan.FromTicks(1));
        rig.ShouldRefuse(issued.Text, AccessTokenFault.Expired);
    }

    [Fact]
    public async Task A_node_whose_clock_is_a_little_behind_accepts_a_token_that_another_just_made()
    {
        MemorySigningKeyStore store = new();
        string token = (await TokenRig.CreateAsync(store)).Issue();
        DateTimeOffset edge = FakeClock.Start - TokenRig.TokenOptions.ClockLeeway;
        TokenRig behind = await TokenRig.CreateAsync(store, new FakeClock(edge.AddTicks(-1)));

        behind.ShouldRefuse(token, AccessTokenFault.NotYetValid);
        behind.Clock.Advance(TimeSpan.FromTicks(1));
        behind.ShouldAccept(token);
    }

    [Fact]
    public async Task Many_threads_sign_and_verify_with_one_key_at_once()
    {
        TokenRig rig = await TokenRig.CreateAsync();
        string other = rig.Forge(claims: claims => claims["iss"] = "https://elsewhere.example");

        await Parallel.ForAsync(0, 500, (_, _) =>
        {
            rig.ShouldAccept(rig.Issue());
            rig.ShouldRefuse(other, AccessTokenFault.WrongIssuer);
            rig.ShouldRefuse(other[..^86] + rig.Issue()[^86..], AccessTokenFault.BadSignature);
            return ValueTask.CompletedTask;
        });
    }

    [Theory]
    [InlineData("")]
    [InlineData(null)]
    public void An_installation_without_an_issuer_is_refused_at_start(string? issuer) =>
        Validation.Faults(new AccessTokenOptions { Issuer = issuer! }).ShouldBe([nameof(AccessTokenOptions.Issuer)]);

    [Theory]
    [InlineData("00:00:59", "00:00:00", nameof(AccessTokenOptions.Lifetime))]
    [InlineData("01:00:01", "00:00:00", nameof(AccessTokenOptions.Lifetime))]
    [InlineData("00:15:00", "00:02:01", nameof(AccessTokenOptions.ClockLeeway))]
    [InlineData("00:15:00", "-00:00:01", nameof(AccessTokenOptions.ClockLeeway))]
    public void A_lifetime_or_leeway_out_of_range_is_refused_at_start(string lifetime, string leeway, string fault) =>
        Validation.Faults(new AccessTokenOptions
        {
            Lifetime = TimeSpan.Parse(lifetime, CultureInfo.InvariantCulture),
            ClockLeeway = TimeSpan.Parse(leeway, CultureInfo.InvariantCulture),
        }).ShouldBe([fault]);

    [Fact]
    public void The_defaults_are_in_range() => Validation.Faults(new AccessTokenOptions()).ShouldBeEmpty();
}
