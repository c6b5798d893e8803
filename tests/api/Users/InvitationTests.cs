using System.Text.Json.Nodes;
using Shouldly;
using StepCloud.Tests.Api.Http;
using StepCloud.Tests.Api.Mail;
using Xunit;

namespace StepCloud.Tests.Api.Users;

[Collection(MailCollection.Name)]
public sealed class InvitationTests(MailRig rig)
{
    private const string Password = "gumbo trellis oxbow quern";

    [Theory]
    [InlineData("technician")]
    [InlineData("owner")]
    public async Task Who_is_invited_chooses_name_and_password_and_signs_in_with_the_role(string role)
    {
        string email = NewEmail();
        ApiClient owner = await rig.UserAsync(rig.Own.OwnerEmail);
        JsonNode invitation = await InviteAsync(owner, email, role).ShouldAnswerAsync(201);
        ((string?)invitation["role"]).ShouldBe(role);
        ((DateTimeOffset)invitation["expires_at"]!).ShouldBeInRange(DateTimeOffset.UtcNow.AddDays(7).AddMinutes(-2), DateTimeOffset.UtcNow.AddDays(7));
        (await ListAsync(owner)).ShouldContain(email);
        string token = await rig.Smtp.TokenToAsync(email);

        JsonNode accepted = await AcceptAsync(token).ShouldAnswerAsync(200);
        ((string?)accepted["email"]).ShouldBe(email);
        ((string?)accepted["organization"]).ShouldBe("Own");
        (await ListAsync(owner)).ShouldNotContain(email);
        JsonNode tokens = await rig.Anonymous.TrySignInAsync(email, Password).ShouldAnswerAsync(200);
        JsonNode sites = await rig.With((string)tokens["access_token"]!).GetAsync("/api/v1/sites").ShouldAnswerAsync(200);
        ((string?)sites["items"]!.AsArray().ShouldHaveSingleItem()!["id"]).ShouldBe(rig.Own.Site.ToString());
        (await rig.Database.ScalarAsync<string>($"SELECT roles::text FROM app_user WHERE email = '{email}' AND email_verified_at IS NOT NULL"))
            .ShouldBe($"{{{role}}}");
        (await rig.CountAsync($"audit_entry WHERE action = 'user.created' AND new_values->>'email' = '{email}'")).ShouldBe(1);
    }

    [Fact]
    public async Task A_link_works_once_also_for_many_at_once()
    {
        string email = NewEmail();
        await InviteAsync(await rig.UserAsync(rig.Own.OwnerEmail), email).ShouldAnswerAsync(201);
        string token = await rig.Smtp.TokenToAsync(email);
        HttpResponseMessage[] answers = await Task.WhenAll(Enumerable.Range(0, 5).Select(_ => AcceptAsync(token)));
        answers.Select(answer => (int)answer.StatusCode).Order().ShouldBe([200, 400, 400, 400, 400]);
        await AcceptAsync(token).ShouldBeProblemAsync(400, "invalid_link");
    }

    [Fact]
    public async Task A_withdrawn_an_expired_and_a_replaced_link_do_nothing()
    {
        ApiClient owner = await rig.UserAsync(rig.Own.OwnerEmail);
        string email = NewEmail();
        await InviteAsync(owner, email).ShouldAnswerAsync(201);
        string replaced = await rig.Smtp.TokenToAsync(email);
        JsonNode invitation = await InviteAsync(owner, email).ShouldAnswerAsync(201);
        string withdrawn = await rig.Smtp.TokenToAsync(email, 2);
        await AcceptAsync(replaced).ShouldBeProblemAsync(400, "invalid_link");

        string withdraw = $"/api/v1/invitations/{invitation["id"]}/withdraw";
        await owner.PostAsync(withdraw, []).ShouldAnswerAsync(204);
        await owner.PostAsync(withdraw, []).ShouldBeProblemAsync(404, "not_found");
        await AcceptAsync(withdrawn).ShouldBeProblemAsync(400, "invalid_link");

        await InviteAsync(owner, email).ShouldAnswerAsync(201);
        string expired = await rig.Smtp.TokenToAsync(email, 3);
        await rig.Database.ExecuteAsync("UPDATE invitation SET expires_at = now() WHERE email = $1", email);
        await AcceptAsync(expired).ShouldBeProblemAsync(400, "invalid_link");
        (await ListAsync(owner)).ShouldNotContain(email);
    }

