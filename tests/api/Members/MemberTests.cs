using System.Text.Json.Nodes;
using Shouldly;
using StepCloud.Tests.Api.Http;
using Xunit;

namespace StepCloud.Tests.Api.Members;

[Collection(ApiTests.Name)]
public sealed class MemberTests(ApiServer server)
{
    private const string Path = MemberRig.Path;

    [Theory]
    [InlineData("owner")]
    [InlineData("technician")]
    [InlineData("viewer")]
    [InlineData("auditor")]
    public async Task Every_role_sees_the_members_page_by_page_and_the_look_is_an_entry(string role)
    {
        MemberRig rig = await MemberRig.CreateAsync(server);
        (string id, ApiClient reader, string email) = await rig.AddUserAsync(role);
        string kim = await rig.AddMemberAsync();

        JsonNode first = await reader.GetAsync($"{Path}?limit=2").ShouldAnswerAsync(200);
        first["items"]!.AsArray().Select(item => (string?)item!["email"]).ShouldBe([rig.Shop.OwnerEmail, email]);
        JsonNode rest = await reader.GetAsync($"{Path}?limit=2&after={first["next"]}").ShouldAnswerAsync(200);
        JsonNode member = rest["items"]!.AsArray().ShouldHaveSingleItem()!;
        ((string?)member["id"], (string?)member["name"], (string?)member["email"], (string?)member["roles"]![0]).ShouldBe((kim, "Kim", null, "technician"));
        rest["next"].ShouldBeNull();
        (await rig.CountEntriesAsync("user.read", $"doer_id = '{id}' AND subject_kind = 'organization' AND new_values->>'rows' = '2'")).ShouldBe(1);
        (await rig.CountEntriesAsync("user.read", $"doer_id = '{id}' AND new_values->'filter'->>'after' = '{first["next"]}'")).ShouldBe(1);

        ((string?)(await reader.GetAsync($"{Path}/{kim}").ShouldAnswerAsync(200))["name"]).ShouldBe("Kim");
        (await rig.CountEntriesAsync("user.read", $"subject_id = '{kim}'")).ShouldBe(1);
        await reader.GetAsync($"{Path}/{id}").ShouldAnswerAsync(200);
        (await rig.CountEntriesAsync("user.read", $"subject_id = '{id}'")).ShouldBe(0, "what one sees of oneself is no entry");
    }

    [Fact]
    public async Task Who_I_am_is_told_without_an_entry()
    {
        MemberRig rig = await MemberRig.CreateAsync(server);
        JsonNode me = await rig.Owner.GetAsync("/api/v1/me").ShouldAnswerAsync(200);
        ((string?)me["email"], (string?)me["roles"]![0], (bool)me["second_factor"]!, (bool)me["email_verified"]!, (string?)me["session_started_by"])
            .ShouldBe((rig.Shop.OwnerEmail, "owner", false, false, "password"));
        ((string?)me["organization"]!["id"]).ShouldBe(rig.Shop.Organization.ToString());
        (await rig.CountEntriesAsync("user.read")).ShouldBe(0);

        JsonNode administrator = await (await server.AdministratorAsync()).GetAsync("/admin/api/v1/me").ShouldAnswerAsync(200);
        ((string?)administrator["roles"]![0], administrator["organization"]).ShouldBe(("administrator", null));
    }

    [Theory]
    [InlineData("technician")]
    [InlineData("viewer")]
    [InlineData("auditor")]
    public async Task Who_is_no_owner_changes_nobody(string role)
    {
        MemberRig rig = await MemberRig.CreateAsync(server);
        (string id, ApiClient user, _) = await rig.AddUserAsync(role);
        await user.PostAsync(Path, new JsonObject { ["name"] = "A", ["role"] = "viewer" }).ShouldBeProblemAsync(403, "not_allowed");
        await user.PatchAsync($"{Path}/{id}", new JsonObject { ["role"] = "owner" }).ShouldBeProblemAsync(403, "not_allowed");
        await user.PostAsync($"{Path}/{await rig.OwnerIdAsync()}/disable", "").ShouldBeProblemAsync(403, "not_allowed");
        await user.PostAsync($"{Path}/{id}/enable", "").ShouldBeProblemAsync(403, "not_allowed");
    }

    [Fact]
    public async Task A_change_of_name_and_role_counts_at_the_next_request_and_is_one_entry_with_what_changed()
    {
        MemberRig rig = await MemberRig.CreateAsync(server);
        (string id, ApiClient user, _) = await rig.AddUserAsync("viewer");
        await user.GetAsync("/api/v1/audit").ShouldBeProblemAsync(403, "not_allowed");
        JsonNode changed = await rig.Owner.PatchAsync($"{Path}/{id}", new JsonObject { ["name"] = " Robin ", ["role"] = "auditor" }).ShouldAnswerAsync(200);
        ((string?)changed["name"], (string?)changed["roles"]![0]).ShouldBe(("Robin", "auditor"));
        await user.GetAsync("/api/v1/audit").ShouldAnswerAsync(200);
        await rig.Owner.PatchAsync($"{Path}/{id}", new JsonObject { ["role"] = "auditor" }).ShouldAnswerAsync(200);

        string owner = await rig.OwnerIdAsync();
        (await rig.CountEntriesAsync("user.changed")).ShouldBe(1, "what stays as it is, is no change");
        (await rig.CountEntriesAsync(
            "user.changed",
            $$"""
            doer_id = '{{owner}}' AND subject_id = '{{id}}' AND old_values::jsonb = '{"name":"Somebody","roles":["viewer"]}'
            AND new_values::jsonb = '{"name":"Robin","roles":["auditor"]}'
            """)).ShouldBe(1);
    }

