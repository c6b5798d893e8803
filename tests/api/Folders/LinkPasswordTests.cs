using System.Net;
using System.Text.Json.Nodes;
using Shouldly;
using StepCloud.Tests.Api.Http;
using StepCloud.Tests.Support;
using Xunit;

namespace StepCloud.Tests.Api.Folders;

/// <summary>Links with a password: how it is asked for, and how guessing is slowed down.</summary>
public sealed class LinkPasswordTests : IClassFixture<LinkPasswordTests.ProxiedServer>
{
    private readonly ApiServer _server;

    public LinkPasswordTests(ProxiedServer proxied) => _server = proxied.Server;

    [Fact]
    public async Task A_link_with_a_password_opens_with_it_and_not_without()
    {
        ApiClient owner = await _server.OwnerAsync();
        (string url, string address) = await NewLinkAsync();
        using Visitor visitor = new(_server, url);
        await visitor.TryOpenAsync().ShouldBeProblemAsync(401, "link_password_needed");
        await visitor.TryOpenAsync(SharedThings.WrongPassword).ShouldBeProblemAsync(401, "wrong_link_password");
        await visitor.TryOpenAsync(new string('x', 100_000)).ShouldBeProblemAsync(401, "wrong_link_password");
        await visitor.GetAsync(await visitor.OpenAsync(SharedThings.Password)).ShouldAnswerAsync(200);
        JsonNode link = await SharedThings.LinkAsync(owner, address);
        ((bool?)link["has_password"], (long?)link["wrong_passwords"], (long?)link["opened"], link["paused_until"]).ShouldBe((true, 2, 1, null));
        (await _server.Database.ScalarAsync<string>("SELECT password_hash FROM folder_link WHERE id = $1", IdOf(address))).ShouldStartWith("$argon2id$");
        (await CountAsync("folder_link.password_refused", address)).ShouldBe(2);
    }

    [Fact]
    public async Task Of_many_passwords_at_once_from_one_address_five_are_looked_at()
    {
        (string url, string address) = await NewLinkAsync();
        using Visitor visitor = new(_server, url);
        HttpResponseMessage[] answers = await Task.WhenAll(Enumerable.Range(0, 15).Select(_ => visitor.TryOpenAsync(SharedThings.WrongPassword)));
        answers.Count(answer => answer.StatusCode == HttpStatusCode.Unauthorized).ShouldBe(5);
        foreach (HttpResponseMessage refused in answers.Where(answer => answer.StatusCode != HttpStatusCode.Unauthorized))
        {
            refused.Headers.RetryAfter!.Delta!.Value.ShouldBeInRange(TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(10));
            await Task.FromResult(refused).ShouldBeProblemAsync(429, "too_many_attempts");
        }

        // Nor is the right one; from elsewhere it is.
        await visitor.TryOpenAsync(SharedThings.Password).ShouldBeProblemAsync(429, "too_many_attempts");
        await FromAsync("198.51.100.7", visitor.Token, SharedThings.Password).ShouldAnswerAsync(200);
        // After a while it is looked at again.
        await _server.Database.ExecuteAsync("UPDATE folder_link_try SET since = since - interval '10 minutes' WHERE link_id = $1", IdOf(address));
        await visitor.OpenAsync(SharedThings.Password);
        await visitor.OpenAsync(SharedThings.Password);
    }

    [Fact]
    public async Task Who_goes_away_before_the_answer_has_tried_and_is_entered()
    {
        (string url, string address) = await NewLinkAsync();
        using Visitor visitor = new(_server, url);
        using CancellationTokenSource impatience = new();
        using HttpClient http = new() { BaseAddress = _server.HttpAddress };
        http.DefaultRequestHeaders.Add("X-Forwarded-For", "198.51.100.90");
        http.DefaultRequestHeaders.Add("Share-Token", visitor.Token);
        Task<HttpResponseMessage> trying = http.PostAsync(
            "/api/v1/shared", new StringContent(new JsonObject { ["password"] = SharedThings.WrongPassword }.ToJsonString(), System.Text.Encoding.UTF8, "application/json"), impatience.Token);
        await Eventually.HoldsAsync(
            async () => await _server.Database.ScalarAsync<int>("SELECT tries FROM folder_link WHERE id = $1", IdOf(address)) == 1 || trying.IsCompleted, "the try is counted");
        await impatience.CancelAsync();

        await Eventually.HoldsAsync(async () => await CountAsync("folder_link.password_refused", address) == 1, "the try is entered");
        await Task.WhenAny(trying);
    }