    [Fact]
    public async Task Another_organization_s_invitation_is_not_there()
    {
        string email = NewEmail();
        JsonNode invitation = await InviteAsync(await rig.UserAsync(rig.Own.OwnerEmail), email).ShouldAnswerAsync(201);
        ApiClient stranger = await rig.UserAsync(rig.Other.OwnerEmail);
        JsonObject foreign = await stranger.PostAsync($"/api/v1/invitations/{invitation["id"]}/withdraw", []).ShouldBeProblemAsync(404, "not_found");
        JsonObject unknown = await stranger.PostAsync($"/api/v1/invitations/{Guid.NewGuid()}/withdraw", []).ShouldBeProblemAsync(404, "not_found");
        foreign.ToJsonString().ShouldBe(unknown.ToJsonString());
        (await ListAsync(stranger)).ShouldNotContain(email);
        await AcceptAsync(await rig.Smtp.TokenToAsync(email)).ShouldAnswerAsync(200);
    }

    [Theory]
    [InlineData("technician")]
    [InlineData("viewer")]
    [InlineData("auditor")]
    public async Task Who_is_no_owner_neither_invites_nor_lists_nor_withdraws(string role)
    {
        ApiClient user = await rig.UserAsync(await rig.AddUserAsync(role));
        await InviteAsync(user, NewEmail()).ShouldBeProblemAsync(403, "not_allowed");
        await user.GetAsync("/api/v1/invitations").ShouldBeProblemAsync(403, "not_allowed");
        await user.PostAsync($"/api/v1/invitations/{Guid.NewGuid()}/withdraw", []).ShouldBeProblemAsync(403, "not_allowed");
    }

    [Fact]
    public async Task An_address_with_an_account_elsewhere_is_told_to_its_mailbox_alone()
    {
        ApiClient owner = await rig.UserAsync(rig.Own.OwnerEmail);
        JsonNode ofStranger = await InviteAsync(owner, rig.Other.OwnerEmail).ShouldAnswerAsync(201);
        JsonNode ofNobody = await InviteAsync(owner, NewEmail()).ShouldAnswerAsync(201);
        ofStranger.AsObject().Select(field => field.Key).ShouldBe(ofNobody.AsObject().Select(field => field.Key));
        await AcceptAsync(await rig.Smtp.TokenToAsync(rig.Other.OwnerEmail)).ShouldBeProblemAsync(409, "email_taken");
    }

    [Fact]
    public async Task A_member_is_not_invited_again() =>
        await InviteAsync(await rig.UserAsync(rig.Own.OwnerEmail), (await rig.AddUserAsync("viewer")).ToUpperInvariant())
            .ShouldBeProblemAsync(409, "already_member");

    [Theory]
    [InlineData("no address", "viewer", "/email")]
    [InlineData("", "viewer", "/email")]
    [InlineData("Name <a@example.org>", "viewer", "/email")]
    [InlineData("a@example.org\r\nBcc: b@example.org", "viewer", "/email")]
    [InlineData("a b@example.org", "viewer", "/email")]
    [InlineData("a@example.org", "administrator", "/role")]
    [InlineData("a@example.org", "", "/role")]
    public async Task What_is_no_address_or_no_role_is_told_where(string email, string role, string pointer) =>
        await InviteAsync(await rig.UserAsync(rig.Own.OwnerEmail), email, role).ShouldPointToAsync(pointer);

    [Fact]
    public async Task A_bad_name_or_password_does_not_use_up_the_link()
    {
        string email = NewEmail();
        await InviteAsync(await rig.UserAsync(rig.Own.OwnerEmail), email).ShouldAnswerAsync(201);
        string token = await rig.Smtp.TokenToAsync(email);
        await AcceptAsync(token, name: " ").ShouldPointToAsync("/name");
        await AcceptAsync(token, password: "password1234").ShouldBeProblemAsync(400, "password_refused");
        await AcceptAsync(token).ShouldAnswerAsync(200);
    }

    [Fact]
    public async Task An_administrator_makes_an_organization_and_invites_its_first_owner()
    {
        ApiClient administrator = await rig.UserAsync(rig.AdministratorEmail);
        string email = NewEmail();
        JsonNode made = await administrator.PostAsync(
            "/admin/api/v1/organizations", new JsonObject { ["name"] = "New shop", ["site_name"] = "Workshop", ["owner_email"] = email }).ShouldAnswerAsync(201);
        await AcceptAsync(await rig.Smtp.TokenToAsync(email)).ShouldAnswerAsync(200);

        JsonNode tokens = await rig.Anonymous.TrySignInAsync(email, Password).ShouldAnswerAsync(200);
        ApiClient owner = rig.With((string)tokens["access_token"]!);
        ((string?)(await owner.GetAsync("/api/v1/sites").ShouldAnswerAsync(200))["items"]![0]!["id"]).ShouldBe((string?)made["site"]);
        await InviteAsync(owner, NewEmail()).ShouldAnswerAsync(201);
        (await rig.CountAsync($"audit_entry WHERE chain_id = '{made["id"]}' AND action = 'organization.created' AND doer_kind = 'administrator'")).ShouldBe(1);
    }

