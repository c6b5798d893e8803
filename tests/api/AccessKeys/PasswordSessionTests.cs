using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Routing;
using Shouldly;
using StepCloud.Api.Http;
using StepCloud.Tests.Api.Access;
using StepCloud.Tests.Api.Http;
using StepCloud.Tests.Api.Members;
using Xunit;

namespace StepCloud.Tests.Api.AccessKeys;

/// <summary>What a session that a key has begun cannot do: change how somebody comes in.</summary>
[Collection(ApiTests.Name)]
public sealed class PasswordSessionTests(ApiServer server)
{
    private static readonly string[] Marked =
    [
        "POST /api/v1/me/password", "POST /api/v1/me/second-factor", "POST /api/v1/me/second-factor/confirm", "POST /api/v1/me/second-factor/disable",
        "POST /api/v1/me/email-verification",
        "POST /api/v1/members", "PATCH /api/v1/members/{id}", "POST /api/v1/members/{id}/disable", "POST /api/v1/members/{id}/enable",
        "POST /api/v1/access-keys", "POST /api/v1/access-keys/{id}/disable",
        "POST /api/v1/invitations", "POST /api/v1/invitations/{id}/withdraw",
        "POST /api/v1/pairing/lookup", "POST /api/v1/pairing/confirm", "POST /api/v1/pairing/deny",
        "POST /api/v1/gateways", "POST /api/v1/gateways/{id}/transfer", "PUT /api/v1/organization/retention", "POST /api/v1/legal-holds/{id}/release", "POST /api/v1/gateways/{id}/unpair",
        "POST /api/v1/gateways/{id}/provisioning-secret",
        .. from thing in (string[])["sites", "gateways", "devices", "alarm-rules", "alarm-channels", "material-lots", "validated-combinations", "maintenance-plans", "blueprints"]
           from verb in (string[])["archive", "restore"] select $"POST /api/v1/{thing}/{{id}}/{verb}",
        "POST /api/v1/alarm-channels/{id}/secret",
        "POST /api/v1/blueprints/{id}/versions/{number}/approve", "POST /api/v1/blueprints/{id}/versions/{number}/retire",
        "POST /api/v1/jobs/{id}/release", "POST /api/v1/jobs/{id}/reject",
        "GET /api/v1/me/export", "GET /api/v1/cases/{id}/export", "POST /api/v1/cases/{id}/erase",
        "POST /api/v1/folders/{id}/links",
    ];

    [Fact]
    public void The_routes_that_take_a_password_session_are_these() =>
        (from endpoint in server.Service<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()
         where endpoint.Metadata.GetMetadata<PasswordSession>() is not null && endpoint.RoutePattern.RawText!.StartsWith("/api/", StringComparison.Ordinal)
         select $"{endpoint.Metadata.GetMetadata<HttpMethodMetadata>()!.HttpMethods[0]} {endpoint.RoutePattern.RawText}").ShouldBe(Marked, ignoreOrder: true);

    [Fact]
    public async Task Each_of_them_answers_a_session_of_a_key_403()
    {
        MemberRig rig = await MemberRig.CreateAsync(server);
        ApiClient byKey = await rig.ExchangeAsync(await rig.MakeKeyAsync(await rig.AddMemberAsync()));
        string id = Guid.NewGuid().ToString();
        Dictionary<string, JsonObject> bodies = new()
        {
            ["/me/password"] = new() { ["old_password"] = "a", ["new_password"] = "b" },
            ["/me/second-factor"] = new() { ["password"] = "a" },
            ["/me/second-factor/confirm"] = new() { ["code"] = "000000" },
            ["/me/second-factor/disable"] = new() { ["password"] = "a", ["code"] = "000000" },
            ["/members"] = new() { ["name"] = "A", ["role"] = "viewer" },
            ["/members/{id}"] = new() { ["role"] = "owner" },
            ["/access-keys"] = new() { ["user_id"] = id, ["label"] = "A" },
            ["/invitations"] = new() { ["email"] = "a@example.org", ["role"] = "viewer" },
            ["/pairing/lookup"] = new() { ["user_code"] = "BCDF-GHJK" },
            ["/pairing/confirm"] = new() { ["user_code"] = "BCDF-GHJK", ["site"] = id, ["name"] = "A" },
            ["/pairing/deny"] = new() { ["user_code"] = "BCDF-GHJK" },
            ["/gateways"] = new() { ["site"] = rig.Shop.Site.ToString(), ["name"] = "A" },
            ["/sites/{id}/archive"] = new() { ["reason"] = "A" },
            ["/gateways/{id}/archive"] = new() { ["reason"] = "A" },
            ["/devices/{id}/archive"] = new() { ["reason"] = "A" },
            ["/alarm-rules/{id}/archive"] = new() { ["reason"] = "A" },
            ["/alarm-channels/{id}/archive"] = new() { ["reason"] = "A" },
            ["/material-lots/{id}/archive"] = new() { ["reason"] = "A" },
            ["/validated-combinations/{id}/archive"] = new() { ["reason"] = "A" },
            ["/maintenance-plans/{id}/archive"] = new() { ["reason"] = "A" },
            ["/blueprints/{id}/archive"] = new() { ["reason"] = "A" },
            ["/blueprints/{id}/versions/{number}/approve"] = new() { ["password"] = "a" },
            ["/blueprints/{id}/versions/{number}/retire"] = new() { ["reason"] = "A" },
            ["/jobs/{id}/release"] = new() { ["password"] = "a" },
            ["/jobs/{id}/reject"] = new() { ["password"] = "a", ["comment"] = "A" },
            ["/gateways/{id}/transfer"] = new() { ["site"] = id },
            ["/organization/retention"] = new() { ["rules"] = new JsonArray() },
            ["/legal-holds/{id}/release"] = new() { ["reason"] = "A" },
            ["/cases/{id}/erase"] = new() { ["reason"] = "requested" },
            ["/folders/{id}/links"] = new() { ["label"] = "A" },
        };
        foreach (string route in Marked)
        {
            string[] parts = route.Split(' ');
            string body = bodies.GetValueOrDefault(parts[1]["/api/v1".Length..])?.ToJsonString() ?? "";
            await byKey.SendAsync(
                    new HttpMethod(parts[0]), parts[1].Replace("{id}", id).Replace("{number}", "1"), new StringContent(body, System.Text.Encoding.UTF8, "application/json"))
                // Who has not the role is told that, and the session of a technician's badge is all that is asked here.
                .ShouldBeProblemAsync(403, AccessTable.Rows[route].Split(' ')[4] == "403" ? "not_allowed" : "password_session_required");
        }

        await byKey.GetAsync("/api/v1/members").ShouldAnswerAsync(200);
        await byKey.GetAsync("/api/v1/devices").ShouldAnswerAsync(200);
        await byKey.PostAsync("/api/v1/sign-out", "").ShouldAnswerAsync(204);
    }
}
