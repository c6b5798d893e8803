using Shouldly;
using StepCloud.Actors.Ports;
using StepCloud.Contracts.Registry;
using StepCloud.Storage.Registry;
using Xunit;

namespace StepCloud.Tests.Storage;

/// <summary>Owners are told once that their plan's room runs out.</summary>
public sealed class QuotaNoticeTests : StoreTests
{
    private readonly List<QuotaMail> _mails = [];

    [Fact]
    public async Task From_four_fifths_on_every_owner_is_told_once_and_again_after_it_was_below_seven_tenths()
    {
        await OnTrialAsync();
        await Installation.AddUserAsync(Organization.Id, "second@example.org");
        await AddUserAsync("technician", "['technician']");
        (await TellAsync()).ShouldBe(0);

        Guid fourth = await AddUserAsync("disabled owner");
        (await TellAsync()).ShouldBe(1);
        _mails.Select(mail => mail.Quota).Distinct().ShouldBe([new Quota(QuotaKind.Users, "trial", 4, 5)]);
        _mails.Select(mail => mail.Recipient).Order().ShouldBe(new[] { $"{Organization.Id}@example.com", "second@example.org", "disabled-owner@example.org" }.Order());
        (await Database.ScalarAsync<long>("SELECT count(*) FROM outgoing_mail WHERE kind = 'quota_near'")).ShouldBe(3);
        (await Database.ScalarAsync<string>("SELECT new_values ->> 'used' || ' of ' || (new_values ->> 'max') || ' ' || (new_values ->> 'kind') FROM audit_entry WHERE action = 'organization.quota_near'"))
            .ShouldBe("4 of 5 users");

        await AddUserAsync("fifth");
        (await TellAsync()).ShouldBe(0, "it was told");
        await DisableAsync(fourth);
        (await TellAsync()).ShouldBe(0, "four of five is still near");
        await Database.ExecuteAsync("UPDATE app_user SET disabled_at = now() WHERE email = 'fifth@example.org'");
        (await TellAsync()).ShouldBe(0, "three of five is far");
        await AddUserAsync("sixth");
        _mails.Clear();
        (await TellAsync()).ShouldBe(1, "it has come near again");
        _mails.Select(mail => mail.Recipient).ShouldNotContain("disabled-owner@example.org");
    }

    [Fact]
    public async Task Between_seven_tenths_and_four_fifths_nothing_is_told_and_nothing_forgotten()
    {
        await Database.ExecuteAsync("INSERT INTO plan (name, users_max) VALUES ('ten', 10)");
        await Database.ExecuteAsync("UPDATE organization SET plan = 'ten' WHERE id = $1", Organization.Id.Value);
        for (int i = 2; i <= 7; i++) await AddUserAsync($"user {i}");
        (await TellAsync()).ShouldBe(0);
        Guid eighth = await AddUserAsync("user 8");
        (await TellAsync()).ShouldBe(1);
        await DisableAsync(eighth);
        (await TellAsync()).ShouldBe(0);
        await AddUserAsync("user 9");
        (await TellAsync()).ShouldBe(0, "it never was far from the bound");
    }

    [Fact]
    public async Task Steps_are_told_of_once_a_day()
    {
        await OnTrialAsync();
        await StepsAsync(3999);
        (await TellAsync()).ShouldBe(0);
        await StepsAsync(4000);
        (await TellAsync()).ShouldBe(1);
        Installation.Clock.Advance(TimeSpan.FromHours(1));
        await StepsAsync(4500);
        (await TellAsync()).ShouldBe(0);
        Installation.Clock.Advance(TimeSpan.FromDays(1));
        (await TellAsync()).ShouldBe(0, "today's have not begun");
        await StepsAsync(5000);
        (await TellAsync()).ShouldBe(1);
        _mails.ShouldAllBe(mail => mail.Quota.Kind == QuotaKind.StepsPerDay);
    }

    [Fact]
    public async Task Where_nothing_is_bounded_or_the_organization_is_closed_nobody_is_told()
    {
        await StepsAsync(1_000_000);
        (await TellAsync()).ShouldBe(0);
        await OnTrialAsync();
        await Database.ExecuteAsync("UPDATE organization SET archived_at = now(), archived_by = 'system', archive_reason = 'gone' WHERE id = $1", Organization.Id.Value);
        (await TellAsync()).ShouldBe(0);
    }

    private Task<int> TellAsync()
    {
        QuotaNotices notices = new(Installation.Stores, new Quotas(Installation.Stores, Installation.Clock), Installation.Clock);
        return notices.TellAsync(
            mail =>
            {
                _mails.Add(mail);
                return new NewMail(Guid.NewGuid(), MailKinds.QuotaNear, mail.Recipient, [1], Now + TimeSpan.FromDays(9));
            },
            CancellationToken.None);
    }

    private Task OnTrialAsync() => Database.ExecuteAsync("UPDATE organization SET plan = 'trial' WHERE id = $1", Organization.Id.Value);

    private Task StepsAsync(int steps) => Database.ExecuteAsync(
        "INSERT INTO steps_of_day (organization_id, day, steps) VALUES ($1, $2, $3) ON CONFLICT (organization_id, day) DO UPDATE SET steps = excluded.steps",
        Organization.Id.Value, DateOnly.FromDateTime(Installation.Clock.GetUtcNow().UtcDateTime), (long)steps);

    private async Task<Guid> AddUserAsync(string name, string? roles = null)
    {
        Guid user = (await Installation.AddUserAsync(Organization.Id, name.Replace(' ', '-') + "@example.org")).Value;
        if (roles is not null) await Database.ExecuteAsync($"UPDATE app_user SET roles = ARRAY{roles} WHERE id = $1", user);
        return user;
    }

    private Task DisableAsync(Guid user) => Database.ExecuteAsync("UPDATE app_user SET disabled_at = now() WHERE id = $1", user);
}