    [Fact]
    public async Task The_first_owner_of_a_new_organization_is_told_of_silent_gateways_until_he_wants_it_otherwise()
    {
        (string organization, ApiClient owner) = await MakeOrganizationAsync();
        JsonNode rule = (await owner.GetAsync("/api/v1/alarm-rules").ShouldAnswerAsync(200))["items"]!.AsArray().ShouldHaveSingleItem()!;
        ((string?)rule["condition"], (long)rule["for_s"]!, (string?)rule["severity"], (string?)rule["gateway"], (bool)rule["enabled"]!)
            .ShouldBe(("gateway_silence", 86_400, "warning", null, true));
        JsonNode channel = (await owner.GetAsync("/api/v1/alarm-channels").ShouldAnswerAsync(200))["items"]!.AsArray().ShouldHaveSingleItem()!;
        ((string?)channel["kind"], (string?)channel["rules"]![0]).ShouldBe(("email", (string?)rule["id"]));
        string self = await rig.Database.ScalarAsync<string>("SELECT id::text FROM app_user WHERE organization_id = $1", Guid.Parse(organization));
        channel["users"]!.AsArray().Select(user => (string?)user).ShouldBe([self]);
        foreach (string action in (string[])["alarm_rule.created", "alarm_channel.created"])
            (await rig.CountAsync($"audit_entry WHERE chain_id = '{organization}' AND action = '{action}'")).ShouldBe(1, action);

        // Both are his: changed and put away as if he had made them, and not made again for the next owner.
        await owner.PatchAsync($"/api/v1/alarm-rules/{rule["id"]}", new JsonObject { ["for_s"] = 600 }, "*").ShouldAnswerAsync(200);
        await owner.PostAsync($"/api/v1/alarm-channels/{channel["id"]}/archive", """{"reason":"I look at the console."}""").ShouldAnswerAsync(200);
        string second = NewEmail();
        await InviteAsync(owner, second, "owner").ShouldAnswerAsync(201);
        await AcceptAsync(await rig.Smtp.TokenToAsync(second)).ShouldAnswerAsync(200);
        (await rig.CountAsync($"alarm_channel WHERE organization_id = '{organization}'")).ShouldBe(1);
    }

    [Fact]
    public async Task Where_the_first_rule_was_put_away_before_the_owner_came_nobody_is_told()
    {
        (string organization, _) = await MakeOrganizationAsync(before: made => rig.Database.ExecuteAsync(
            "UPDATE alarm_rule SET archived_at = now(), archived_by = 'system', archive_reason = 'Not here.' WHERE organization_id = $1", Guid.Parse(made)));
        (await rig.CountAsync($"alarm_channel WHERE organization_id = '{organization}'")).ShouldBe(0);
    }

    /// <param name="before">Done with the organization before its owner comes.</param>
    private async Task<(string Organization, ApiClient Owner)> MakeOrganizationAsync(Func<string, Task>? before = null)
    {
        string email = NewEmail();
        JsonNode made = await (await rig.UserAsync(rig.AdministratorEmail)).PostAsync(
            "/admin/api/v1/organizations", new JsonObject { ["name"] = "New shop", ["site_name"] = "Workshop", ["owner_email"] = email }).ShouldAnswerAsync(201);
        if (before is not null) await before((string)made["id"]!);
        await AcceptAsync(await rig.Smtp.TokenToAsync(email)).ShouldAnswerAsync(200);
        JsonNode tokens = await rig.Anonymous.TrySignInAsync(email, Password).ShouldAnswerAsync(200);
        return ((string)made["id"]!, rig.With((string)tokens["access_token"]!));
    }

    private static string NewEmail() => $"{Guid.NewGuid()}@new.example";

    private static Task<HttpResponseMessage> InviteAsync(ApiClient owner, string email, string role = "viewer") =>
        owner.PostAsync("/api/v1/invitations", new JsonObject { ["email"] = email, ["role"] = role });

    private Task<HttpResponseMessage> AcceptAsync(string token, string name = "New colleague", string password = Password) =>
        rig.Anonymous.PostAsync("/api/v1/invitations/accept", new JsonObject { ["token"] = token, ["name"] = name, ["password"] = password });

    private static async Task<string[]> ListAsync(ApiClient owner) =>
        [.. (await owner.GetAsync("/api/v1/invitations").ShouldAnswerAsync(200))["items"]!.AsArray().Select(item => (string)item!["email"]!)];
}
