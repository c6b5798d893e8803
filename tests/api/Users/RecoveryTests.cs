using System.Text.Json.Nodes;
using Shouldly;
using StepCloud.Tests.Api.Folders;
using StepCloud.Tests.Api.Http;
using StepCloud.Tests.Api.Mail;
using StepCloud.Tests.Support;
using Xunit;

namespace StepCloud.Tests.Api.Users;

[Collection(MailCollection.Name)]
public sealed class RecoveryTests(MailRig rig)
{
    private const string NewPassword = "gumbo trellis oxbow quern";

    [Fact]
    public async Task A_link_sets_a_new_password_once_and_ends_every_session()
    {
        string email = await rig.AddUserAsync();
        Http.Tokens before = await rig.Anonymous.SignInAsync(email);
        string token = await AskAsync(email);

        await ConfirmAsync(token, NewPassword).ShouldAnswerAsync(204);

        await rig.With(before.AccessToken).GetAsync("/api/v1/sites").ShouldBeProblemAsync(401, "invalid_token");
        await rig.Anonymous.TryRefreshAsync(before.RefreshToken).ShouldBeProblemAsync(401, "invalid_refresh_token");
        await rig.Anonymous.TrySignInAsync(email, Seeds.Password).ShouldBeProblemAsync(401, "wrong_credentials");
        await rig.Anonymous.TrySignInAsync(email, NewPassword).ShouldAnswerAsync(200);
        await ConfirmAsync(token, NewPassword + " two").ShouldBeProblemAsync(400, "invalid_link");
        await rig.Anonymous.TrySignInAsync(email, NewPassword).ShouldAnswerAsync(200);
    }

    [Fact]
    public async Task Links_to_folders_that_somebody_else_may_have_made_meanwhile_end_with_it()
    {
        string email = await rig.AddUserAsync("technician");
        ApiClient technician = await rig.UserAsync(email);
        (_, string address) = await SharedThings.NewLinkAsync(technician, await SharedThings.NewFolderAsync(technician));
        ((bool?)(await SharedThings.LinkAsync(technician, address))["holds"]).ShouldBe(true);

        await ConfirmAsync(await AskAsync(email), NewPassword).ShouldAnswerAsync(204);

        JsonNode link = await SharedThings.LinkAsync(await rig.UserAsync(rig.Own.OwnerEmail), address);
        ((bool?)link["holds"], (string?)link["end_reason"]).ShouldBe((false, "sharer"));
    }

    [Fact]
    public async Task The_mail_says_where_and_the_database_holds_the_token_nowhere()
    {
        string email = await rig.AddUserAsync();
        string token = await AskAsync(email);
        JsonObject mail = (await rig.Smtp.MailsToAsync(email)).ShouldHaveSingleItem();
        ((string?)mail["from"]).ShouldBe("StepCloud <stepcloud@own.example>");
        ((string?)mail["auto"]).ShouldBe("auto-generated");
        ((string)mail["body"]!).ShouldContain($"https://stepcloud.own.example/recovery#token={token}");
        await Eventually.HoldsAsync(async () => await rig.CountAsync("outgoing_mail WHERE failed_at IS NULL") == 0, "the queue was empty.");
        (await rig.CountAsync($"account_link AS l WHERE l::text LIKE '%{token}%'")).ShouldBe(0);
        (await rig.CountAsync($"account_link WHERE hash = sha256('{token}')")).ShouldBe(1);
    }

    [Fact]
    public async Task Known_unknown_disabled_and_impossible_addresses_get_the_same_answer()
    {
        string known = await rig.AddUserAsync(), disabled = await rig.AddUserAsync();
        await rig.Database.ExecuteAsync("UPDATE app_user SET disabled_at = now() WHERE email = $1", disabled);
        foreach (string email in (string[])[known, $"{Guid.NewGuid()}@example.org", disabled, "no address", "", "a\0b@example.org", new string('x', 5000)])
        {
            HttpResponseMessage answer = await RequestAsync(email);
            ((int)answer.StatusCode).ShouldBe(202, email);
            (await answer.Content.ReadAsStringAsync()).ShouldBeEmpty();
        }

        await rig.Smtp.MailsToAsync(known);
        // A later request of somebody else is worked off after all of those: what is not there by then was not sent.
        await AskAsync(await rig.AddUserAsync());
        rig.Smtp.Mails.ShouldNotContain(mail => (string?)mail["to"]![0] == disabled);
    }

    [Fact]
    public async Task Of_many_who_use_a_link_at_once_one_succeeds()
    {
        string token = await AskAsync(await rig.AddUserAsync());
        HttpResponseMessage[] answers = await Task.WhenAll(Enumerable.Range(0, 6).Select(number => ConfirmAsync(token, $"{NewPassword} {number}")));
        answers.Count(answer => (int)answer.StatusCode == 204).ShouldBe(1);
        answers.Count(answer => (int)answer.StatusCode == 400).ShouldBe(5);
    }

