using System.Text;
using System.Text.Json.Nodes;
using StepCloud.Storage.Registry;
using StepCloud.Tests.Api.Alarms;
using StepCloud.Tests.Api.Http;
using StepCloud.Tests.Api.Live;
using StepCloud.Tests.Api.Pairing;
using StepCloud.Tests.Api.Registry;

namespace StepCloud.Tests.Api.Access;

/// <summary>A request that an endpoint grants to whom it is for, made anew for each holder: what it asks for has not been done before.</summary>
/// <param name="Body">Null for none.</param>
/// <param name="By">Null: the row's holder of that kind; otherwise one whom the request may use up.</param>
/// <param name="IfMatch">The header of that name; null for none.</param>
internal sealed record AccessRequest(string Path, HttpContent? Body = null, ApiClient? By = null, string? IfMatch = null);

internal static class AccessRequests
{
    private const string NewPassword = "gumbo trellis oxbow quern";

    private static readonly Dictionary<string, Func<AccessScene, Holder, Task<AccessRequest>>> s_requests = new()
    {
        ["POST /api/v1/sign-in"] = async (scene, _) =>
            Json("/api/v1/sign-in", new JsonObject { ["email"] = await scene.Server.AddUserAsync(), ["password"] = Seeds.Password }),
        ["POST /api/v1/token"] = async (scene, _) =>
            Refresh("/api/v1", await scene.Server.Anonymous.SignInAsync(await scene.Server.AddUserAsync())),
        ["POST /gateway/api/v1/token"] = async (scene, _) => Refresh("/gateway/api/v1", (await scene.Server.AddGatewayAsync()).Tokens),
        ["POST /api/v1/recovery"] = async (scene, _) => Json("/api/v1/recovery", new JsonObject { ["email"] = await scene.Server.AddUserAsync() }),
        ["POST /api/v1/recovery/confirm"] = async (scene, _) =>
            Json("/api/v1/recovery/confirm", new JsonObject { ["token"] = await scene.NewLinkAsync("recovery"), ["new_password"] = NewPassword }),
        ["POST /api/v1/email-verification"] = async (scene, _) =>
            Json("/api/v1/email-verification", new JsonObject { ["token"] = await scene.NewLinkAsync("verification") }),
        ["POST /api/v1/invitations/accept"] = async (scene, _) =>
        {
            string token = Guid.NewGuid().ToString();
            await scene.NewInvitationAsync(token);
            return Json("/api/v1/invitations/accept", new JsonObject { ["token"] = token, ["name"] = "Somebody", ["password"] = NewPassword });
        },
        ["POST /gateway/api/v1/pairing/device-authorization"] = (_, _) => Form(PairingPeer.StartPath, PairingPeer.StartForm()),
        ["POST /gateway/api/v1/pairing/token"] = async (scene, _) =>
            await Form(PairingPeer.TokenPath, PairingPeer.TokenForm((await scene.NewConfirmedCodesAsync()).DeviceCode)),
        ["POST /gateway/api/v1/provision"] = async (scene, _) =>
            Json("/gateway/api/v1/provision", new JsonObject { ["secret"] = await scene.NewProvisioningSecretAsync() }),
        ["GET /openapi/{documentName}.json"] = (_, _) => Get("/openapi/user.json"),

        ["POST /api/v1/access-keys/exchange"] = async (scene, _) => Json("/api/v1/access-keys/exchange", new JsonObject { ["key"] = await scene.NewAccessKeyAsync() }),
        ["GET /api/v1/members/{id}"] = async (scene, _) => await Get($"/api/v1/members/{await scene.NewMemberAsync()}"),
        ["POST /api/v1/members"] = (_, _) => Task.FromResult(Json("/api/v1/members", new JsonObject { ["name"] = "New", ["role"] = "viewer" })),
        ["PATCH /api/v1/members/{id}"] = async (scene, _) => Json($"/api/v1/members/{await scene.NewMemberAsync()}", new JsonObject { ["name"] = "Renamed" }),
        ["POST /api/v1/members/{id}/disable"] = async (scene, _) => Empty($"/api/v1/members/{await scene.NewMemberAsync()}/disable"),
        ["POST /api/v1/members/{id}/enable"] = async (scene, _) => Empty($"/api/v1/members/{await scene.NewMemberAsync()}/enable"),
        ["POST /api/v1/access-keys"] = async (scene, _) =>
            Json("/api/v1/access-keys", new JsonObject { ["user_id"] = await scene.NewMemberAsync(), ["label"] = "Badge" }),
        ["POST /api/v1/access-keys/{id}/disable"] = async (scene, _) => Empty($"/api/v1/access-keys/{await scene.NewAccessKeyIdAsync()}/disable"),
        ["POST /admin/api/v1/users/{id}/disable"] = async (scene, _) => Empty($"/admin/api/v1/users/{await scene.NewMemberAsync()}/disable"),
        ["POST /admin/api/v1/users/{id}/enable"] = async (scene, _) => Empty($"/admin/api/v1/users/{await scene.NewMemberAsync()}/enable"),

        ["POST /api/v1/invitations"] = (_, _) => Task.FromResult(Json("/api/v1/invitations", new JsonObject { ["email"] = AccessScene.NewEmail(), ["role"] = "viewer" })),
        ["POST /api/v1/invitations/{id}/withdraw"] = async (scene, _) => Empty($"/api/v1/invitations/{await scene.NewInvitationAsync()}/withdraw"),

        ["GET /api/v1/gateways/{id}/sequence-gaps"] = (scene, _) => Get($"/api/v1/gateways/{scene.Gateway.Id}/sequence-gaps"),
        ["PUT /api/v1/organization/retention"] = (_, _) => Task.FromResult(Json("/api/v1/organization/retention", new JsonObject { ["rules"] = new JsonArray() })),
        ["GET /api/v1/legal-holds/{id}"] = async (scene, _) => await Get($"/api/v1/legal-holds/{await scene.NewLegalHoldAsync()}"),
        ["POST /api/v1/legal-holds"] = (_, _) => Task.FromResult(Json("/api/v1/legal-holds", new JsonObject { ["reason"] = "A complaint" })),
        ["POST /api/v1/legal-holds/{id}/release"] = async (scene, _) =>
            Json($"/api/v1/legal-holds/{await scene.NewLegalHoldAsync()}/release", new JsonObject { ["reason"] = "Settled" }),
        ["GET /api/v1/alarms/{id}"] = async (scene, _) => await Get($"/api/v1/alarms/{await AlarmThings.NewAsync(scene.Server, scene.Device)}"),
        ["POST /api/v1/alarms/{id}/acknowledge"] = async (scene, _) =>
            Json($"/api/v1/alarms/{await AlarmThings.NewAsync(scene.Server, scene.Device)}/acknowledge", new JsonObject { ["note"] = "Seen." }),
        ["POST /api/v1/alarm-channels/{id}/secret"] = async (scene, _) => Empty($"/api/v1/alarm-channels/{await RegistryThings.NewAsync(scene.Server, Entities.AlarmChannel)}/secret"),
        ["POST /api/v1/alarm-channels/{id}/test"] = async (scene, _) => Empty($"/api/v1/alarm-channels/{await RegistryThings.NewAsync(scene.Server, Entities.AlarmChannel)}/test"),
        ["POST /api/v1/alarm-deliveries/{id}/retry"] = async (scene, _) => Empty($"/api/v1/alarm-deliveries/{await AlarmThings.NewDeadDeliveryAsync(scene.Server)}/retry"),

        ["GET /api/v1/maintenance-plans/{id}/records"] = async (scene, _) =>
            await Get($"/api/v1/maintenance-plans/{await RegistryThings.NewAsync(scene.Server, Entities.MaintenancePlan)}/records"),
        ["POST /api/v1/maintenance-plans/{id}/records"] = async (scene, _) => Json(
            $"/api/v1/maintenance-plans/{await RegistryThings.NewAsync(scene.Server, Entities.MaintenancePlan)}/records",
            new JsonObject { ["performed_on"] = "2024-05-02", ["result"] = "passed" }),

        ["GET /api/v1/gateways/{id}/status"] = (scene, _) => Get($"/api/v1/gateways/{scene.Gateway.Id}/status"),
        ["GET /api/v1/gateways/{id}/commands"] = (scene, _) => Get($"/api/v1/gateways/{scene.Gateway.Id}/commands"),
        ["GET /api/v1/gateways/{id}/commands/{command}"] = async (scene, _) =>
            await Get($"/api/v1/gateways/{scene.Gateway.Id}/commands/{await scene.NewCommandAsync()}"),
        ["GET /api/v1/devices/{id}/twin"] = (scene, _) => Get($"/api/v1/devices/{scene.Device}/twin"),
        ["GET /api/v1/devices/{id}/state"] = (scene, _) => Get($"/api/v1/devices/{scene.Device}/state"),
        ["GET /api/v1/devices/{id}/running"] = (scene, _) => Get($"/api/v1/devices/{scene.Device}/running"),
        ["GET /api/v1/devices/{id}/live"] = (scene, _) => Get($"/api/v1/devices/{scene.Device}/live"),
        ["GET /api/v1/sites/{id}/states"] = (scene, _) => Get($"/api/v1/sites/{scene.Gateway.Shop.Site}/states"),
        ["GET /api/v1/sites/{id}/live"] = (scene, _) => Get($"/api/v1/sites/{scene.Gateway.Shop.Site}/live"),
        ["GET /api/v1/devices/{id}/steps"] = (scene, _) => Get($"/api/v1/devices/{scene.Device}/steps"),
        ["GET /api/v1/devices/{id}/steps/last"] = async (scene, _) =>
        {
            await scene.NewStepAsync();
            return await Get($"/api/v1/devices/{scene.Device}/steps/last");
        },
        ["GET /api/v1/steps/{id}"] = async (scene, _) => await Get($"/api/v1/steps/{(await scene.NewStepAsync())["id"]}"),
        ["GET /api/v1/steps/{id}/summary"] = async (scene, _) => await Get($"/api/v1/steps/{(await scene.NewStepAsync())["id"]}/summary"),
        ["GET /api/v1/steps/{id}/settings-changes"] = async (scene, _) => await Get($"/api/v1/steps/{(await scene.NewStepAsync())["id"]}/settings-changes"),
        ["GET /api/v1/steps/{id}/series"] = async (scene, _) => await Get($"/api/v1/steps/{(await scene.NewStepAsync())["id"]}/series"),
        ["GET /api/v1/steps/{id}/samples"] = async (scene, _) => await Get($"/api/v1/steps/{(await scene.NewStepAsync())["id"]}/samples?series=force"),
        ["GET /api/v1/steps/{id}/chart"] = async (scene, _) => await Get($"/api/v1/steps/{(await scene.NewStepAsync())["id"]}/chart?series=force"),
        ["GET /api/v1/devices/{id}/series"] = (scene, _) => Get($"/api/v1/devices/{scene.Device}/series"),
        ["GET /api/v1/devices/{id}/chart"] = async (scene, _) =>
        {
            await scene.NewStepAsync();
            return await Get($"/api/v1/devices/{scene.Device}/chart?series=force");
        },
        ["GET /api/v1/steps/calendar"] = (_, _) => Get("/api/v1/steps/calendar?from=2026-11-01&to=2026-11-30"),

        ["POST /api/v1/gateways"] = (scene, _) =>
            Task.FromResult(Json("/api/v1/gateways", new JsonObject { ["site"] = scene.Server.Own.Site.ToString(), ["name"] = "New" })),
        ["POST /api/v1/gateways/{id}/transfer"] = async (scene, _) =>
            Json($"/api/v1/gateways/{await scene.NewGatewayAsync()}/transfer", new JsonObject { ["site"] = scene.Server.Own.Site.ToString() }),
        ["POST /api/v1/gateways/{id}/unpair"] = async (scene, _) => Empty($"/api/v1/gateways/{await scene.NewGatewayAsync()}/unpair"),
        ["POST /api/v1/gateways/{id}/provisioning-secret"] = async (scene, _) =>
            Empty($"/api/v1/gateways/{await scene.NewGatewayAsync()}/provisioning-secret"),
        ["POST /api/v1/gateways/{id}/commands"] = (scene, _) =>
            Task.FromResult(Json($"/api/v1/gateways/{scene.Gateway.Id}/commands", new JsonObject { ["name"] = "blink" })),
        ["POST /api/v1/pairing/lookup"] = async (scene, _) => Json("/api/v1/pairing/lookup", PairingPeer.Code((await scene.NewCodesAsync()).UserCode)),
        ["POST /api/v1/pairing/confirm"] = async (scene, _) =>
            Json("/api/v1/pairing/confirm", PairingPeer.Confirmation((await scene.NewCodesAsync()).UserCode, scene.Server.Own.Site)),
        ["POST /api/v1/pairing/deny"] = async (scene, _) => Json("/api/v1/pairing/deny", PairingPeer.Code((await scene.NewCodesAsync()).UserCode)),

        ["POST /admin/api/v1/organizations"] = (_, _) => Task.FromResult(Json(
            "/admin/api/v1/organizations", new JsonObject { ["name"] = "New", ["site_name"] = "Workshop", ["owner_email"] = AccessScene.NewEmail() })),
        ["GET /admin/api/v1/rejected-messages/{id}/payload"] = async (scene, _) =>
            await Get($"/admin/api/v1/rejected-messages/{await scene.NewRejectedMessageAsync()}/payload"),
        ["GET /admin/api/v1/rejected-messages/{id}"] = async (scene, _) => await Get($"/admin/api/v1/rejected-messages/{await scene.NewRejectedMessageAsync()}"),
        ["POST /admin/api/v1/rejected-messages/{id}/replay"] = async (scene, _) =>
            await Get($"/admin/api/v1/rejected-messages/{await scene.NewRejectedMessageAsync()}/replay"),
        ["POST /admin/api/v1/rejected-messages/{id}/dismiss"] = async (scene, _) =>
            Json($"/admin/api/v1/rejected-messages/{await scene.NewRejectedMessageAsync()}/dismiss", new JsonObject { ["reason"] = "It is worth nothing." }),

        ["GET /api/v1/device-models/{id}/picture"] = async (scene, _) => await Get($"/api/v1/device-models/{await SamplePictures.NewAsync(scene.Server)}/picture"),
        ["GET /admin/api/v1/device-models/{id}/picture"] = async (scene, _) => await Get($"/admin/api/v1/device-models/{await SamplePictures.NewAsync(scene.Server)}/picture"),
        ["PUT /admin/api/v1/device-models/{id}/picture"] = async (scene, _) => new AccessRequest(
            $"/admin/api/v1/device-models/{await RegistryThings.NewAsync(scene.Server, Entities.DeviceModel)}/picture", SamplePictures.Body(SamplePictures.Png, "image/png"), IfMatch: "*"),
        ["DELETE /admin/api/v1/device-models/{id}/picture"] = async (scene, _) =>
            new AccessRequest($"/admin/api/v1/device-models/{await SamplePictures.NewAsync(scene.Server)}/picture", IfMatch: "*"),

        ["POST /gateway/api/v1/telemetry"] = (scene, _) => Task.FromResult(Json(TelemetryJson.Path, TelemetryJson.Of(scene.Device, "idle"))),
        ["POST /gateway/api/v1/steps"] = (scene, _) => Task.FromResult(Json("/gateway/api/v1/steps", TestGateway.Step(scene.Device))),
        ["POST /gateway/api/v1/devices"] = (scene, _) => Task.FromResult(Json("/gateway/api/v1/devices", TestGateway.Announcement(scene.Device))),
        ["PATCH /gateway/api/v1/gateway"] = (_, _) => Task.FromResult(Json("/gateway/api/v1/gateway", new JsonObject { ["software_version"] = "2.4.1" })),
        ["POST /gateway/api/v1/commands/{id}/result"] = async (scene, _) =>
            Json($"/gateway/api/v1/commands/{await scene.NewCommandAsync()}/result", new JsonObject { ["outcome"] = "done" }),
    };

