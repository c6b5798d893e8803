using System.Text.Json.Nodes;
using Shouldly;
using StepCloud.Tests.Api.Http;
using Xunit;

namespace StepCloud.Tests.Api.Members;

/// <summary>Administrators of the installation find anybody and keep him out.</summary>
[Collection(ApiTests.Name)]
public sealed class UserAdminTests(ApiServer server)
{
    private const string Path = "/admin/api/v1/users";

    [Fact]
    public async Task Users_are_found_by_organization_and_by_the_words_of_their_address_and_the_look_is_an_entry()
    {
        MemberRig rig = await MemberRig.CreateAsync(server);
        (string id, _, string email) = await rig.AddUserAsync("viewer");
        await rig.AddMemberAsync();
        ApiClient administrator = await server.AdministratorAsync();

        (await ListAsync(administrator, $"?organization={rig.Shop.Organization}")).Count.ShouldBe(3);
        JsonNode found = (await ListAsync(administrator, $"?q={email.Split('@')[0].ToUpperInvariant()}")).ShouldHaveSingleItem()!;
        ((string?)found["id"], (string?)found["organization"], (string?)found["roles"]![0]).ShouldBe((id, rig.Shop.Organization.ToString(), "viewer"));
        (await ListAsync(administrator, $"?email={email}")).ShouldHaveSingleItem();
        (await ListAsync(administrator, "?email=%25")).ShouldBeEmpty("it is text, and no pattern");
        (await rig.CountEntriesAsync("user.read", "doer_kind = 'administrator' AND new_values->>'rows' = '3'")).ShouldBe(1);
        (await server.Database.ScalarAsync<long>(
            $"SELECT count(*) FROM audit_entry WHERE chain_id = '{Guid.Empty}' AND action = 'user.read' AND subject_kind = 'installation'")).ShouldBeGreaterThan(1);
        await administrator.GetAsync($"{Path}?limit=201").ShouldPointToAsync("limit");
        await administrator.GetAsync($"{Path}?email={new string('x', 255)}").ShouldPointToAsync("email");
        long reads = await rig.CountEntriesAsync("user.read", $"subject_id = '{id}' AND doer_kind = 'administrator'");
        await administrator.GetAsync($"{Path}/{id}").ShouldAnswerAsync(200);
        (await rig.CountEntriesAsync("user.read", $"subject_id = '{id}' AND doer_kind = 'administrator'")).ShouldBe(reads + 1);
    }

    [Fact]
    public async Task Anybody_is_disabled_and_enabled_the_last_owner_too()
    {
        MemberRig rig = await MemberRig.CreateAsync(server);
        ApiClient administrator = await server.AdministratorAsync();
        string owner = await rig.OwnerIdAsync();
        await administrator.PostAsync($"{Path}/{owner}/disable", "").ShouldAnswerAsync(204);
        await rig.Owner.GetAsync("/api/v1/me").ShouldBeProblemAsync(401, "invalid_token");
        (await rig.CountEntriesAsync("user.disabled", $"subject_id = '{owner}' AND doer_kind = 'administrator'")).ShouldBe(1);
        await administrator.PostAsync($"{Path}/{owner}/enable", "").ShouldAnswerAsync(204);
        await server.Anonymous.SignInAsync(rig.Shop.OwnerEmail);
        await administrator.PostAsync($"{Path}/{Guid.NewGuid()}/disable", "").ShouldBeProblemAsync(404, "not_found");
        await administrator.PostAsync($"{Path}/{Guid.NewGuid()}/enable", "").ShouldBeProblemAsync(404, "not_found");
    }

    [Fact]
    public async Task The_last_administrator_stays()
    {
        // In an installation of its own: the shared one has several.
        ApiServer alone = new();
        await alone.InitializeAsync();
        try
        {
            ApiClient administrator = await alone.AdministratorAsync();
            string id = (string)(await administrator.GetAsync("/admin/api/v1/me").ShouldAnswerAsync(200))["id"]!;
            JsonObject problem = await administrator.PostAsync($"{Path}/{id}/disable", "").ShouldBeProblemAsync(409, "last_administrator");
            ((string)problem["detail"]!).ShouldContain("stepcloud user create --administrator");
        }
        finally
        {
            await alone.DisposeAsync();
        }
    }

    private static async Task<JsonArray> ListAsync(ApiClient administrator, string query) =>
        (await administrator.GetAsync(Path + query).ShouldAnswerAsync(200))["items"]!.AsArray();
}
