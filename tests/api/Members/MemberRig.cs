using System.Text.Json.Nodes;
using StepCloud.Tests.Api.Http;

namespace StepCloud.Tests.Api.Members;

/// <summary>An organization of a test's own, whose owners nobody else counts on.</summary>
internal sealed class MemberRig(ApiServer server, Shop shop, ApiClient owner)
{
    public const string Path = "/api/v1/members";

    public Shop Shop => shop;

    public ApiClient Owner => owner;

    public static async Task<MemberRig> CreateAsync(ApiServer server)
    {
        Shop shop = await new Seeds(server.Services, server.Database).AddShopAsync($"Shop {Guid.NewGuid()}");
        return new MemberRig(server, shop, await server.UserAsync(shop.OwnerEmail));
    }

    /// <summary>A member with a password, signed in.</summary>
    public async Task<(string Id, ApiClient Client, string Email)> AddUserAsync(string role)
    {
        string email = await new Seeds(server.Services, server.Database).AddUserAsync(shop.Organization, role);
        return (await IdAsync(email), await server.UserAsync(email), email);
    }

    /// <summary>A member without a mailbox.</summary>
    public async Task<string> AddMemberAsync(string role = "technician") =>
        (string)(await owner.PostAsync(Path, new JsonObject { ["name"] = "Kim", ["role"] = role }).ShouldAnswerAsync(201))["id"]!;

    public Task<string> OwnerIdAsync() => IdAsync(shop.OwnerEmail);

    public async Task<string> MakeKeyAsync(string member, string label = "Badge") =>
        (string)(await TryMakeKeyAsync(member, label).ShouldAnswerAsync(201))["key"]!;

    public Task<HttpResponseMessage> TryMakeKeyAsync(string member, string label = "Badge", string? expiresAt = null) => owner.PostAsync(
        "/api/v1/access-keys", new JsonObject { ["user_id"] = member, ["label"] = label, ["expires_at"] = expiresAt });

    public Task<HttpResponseMessage> TryExchangeAsync(string key) =>
        server.Anonymous.PostAsync("/api/v1/access-keys/exchange", new JsonObject { ["key"] = key });

    public async Task<ApiClient> ExchangeAsync(string key) =>
        server.With(Http.Tokens.Of(await TryExchangeAsync(key).ShouldAnswerAsync(200)).AccessToken);

    /// <summary>How many entries of that action the organization's chain has.</summary>
    public Task<long> CountEntriesAsync(string action, string condition = "true") => server.Database.ScalarAsync<long>(
        $"SELECT count(*) FROM audit_entry WHERE chain_id = '{shop.Organization}' AND action = '{action}' AND {condition}");

    private async Task<string> IdAsync(string email) =>
        (await server.Database.ScalarAsync<Guid>("SELECT id FROM app_user WHERE email = $1", email)).ToString();
}

internal static class MemberClients
{
    public static Task<HttpResponseMessage> PatchAsync(this ApiClient client, string path, JsonNode body) => client.SendAsync(
        HttpMethod.Patch, path, new StringContent(body.ToJsonString(), System.Text.Encoding.UTF8, "application/json"));
}