    static AccessRequests()
    {
        foreach (string api in (string[])["/api/v1", "/admin/api/v1"])
        {
            AddOwnAccount(api);
            foreach (RegistryEntity entity in Entities.All) AddRegistry(api, entity);
        }

        WorkflowRequests.AddTo(s_requests);
        RecordingRequests.AddTo(s_requests);
        FolderRequests.AddTo(s_requests);
        CaseRequests.AddTo(s_requests);
    }

    /// <exception cref="InvalidOperationException">Nobody has said how to ask it.</exception>
    public static Task<AccessRequest> MakeAsync(string endpoint, AccessScene scene, Holder holder)
    {
        if (s_requests.TryGetValue(endpoint, out Func<AccessScene, Holder, Task<AccessRequest>>? make)) return make(scene, holder);
        string path = endpoint[4..];
        return endpoint.StartsWith("GET /", StringComparison.Ordinal) && !path.Contains('{')
            ? Get(path)
            : throw new InvalidOperationException($"AccessRequests does not say how to ask {endpoint}: add a request that it grants.");
    }

    /// <summary>The routes of one's own account, the same in both APIs. They change it, so each holder is a new one.</summary>
    private static void AddOwnAccount(string api)
    {
        s_requests[$"POST {api}/sign-out"] = async (scene, holder) => Empty($"{api}/sign-out") with { By = await scene.NewHolderAsync(holder) };
        s_requests[$"POST {api}/me/password"] = async (scene, holder) =>
            Json($"{api}/me/password", new JsonObject { ["old_password"] = Seeds.Password, ["new_password"] = NewPassword }) with { By = await scene.NewHolderAsync(holder) };
        s_requests[$"POST {api}/me/email-verification"] = async (scene, holder) =>
            Empty($"{api}/me/email-verification") with { By = await scene.NewHolderAsync(holder) };
        s_requests[$"POST {api}/me/second-factor"] = async (scene, holder) =>
            Json($"{api}/me/second-factor", new JsonObject { ["password"] = Seeds.Password }) with { By = await scene.NewHolderAsync(holder) };
        s_requests[$"POST {api}/me/second-factor/confirm"] = async (scene, holder) =>
        {
            ApiClient user = await scene.NewHolderAsync(holder);
            return Json($"{api}/me/second-factor/confirm", new JsonObject { ["code"] = await AccessScene.BeginSecondFactorAsync(user, api) }) with { By = user };
        };
        s_requests[$"POST {api}/me/second-factor/disable"] = async (scene, holder) =>
        {
            ApiClient user = await scene.NewHolderAsync(holder);
            JsonObject code = new() { ["code"] = await AccessScene.BeginSecondFactorAsync(user, api) };
            using HttpResponseMessage confirmed = await user.PostAsync($"{api}/me/second-factor/confirm", code);
            string recovery = confirmed.IsSuccessStatusCode
                ? (string)JsonNode.Parse(await confirmed.Content.ReadAsStringAsync())!["recovery_codes"]![0]!
                : "123456";
            return Json($"{api}/me/second-factor/disable", new JsonObject { ["password"] = Seeds.Password, ["code"] = recovery }) with { By = user };
        };
        s_requests[$"DELETE {api}/me/sessions"] = async (scene, holder) => new AccessRequest($"{api}/me/sessions", By: await scene.NewHolderAsync(holder));
        s_requests[$"DELETE {api}/me/sessions/{{id}}"] = async (scene, holder) =>
        {
            ApiClient owner = await scene.NewHolderAsync(new Holder("owner"));
            return new AccessRequest($"{api}/me/sessions/{await AccessScene.SessionOfAsync(owner)}", By: holder.IsOwner ? owner : null);
        };
    }