    [Fact]
    public async Task A_link_is_good_for_an_hour()
    {
        string email = await rig.AddUserAsync();
        string token = await AskAsync(email);
        DateTime expiresAt = await rig.Database.ScalarAsync<DateTime>($"SELECT expires_at FROM account_link WHERE hash = sha256('{token}')");
        expiresAt.ShouldBeInRange(DateTime.UtcNow.AddMinutes(58), DateTime.UtcNow.AddMinutes(60));

        await rig.Database.ExecuteAsync("UPDATE account_link SET expires_at = now() WHERE hash = sha256($1::bytea)", System.Text.Encoding.ASCII.GetBytes(token));
        await ConfirmAsync(token, NewPassword).ShouldBeProblemAsync(400, "invalid_link");
        await rig.Anonymous.TrySignInAsync(email, Seeds.Password).ShouldAnswerAsync(200);
    }

    [Fact]
    public async Task A_used_link_takes_the_others_of_the_account_with_it()
    {
        string email = await rig.AddUserAsync();
        string first = await AskAsync(email);
        await RequestAsync(email);
        string second = await rig.Smtp.TokenToAsync(email, 2);
        await ConfirmAsync(first, NewPassword).ShouldAnswerAsync(204);
        await ConfirmAsync(second, NewPassword + " two").ShouldBeProblemAsync(400, "invalid_link");
    }

    [Fact]
    public async Task Three_mails_an_hour_go_to_one_account()
    {
        string email = await rig.AddUserAsync();
        for (int asked = 0; asked < 6; asked++) await RequestAsync(email);
        await AskAsync(await rig.AddUserAsync());
        (await rig.Smtp.MailsToAsync(email, 3)).Count.ShouldBe(3);
        (await rig.CountAsync($"account_link AS l JOIN app_user AS u ON u.id = l.user_id WHERE u.email = '{email}'")).ShouldBe(3);
    }

    [Fact]
    public async Task A_password_that_may_not_be_chosen_does_not_use_up_the_link()
    {
        string token = await AskAsync(await rig.AddUserAsync());
        JsonObject problem = await ConfirmAsync(token, "password1234").ShouldBeProblemAsync(400, "password_refused");
        ((string?)problem["reason"]).ShouldBe("common");
        await ConfirmAsync(token, NewPassword).ShouldAnswerAsync(204);
    }

    [Theory]
    [InlineData("")]
    [InlineData("x")]
    [InlineData("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")]
    public async Task A_token_that_was_never_mailed_is_refused(string token) =>
        await ConfirmAsync(token, NewPassword).ShouldBeProblemAsync(400, "invalid_link");

    [Fact]
    public async Task A_link_of_one_kind_does_nothing_as_another()
    {
        string email = await rig.AddUserAsync();
        string recovery = await AskAsync(email);
        await VerifyAsync(recovery).ShouldBeProblemAsync(400, "invalid_link");
        await rig.Anonymous.PostAsync(
            "/api/v1/invitations/accept", new JsonObject { ["token"] = recovery, ["name"] = "Somebody", ["password"] = NewPassword })
            .ShouldBeProblemAsync(400, "invalid_link");
    }

    [Fact]
    public async Task An_address_is_verified_by_a_link_once()
    {
        string email = await rig.AddUserAsync();
        ApiClient user = await rig.UserAsync(email);
        await user.PostAsync("/api/v1/me/email-verification", []).ShouldAnswerAsync(202);
        string token = await rig.Smtp.TokenToAsync(email);
        (await IsVerifiedAsync(email)).ShouldBeFalse();
        await ConfirmAsync(token, NewPassword).ShouldBeProblemAsync(400, "invalid_link");

        await VerifyAsync(token).ShouldAnswerAsync(204);
        (await IsVerifiedAsync(email)).ShouldBeTrue();
        await VerifyAsync(token).ShouldBeProblemAsync(400, "invalid_link");
    }

    [Fact]
    public async Task Each_change_has_its_entry_in_the_audit()
    {
        string email = await rig.AddUserAsync();
        await rig.Anonymous.SignInAsync(email);
        await ConfirmAsync(await AskAsync(email), NewPassword).ShouldAnswerAsync(204);
        Guid user = await rig.Database.ScalarAsync<Guid>($"SELECT id FROM app_user WHERE email = '{email}'");
        (await rig.CountAsync($"audit_entry WHERE subject_id = '{user}' AND action = 'user.recovery_requested'")).ShouldBe(1);
        (await rig.CountAsync($"audit_entry WHERE subject_id = '{user}' AND action = 'user.password_recovered'")).ShouldBe(1);
        (await rig.CountAsync(
            $"audit_entry WHERE action = 'session.ended' AND new_values->>'holder' = '{user}' AND new_values->>'reason' = 'password_recovered'")).ShouldBe(1);
    }

    private async Task<string> AskAsync(string email)
    {
        (await RequestAsync(email)).EnsureSuccessStatusCode();
        return await rig.Smtp.TokenToAsync(email);
    }

    private Task<HttpResponseMessage> RequestAsync(string email) => rig.Anonymous.PostAsync("/api/v1/recovery", new JsonObject { ["email"] = email });

    private Task<HttpResponseMessage> ConfirmAsync(string token, string newPassword) =>
        rig.Anonymous.PostAsync("/api/v1/recovery/confirm", new JsonObject { ["token"] = token, ["new_password"] = newPassword });

    private Task<HttpResponseMessage> VerifyAsync(string token) =>
        rig.Anonymous.PostAsync("/api/v1/email-verification", new JsonObject { ["token"] = token });

    private Task<bool> IsVerifiedAsync(string email) =>
        rig.Database.ScalarAsync<bool>($"SELECT email_verified_at IS NOT NULL FROM app_user WHERE email = '{email}'");
}