    [Fact]
    public async Task Who_is_disabled_is_out_at_once_with_all_sessions_and_comes_in_again_when_enabled()
    {
        MemberRig rig = await MemberRig.CreateAsync(server);
        (string id, ApiClient user, string email) = await rig.AddUserAsync("technician");
        Http.Tokens second = await server.Anonymous.SignInAsync(email);

        JsonNode disabled = await rig.Owner.PostAsync($"{Path}/{id}/disable", "").ShouldAnswerAsync(200);
        disabled["disabled_at"].ShouldNotBeNull();
        await user.GetAsync("/api/v1/me").ShouldBeProblemAsync(401, "invalid_token");
        await server.Anonymous.TryRefreshAsync(second.RefreshToken).ShouldBeProblemAsync(401, "invalid_refresh_token");
        await server.Anonymous.TrySignInAsync(email, Seeds.Password).ShouldBeProblemAsync(401, "wrong_credentials");
        (await rig.CountEntriesAsync("session.ended", "new_values->>'reason' = 'user_disabled'")).ShouldBe(2);
        await rig.Owner.PostAsync($"{Path}/{id}/disable", "").ShouldAnswerAsync(200);
        (await rig.CountEntriesAsync("user.disabled")).ShouldBe(1);

        (await rig.Owner.PostAsync($"{Path}/{id}/enable", "").ShouldAnswerAsync(200))["disabled_at"].ShouldBeNull();
        await user.GetAsync("/api/v1/me").ShouldBeProblemAsync(401, "invalid_token");
        await server.Anonymous.SignInAsync(email);
        (await rig.CountEntriesAsync("user.enabled", $"subject_id = '{id}' AND old_values->>'disabled_at' IS NOT NULL")).ShouldBe(1);
    }

    [Fact]
    public async Task The_last_owner_who_may_come_in_is_neither_demoted_nor_disabled()
    {
        MemberRig rig = await MemberRig.CreateAsync(server);
        string owner = await rig.OwnerIdAsync();
        (string other, _, _) = await rig.AddUserAsync("owner");
        await rig.Owner.PostAsync($"{Path}/{other}/disable", "").ShouldAnswerAsync(200);

        JsonObject problem = await rig.Owner.PatchAsync($"{Path}/{owner}", new JsonObject { ["role"] = "viewer" }).ShouldBeProblemAsync(409, "last_owner");
        ((string?)problem["detail"]).ShouldStartWith("Make another member an owner first");
        await rig.Owner.PostAsync($"{Path}/{owner}/disable", "").ShouldBeProblemAsync(409, "last_owner");
        await rig.Owner.PatchAsync($"{Path}/{owner}", new JsonObject { ["name"] = "Still here" }).ShouldAnswerAsync(200);

        await rig.Owner.PostAsync($"{Path}/{other}/enable", "").ShouldAnswerAsync(200);
        await rig.Owner.PatchAsync($"{Path}/{owner}", new JsonObject { ["role"] = "viewer" }).ShouldAnswerAsync(200);
        await rig.Owner.PatchAsync($"{Path}/{owner}", new JsonObject { ["role"] = "owner" }).ShouldBeProblemAsync(403, "not_allowed");
    }

    [Theory]
    [InlineData("demote")]
    [InlineData("disable")]
    public async Task Of_two_owners_who_part_with_each_other_at_once_one_stays(string how)
    {
        for (int round = 0; round < 5; round++)
        {
            MemberRig rig = await MemberRig.CreateAsync(server);
            (string second, ApiClient other, _) = await rig.AddUserAsync("owner");
            string first = await rig.OwnerIdAsync();
            await Task.WhenAll(PartAsync(rig.Owner, second), PartAsync(other, first));
            (await server.Database.ScalarAsync<long>(
                $"SELECT count(*) FROM app_user WHERE organization_id = '{rig.Shop.Organization}' AND 'owner' = ANY(roles) AND disabled_at IS NULL")).ShouldBe(1);
        }

        async Task PartAsync(ApiClient doer, string subject)
        {
            using HttpResponseMessage answer = how == "demote"
                ? await doer.PatchAsync($"{Path}/{subject}", new JsonObject { ["role"] = "viewer" })
                : await doer.PostAsync($"{Path}/{subject}/disable", "");
            ((int)answer.StatusCode).ShouldBeOneOf(200, 401, 403, 409);
        }
    }