    /// <summary>The routes of an entity. Those that change something change a thing that was made for it.</summary>
    private static void AddRegistry(string api, RegistryEntity entity)
    {
        string list = $"{api}/{entity.Path}";
        string one = list + "/{id}";
        async Task<string> PathAsync(AccessScene scene) => $"{list}/{await RegistryThings.NewAsync(scene.Server, entity)}";
        s_requests[$"GET {one}"] = async (scene, _) => await Get(await PathAsync(scene));
        s_requests.TryAdd($"POST {list}", async (scene, _) =>
            Json(list, await RegistryThings.BodyAsync(scene.Server, entity, withOrganization: api.StartsWith("/admin", StringComparison.Ordinal))));
        s_requests[$"PATCH {one}"] = async (scene, _) => Json(await PathAsync(scene), new JsonObject()) with { IfMatch = "*" };
        s_requests[$"POST {list}/import"] = (_, _) => Task.FromResult(Json($"{list}/import?format=json", new JsonArray()));
        s_requests[$"POST {one}/archive"] = async (scene, _) => Json($"{await PathAsync(scene)}/archive", new JsonObject { ["reason"] = "It is gone." });
        s_requests[$"POST {one}/restore"] = async (scene, _) => Empty($"{await PathAsync(scene)}/restore");
    }

    internal static Task<AccessRequest> Get(string path) => Task.FromResult(new AccessRequest(path));

    internal static AccessRequest Json(string path, JsonNode body) => new(path, new StringContent(body.ToJsonString(), Encoding.UTF8, "application/json"));

    internal static AccessRequest Empty(string path) => new(path, new StringContent(""));

    private static AccessRequest Refresh(string api, Http.Tokens tokens) => Json($"{api}/token", new JsonObject { ["refresh_token"] = tokens.RefreshToken });

    private static Task<AccessRequest> Form(string path, Dictionary<string, string?> form) =>
        Task.FromResult(new AccessRequest(path, new FormUrlEncodedContent(form)));
}