    [Fact]
    public async Task After_twenty_wrong_ones_from_wherever_the_link_is_paused_and_whoever_shares_is_told()
    {
        ApiClient owner = await _server.OwnerAsync();
        (string url, string address) = await NewLinkAsync();
        using Visitor visitor = new(_server, url), reader = new(_server, url);
        string list = await reader.OpenAsync(SharedThings.Password);
        for (int i = 0; i < 20; i++) await FromAsync($"198.51.100.{i}", visitor.Token, SharedThings.WrongPassword).ShouldBeProblemAsync(401, "wrong_link_password");
        await FromAsync("198.51.100.77", visitor.Token, SharedThings.Password).ShouldBeProblemAsync(429, "too_many_attempts");
        // Whoever has opened it goes on.
        await reader.GetAsync(list).ShouldAnswerAsync(200);
        JsonNode link = await SharedThings.LinkAsync(owner, address);
        ((long?)link["wrong_passwords"], (bool?)link["holds"]).ShouldBe((20, true));
        DateTimeOffset.Parse((string)link["paused_until"]!, null).ShouldBeInRange(DateTimeOffset.UtcNow.AddMinutes(55), DateTimeOffset.UtcNow.AddMinutes(61));
        (await CountAsync("folder_link.paused", address)).ShouldBe(1);
        (await _server.Database.ScalarAsync<long>("SELECT count(*) FROM outgoing_mail WHERE kind = 'link_paused' AND recipient = $1", _server.Own.OwnerEmail)).ShouldBe(1);

        await _server.Database.ExecuteAsync("UPDATE folder_link SET tries_since = tries_since - interval '1 hour', pause_told_at = pause_told_at - interval '1 hour' WHERE id = $1", IdOf(address));
        await FromAsync("198.51.100.78", visitor.Token, SharedThings.Password).ShouldAnswerAsync(200);
        (await SharedThings.LinkAsync(owner, address))["paused_until"].ShouldBeNull();
    }

    [Fact]
    public async Task Right_passwords_are_no_tries()
    {
        (string url, _) = await NewLinkAsync();
        using Visitor visitor = new(_server, url);
        for (int i = 0; i < 8; i++) await visitor.OpenAsync(SharedThings.Password);
    }

    private async Task<(string Url, string Address)> NewLinkAsync()
    {
        ApiClient owner = await _server.OwnerAsync();
        return await SharedThings.NewLinkAsync(owner, await SharedThings.NewFolderAsync(owner), SharedThings.Password);
    }

    private async Task<HttpResponseMessage> FromAsync(string address, string token, string password)
    {
        using HttpClient http = new() { BaseAddress = _server.HttpAddress };
        http.DefaultRequestHeaders.Add("X-Forwarded-For", address);
        http.DefaultRequestHeaders.Add("Share-Token", token);
        return await http.PostAsync("/api/v1/shared", new StringContent(new JsonObject { ["password"] = password }.ToJsonString(), System.Text.Encoding.UTF8, "application/json"));
    }

    private Task<long> CountAsync(string action, string address) =>
        _server.Database.ScalarAsync<long>("SELECT count(*) FROM audit_entry WHERE action = $1 AND subject_id = $2", action, address.Split('/')[^1]);

    private static Guid IdOf(string address) => Guid.Parse(address.Split('/')[^1]);

    /// <summary>Behind a proxy, so that visitors come from several addresses; and with a mail server that is not there, so that mails stay in the queue.</summary>
    public sealed class ProxiedServer : IAsyncLifetime
    {
        public ApiServer Server { get; } = new() { Settings = [("Network:TrustedProxies:0", "127.0.0.1/32"), ("Mail:Host", "127.0.0.1"), ("Mail:Port", "9")] };

        public Task InitializeAsync() => Server.InitializeAsync();

        public Task DisposeAsync() => Server.DisposeAsync();
    }
}
