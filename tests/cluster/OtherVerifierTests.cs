using System.Net;
using System.Net.Http.Headers;
using Microsoft.AspNetCore.Authentication.JwtBearer;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.IdentityModel.Tokens;
using Shouldly;
using Xunit;

namespace StepCloud.Tests.Cluster;

/// <summary>Our access tokens are held to the check that people know: an application that takes them by ASP.NET's JwtBearer and the keys that we publish.</summary>
public sealed class OtherVerifierTests(OtherClientTests.Shop shop) : IClassFixture<OtherClientTests.Shop>
{
    [Fact]
    public async Task It_takes_the_tokens_of_users_and_no_others()
    {
        using HttpClient http = new();
        string keys = await http.GetStringAsync($"{shop.Cluster.Nodes[0].HttpAddress}/.well-known/jwks.json");
        string user = (string)(await shop.Cluster.Installation.SignInAsync(http))["access_token"]!;
        string gateway = (await shop.TakeAsync()).AccessToken;
        await using WebApplication other = await StartAsync(keys);

        (await AskAsync(http, other, user)).ShouldBe(HttpStatusCode.OK);
        (await AskAsync(http, other, gateway)).ShouldBe(HttpStatusCode.Unauthorized, "it is not for the users' audience");
        (await AskAsync(http, other, user[..^8] + new string('A', 8))).ShouldBe(HttpStatusCode.Unauthorized, "its signature is another's");
        string[] parts = user.Split('.');
        (await AskAsync(http, other, $"{parts[0]}.{gateway.Split('.')[1]}.{parts[2]}")).ShouldBe(HttpStatusCode.Unauthorized, "its claims are another's");
        // What one node has signed, keys of another prove.
        keys = await http.GetStringAsync($"{shop.Cluster.Nodes[1].HttpAddress}/.well-known/jwks.json");
        await using WebApplication another = await StartAsync(keys);
        (await AskAsync(http, another, user)).ShouldBe(HttpStatusCode.OK);
    }

    private static async Task<WebApplication> StartAsync(string keys)
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.Services.AddAuthorization();
        builder.Services.AddAuthentication(JwtBearerDefaults.AuthenticationScheme).AddJwtBearer(options => options.TokenValidationParameters = new TokenValidationParameters
        {
            ValidIssuer = "stepcloud", ValidAudience = "stepcloud:user", ValidTypes = ["at+jwt"], ValidAlgorithms = ["ES256"],
            IssuerSigningKeys = new JsonWebKeySet(keys).GetSigningKeys(),
        });
        WebApplication app = builder.Build();
        app.Urls.Add("http://127.0.0.1:0");
        app.MapGet("/", () => "in").RequireAuthorization();
        await app.StartAsync();
        return app;
    }

    private static async Task<HttpStatusCode> AskAsync(HttpClient http, WebApplication app, string token)
    {
        using HttpRequestMessage request = new(HttpMethod.Get, app.Urls.First()) { Headers = { Authorization = new AuthenticationHeaderValue("Bearer", token) } };
        using HttpResponseMessage answer = await http.SendAsync(request);
        return answer.StatusCode;
    }
}