    [Fact]
    public async Task A_member_without_a_mailbox_never_becomes_an_owner_nor_signs_in_with_a_password()
    {
        MemberRig rig = await MemberRig.CreateAsync(server);
        string kim = await rig.AddMemberAsync();
        await rig.Owner.PatchAsync($"{Path}/{kim}", new JsonObject { ["role"] = "owner" }).ShouldBeProblemAsync(409, "password_needed");
        await rig.Owner.PostAsync(Path, new JsonObject { ["name"] = "Kim", ["role"] = "owner" }).ShouldBeProblemAsync(409, "password_needed");
        await server.Anonymous.TrySignInAsync("", "").ShouldBeProblemAsync(401, "wrong_credentials");
        await server.Anonymous.PostAsync("/api/v1/recovery", new JsonObject { ["email"] = "" }).ShouldAnswerAsync(202);
        (await rig.CountEntriesAsync("user.created", $"subject_id = '{kim}' AND new_values->>'name' = 'Kim'")).ShouldBe(1);
    }

    [Theory]
    [InlineData("""{"name":"A"}""", "")]
    [InlineData("""{"role":"viewer"}""", "")]
    [InlineData("""{"name":"A","role":"administrator"}""", "/role")]
    [InlineData("""{"name":"A","role":""}""", "/role")]
    [InlineData("""{"name":"A","role":null}""", "/role")]
    [InlineData("""{"name":"A","role":"Viewer"}""", "/role")]
    [InlineData("""{"name":" ","role":"viewer"}""", "/name")]
    [InlineData("""{"name":"a\u0000b","role":"viewer"}""", "/name")]
    [InlineData("""{"name":"a\nb","role":"viewer"}""", "/name")]
    [InlineData("""{"name":"a\ud800","role":"viewer"}""", "/name")]
    [InlineData("""{"name":7,"role":"viewer"}""", "/name")]
    [InlineData("""{"name":"A","role":["viewer"]}""", "/role")]
    [InlineData("""{"name":"A","role":"viewer","email":"a@example.org"}""", "/email")]
    [InlineData("[]", "")]
    [InlineData("null", null)]
    [InlineData("{", null)]
    public async Task What_is_no_new_member_is_refused_with_its_place(string body, string? pointer)
    {
        ApiClient owner = await server.OwnerAsync();
        if (pointer is null) await owner.PostAsync(Path, body).ShouldBeProblemAsync(400, "invalid_request");
        else await owner.PostAsync(Path, body).ShouldPointToAsync(pointer);
    }

    [Fact]
    public async Task What_is_no_change_or_no_page_is_refused_with_its_place()
    {
        MemberRig rig = await MemberRig.CreateAsync(server);
        string kim = $"{Path}/{await rig.AddMemberAsync()}";
        await rig.Owner.PatchAsync(kim, new JsonObject()).ShouldPointToAsync("");
        await rig.Owner.PatchAsync(kim, new JsonObject { ["name"] = new string('x', 101) }).ShouldPointToAsync("/name");
        await rig.Owner.PatchAsync(kim, new JsonObject { ["name"] = "x\u0001" }).ShouldPointToAsync("/name");
        await rig.Owner.PatchAsync(kim, new JsonObject { ["role"] = "chief" }).ShouldPointToAsync("/role");
        await rig.Owner.PatchAsync(kim, new JsonObject { ["disabled"] = true }).ShouldPointToAsync("/disabled");
        await rig.Owner.PatchAsync($"{Path}/nonsense", new JsonObject { ["role"] = "viewer" }).ShouldBeProblemAsync(400, "invalid_request");
        await rig.Owner.GetAsync($"{Path}?limit=0").ShouldPointToAsync("limit");
        await rig.Owner.GetAsync($"{Path}?after=x").ShouldBeProblemAsync(400, "invalid_request");
    }

    [Fact]
    public async Task Another_organization_s_member_is_not_there()
    {
        MemberRig rig = await MemberRig.CreateAsync(server);
        string kim = await rig.AddMemberAsync(), nobody = Guid.CreateVersion7().ToString();
        ApiClient[] strangers = [await server.StrangerAsync(), await server.OwnerAsync()];
        foreach (ApiClient stranger in strangers)
        {
            foreach (string path in new[] { "", "/disable", "/enable" })
            {
                JsonObject foreign = await SendAsync(stranger, kim, path).ShouldBeProblemAsync(404, "not_found");
                (await SendAsync(stranger, nobody, path).ShouldBeProblemAsync(404, "not_found")).ToJsonString().ShouldBe(foreign.ToJsonString());
            }

            await stranger.GetAsync($"{Path}/{kim}").ShouldBeProblemAsync(404, "not_found");
            (await stranger.GetAsync($"{Path}?limit=200").ShouldAnswerAsync(200)).ToJsonString().ShouldNotContain(kim);
        }

        (await rig.CountEntriesAsync("user.changed")).ShouldBe(0);
        (await rig.CountEntriesAsync("user.disabled")).ShouldBe(0);

        static Task<HttpResponseMessage> SendAsync(ApiClient client, string id, string path) => path.Length == 0
            ? client.PatchAsync($"{Path}/{id}", new JsonObject { ["name"] = "Stolen" })
            : client.PostAsync($"{Path}/{id}{path}", "");
    }
}
