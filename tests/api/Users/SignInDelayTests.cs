using System.Net;
using System.Net.Sockets;
using System.Text.Json.Nodes;
using Shouldly;
using StepCloud.Tests.Api.Http;
using Xunit;

namespace StepCloud.Tests.Api.Users;

/// <summary>Guessing is slowed down for whoever guesses, and tells nothing of which accounts there are.</summary>
[Collection(ApiTests.Name)]
public sealed class SignInDelayTests(ApiServer server)
{
    private static readonly IPAddress Guesser = IPAddress.Parse("127.0.0.3");

    [Fact]
    public async Task An_address_that_nobody_has_is_delayed_as_an_account_is()
    {
        JsonObject known = await GuessUntilDelayedAsync(await server.AddUserAsync());
        JsonObject unknown = await GuessUntilDelayedAsync($"{Guid.NewGuid()}@example.org");
        JsonObject disabled = await GuessUntilDelayedAsync(await DisabledAsync());
        unknown.ToJsonString().ShouldBe(known.ToJsonString());
        disabled.ToJsonString().ShouldBe(known.ToJsonString());
    }

    [Fact]
    public async Task The_case_of_an_unknown_address_makes_no_second_account_of_it()
    {
        string email = $"{Guid.NewGuid()}@example.org";
        await GuessUntilDelayedAsync(email);
        using HttpClient alone = From(Guesser);
        await new ApiClient(alone, null).TrySignInAsync(email.ToUpperInvariant(), "wrong").ShouldBeProblemAsync(429, "too_many_attempts");
    }

    [Fact]
    public async Task Who_guesses_delays_himself_and_not_the_owner_at_another_address()
    {
        string email = await server.AddUserAsync();
        await GuessUntilDelayedAsync(email);
        using HttpClient elsewhere = From(IPAddress.Parse("127.0.0.2"));
        await new ApiClient(elsewhere, null).TrySignInAsync(email, Seeds.Password).ShouldAnswerAsync(200);
    }

    /// <returns>The answer of the delay, without the time that it tells.</returns>
    /// <remarks>From an address of this test alone: addresses that have no account share stand-ins, and other tests guess too.</remarks>
    private async Task<JsonObject> GuessUntilDelayedAsync(string email)
    {
        using HttpClient alone = From(Guesser);
        ApiClient guesser = new(alone, null);
        for (int failures = 0; failures < 30; failures++)
        {
            HttpResponseMessage answer = await guesser.TrySignInAsync(email, "wrong");
            if ((int)answer.StatusCode != 429)
            {
                await Task.FromResult(answer).ShouldBeProblemAsync(401, "wrong_credentials");
                continue;
            }

            failures.ShouldBeGreaterThanOrEqualTo(5);
            answer.Headers.RetryAfter.ShouldNotBeNull();
            JsonObject problem = await Task.FromResult(answer).ShouldBeProblemAsync(429, "too_many_attempts");
            problem.Remove("detail");
            problem.Remove("retry_after_seconds");
            return problem;
        }

        throw new InvalidOperationException("Thirty wrong passwords were not delayed.");
    }

    private async Task<string> DisabledAsync()
    {
        string email = await server.AddUserAsync();
        await server.Database.ExecuteAsync("UPDATE app_user SET disabled_at = now() WHERE email = $1", email);
        return email;
    }

    private HttpClient From(IPAddress address) => new(new SocketsHttpHandler
    {
        ConnectCallback = async (context, cancellationToken) =>
        {
            Socket socket = new(SocketType.Stream, ProtocolType.Tcp);
            socket.Bind(new IPEndPoint(address.MapToIPv6(), 0));
            await socket.ConnectAsync(context.DnsEndPoint, cancellationToken);
            return new NetworkStream(socket, ownsSocket: true);
        },
    }) { BaseAddress = server.HttpAddress };
}
