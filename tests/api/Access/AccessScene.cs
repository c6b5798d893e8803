using System.Text.Json.Nodes;
using StepCloud.Contracts.Ids;
using StepCloud.Tests.Api.Http;
using StepCloud.Tests.Api.Pairing;
using StepCloud.Tests.Api.Users;
using Xunit;

namespace StepCloud.Tests.Api.Access;

/// <summary>The holders of the table, and the first organization's things that they reach for.</summary>
public sealed class AccessScene(ApiServer server) : IAsyncLifetime
{
    /// <summary>Fewer than one address may have open.</summary>
    private const int CodesPerPeer = 40;

    private readonly Dictionary<Holder, ApiClient> _holders = [];
    private PairingPeer? _peer;
    private int _codes;

    public ApiServer Server => server;

    /// <summary>Of the first organization, with a device.</summary>
    public TestGateway Gateway { get; private set; } = null!;

    public DeviceId Device { get; private set; }

    public async Task InitializeAsync()
    {
        Gateway = await server.AddGatewayAsync();
        Device = await Gateway.AddDeviceAsync();
    }

    public Task DisposeAsync()
    {
        _peer?.Dispose();
        return Task.CompletedTask;
    }

    /// <summary>One of that kind, the same for all rows. The first organization's gateway is the one with the things.</summary>
    public async Task<ApiClient> HolderAsync(Holder holder)
    {
        if (holder == new Holder("gateway")) return Gateway.Api;
        if (!_holders.TryGetValue(holder, out ApiClient? client)) _holders[holder] = client = await NewHolderAsync(holder);
        return client;
    }

    /// <summary>One of that kind whom the request may use up.</summary>
    public async Task<ApiClient> NewHolderAsync(Holder holder)
    {
        Shop shop = holder.IsForeign ? server.Other : server.Own;
        if (holder.IsNobody) return server.Anonymous;
        if (holder.IsGateway) return (await server.AddGatewayAsync(shop)).Api;
        string email = await server.AddUserAsync(holder.IsAdministrator ? null : shop.Organization, holder.Role);
        return server.With((await server.Anonymous.SignInAsync(email)).AccessToken);
    }

    public async Task<JsonObject> NewStepAsync()
    {
        JsonObject step = TestGateway.Step(Device);
        await Gateway.SendAsync(step).ShouldAnswerAsync(200);
        return step;
    }

    public async Task<string> NewCommandAsync() =>
        (string)(await (await server.OwnerAsync()).PostAsync($"/api/v1/gateways/{Gateway.Id}/commands", """{"name":"blink"}""").ShouldAnswerAsync(201))["id"]!;

    public async Task<GatewayId> NewGatewayAsync() => (await server.AddGatewayAsync()).Id;

    public async Task<string> NewProvisioningSecretAsync() =>
        (string)(await (await server.OwnerAsync()).PostAsync($"/api/v1/gateways/{await NewGatewayAsync()}/provisioning-secret", "").ShouldAnswerAsync(200))["secret"]!;

    /// <summary>Of a gateway that waits to be paired.</summary>
    internal Task<Codes> NewCodesAsync()
    {
        if (_codes++ % CodesPerPeer == 0)
        {
            _peer?.Dispose();
            _peer = new PairingPeer(server);
        }

        return _peer!.StartAsync();
    }

    internal async Task<Codes> NewConfirmedCodesAsync()
    {
        Codes codes = await NewCodesAsync();
        await (await server.OwnerAsync()).PostAsync("/api/v1/pairing/confirm", PairingPeer.Confirmation(codes.UserCode, server.Own.Site)).ShouldAnswerAsync(200);
        return codes;
    }

    /// <returns>Its id.</returns>
    public async Task<Guid> NewInvitationAsync(string? token = null)
    {
        JsonObject request = new() { ["email"] = NewEmail(), ["role"] = "viewer" };
        Guid id = Guid.Parse((string)(await (await server.OwnerAsync()).PostAsync("/api/v1/invitations", request).ShouldAnswerAsync(201))["id"]!);
        // The token is in the mail alone; one that is known here takes its place.
        if (token is not null) await server.Database.ExecuteAsync("UPDATE invitation SET hash = sha256($2::text::bytea) WHERE id = $1", id, token);
        return id;
    }

    /// <returns>The id of a member who may have access keys.</returns>
    public async Task<string> NewMemberAsync() =>
        (string)(await (await server.OwnerAsync()).PostAsync("/api/v1/members", """{"name":"New","role":"technician"}""").ShouldAnswerAsync(201))["id"]!;

    public async Task<string> NewAccessKeyAsync() => (string)(await MakeAccessKeyAsync())["key"]!;

    public async Task<string> NewAccessKeyIdAsync() => (string)(await MakeAccessKeyAsync())["id"]!;

    /// <summary>It names a job that nobody has, so that it is in nobody's way.</summary>
    public async Task<string> NewLegalHoldAsync() => (string)(await (await server.OwnerAsync())
        .PostAsync("/api/v1/legal-holds", new JsonObject { ["reason"] = "A complaint", ["job"] = $"{Guid.NewGuid()}" }).ShouldAnswerAsync(201))["id"]!;

    private async Task<JsonNode> MakeAccessKeyAsync() => await (await server.OwnerAsync())
        .PostAsync("/api/v1/access-keys", new JsonObject { ["user_id"] = await NewMemberAsync(), ["label"] = "Badge" }).ShouldAnswerAsync(201);

    /// <returns>The token of a link that was mailed to a user.</returns>
    public async Task<string> NewLinkAsync(string kind)
    {
        string token = Guid.NewGuid().ToString();
        await server.Database.ExecuteAsync(
            """
            INSERT INTO account_link (hash, kind, user_id, created_at, expires_at)
            SELECT sha256($1::text::bytea), $2, id, now(), now() + interval '1 hour' FROM app_user WHERE email = $3
            """,
            token, kind, await server.AddUserAsync());
        return token;
    }

    /// <returns>The id of a session of that user's.</returns>
    public static async Task<string> SessionOfAsync(ApiClient user) =>
        (string)(await user.GetAsync("/api/v1/me/sessions").ShouldAnswerAsync(200))["items"]![0]!["id"]!;

    /// <returns>The id of a message that was refused.</returns>
    public async Task<Guid> NewRejectedMessageAsync()
    {
        await Gateway.SendAsync("[]"u8.ToArray()).ShouldBeProblemAsync(422, "uplink_refused");
        return await server.Database.ScalarAsync<Guid>("SELECT id FROM rejected_message ORDER BY received_at DESC LIMIT 1");
    }

    /// <summary>Begins a second factor, where the holder has an account that can have one.</summary>
    /// <returns>A code that confirms it.</returns>
    public static async Task<string> BeginSecondFactorAsync(ApiClient user, string api)
    {
        using HttpResponseMessage answer = await user.PostAsync($"{api}/me/second-factor", new JsonObject { ["password"] = Seeds.Password });
        return answer.IsSuccessStatusCode
            ? Authenticator.CodeOf((string)JsonNode.Parse(await answer.Content.ReadAsStringAsync())!["secret"]!)
            : "123456";
    }

    public static string NewEmail() => $"{Guid.NewGuid()}@example.org";
}
