using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Shouldly;
using StepCloud.Tests.Api.Http;
using Xunit;

namespace StepCloud.Tests.Api.Hostile;

/// <summary>Whatever stands where a token should be, over HTTP. What the verifier itself does with it: Tokens/TokenProperties.</summary>
[Collection(ApiTests.Name)]
public sealed class HostileTokenTests(ApiServer server) : IDisposable
{
    private const string Characters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.";

    private static readonly Config s_many = Config.QuickThrowOnFailure.WithMaxTest(300);

    private readonly HttpClient _http = new(new SocketsHttpHandler { RequestHeaderEncodingSelector = static (_, _) => Encoding.Latin1 })
    {
        BaseAddress = server.HttpAddress,
    };

    public void Dispose() => _http.Dispose();

    [Fact]
    public async Task A_changed_access_token_is_refused_and_the_unchanged_one_goes_on()
    {
        string token = (await server.OwnerAsync()).Token!;
        Check.One(s_many, Prop.ForAll(Changed(token).ToArbitrary(), changed =>
            server.With(changed).GetAsync("/api/v1/sites").ShouldBeProblemAsync(401, "invalid_token").GetAwaiter().GetResult()));
        await server.With(token).GetAsync("/api/v1/sites").ShouldAnswerAsync(200);
    }

    [Theory]
    [InlineData("/api/v1")]
    [InlineData("/gateway/api/v1")]
    public async Task A_changed_refresh_token_is_refused_and_the_unchanged_one_is_still_good(string api)
    {
        string token = api == "/api/v1"
            ? (await server.Anonymous.SignInAsync(await server.AddUserAsync())).RefreshToken
            : (await server.AddGatewayAsync()).Tokens.RefreshToken;
        Check.One(s_many, Prop.ForAll(Gen.OneOf(Changed(token), HostileText.Text.Where(IsText)).ToArbitrary(), changed =>
            server.Anonymous.TryRefreshAsync(changed, api).ShouldBeProblemAsync(401, "invalid_refresh_token").GetAwaiter().GetResult()));
        await server.Anonymous.TryRefreshAsync(token, api).ShouldAnswerAsync(200);
    }

    [Fact]
    public async Task No_header_but_a_token_lets_anybody_in()
    {
        string token = (await server.OwnerAsync()).Token!;
        Gen<char> character = Gen.Choose(0x20, 0xFF).Where(code => code != 0x7F).Select(code => (char)code);
        Gen<string> random = character.ArrayOf().Select(chars => new string(chars));
        Gen<string> scheme = Gen.Elements("Bearer ", "bearer  ", "Bearer", "Bearer\t", "Basic ", "DPoP ", "Bearer Bearer ", ", Bearer ", "");
        Gen<string> header = Gen.OneOf(
            random, scheme.SelectMany(text => random.Select(rest => text + rest)), scheme.SelectMany(text => Changed(token).Select(rest => text + rest)),
            Gen.Elements("DPoP ", "Basic ", ", Bearer ", "Bearer Bearer ", "").Select(text => text + token), Gen.Constant($"Bearer {token}, Bearer {token}"));

        Check.One(s_many, Prop.ForAll(header.ToArbitrary(), text => ShouldBeRefusedAsync(text).GetAwaiter().GetResult()));
    }

    private async Task ShouldBeRefusedAsync(string header)
    {
        using HttpRequestMessage request = new(HttpMethod.Get, "/api/v1/sites");
        request.Headers.TryAddWithoutValidation("Authorization", header).ShouldBeTrue();
        using HttpResponseMessage answer = await _http.SendAsync(request);
        string text = await answer.Content.ReadAsStringAsync();
        // Kestrel refuses a header that is no UTF-8 before the application sees anything, with an empty answer.
        if ((int)answer.StatusCode == 400 && text.Length == 0 && !Ascii.IsValid(header)) return;
        ((int)answer.StatusCode).ShouldBe(401, text);
        (answer.Content.Headers.ContentType?.MediaType).ShouldBe("application/problem+json");
        text.ShouldNotContain("Exception");
    }

    /// <summary>One to four characters of it are others, or gone, or it is cut.</summary>
    private static Gen<string> Changed(string token)
    {
        Gen<Func<string, string>> change =
            from place in Gen.Choose(0, token.Length - 1)
            from character in Gen.Elements(Characters.ToCharArray())
            from kind in Gen.Choose(0, 3)
            select (Func<string, string>)(text => place >= text.Length ? text : kind switch
            {
                0 => text.Remove(place, 1),
                1 => text[..place],
                2 => text.Insert(place, $"{character}"),
                _ => $"{text[..place]}{character}{text[(place + 1)..]}",
            });
        return Gen.Choose(1, 4).SelectMany(count => change.ArrayOf(count))
            .Select(changes => changes.Aggregate(token, static (text, change) => change(text)))
            .Where(text => text != token);
    }

    /// <summary>What half a surrogate pair becomes in JSON is a fault of the body, and not of the token.</summary>
    private static bool IsText(string text) => Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text)) == text;
}
