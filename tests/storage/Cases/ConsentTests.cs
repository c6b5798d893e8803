using Shouldly;
using StepCloud.Contracts.Ids;
using StepCloud.Storage.Cases;
using StepCloud.Storage.Workflows;
using Xunit;

namespace StepCloud.Tests.Storage;

public sealed class ConsentTests : CaseStoreTests
{
    private CaseId _case;

    private static readonly NewConsent ForRecordings = new("person", null, ["recordings"], "paper", Now.AddDays(-1), null, null);

    [Fact]
    public async Task A_consent_holds_for_what_it_was_given_for_from_when_it_was_given_until_its_end()
    {
        _case = await AddAsync(Hemi);
        DateTimeOffset given = Now.AddDays(-1), ends = Now.AddDays(30);
        await RecordAsync(ForRecordings with { Purposes = ["teaching", "recordings"], EndsAt = ends });

        (await HoldsAsync("recordings", given)).ShouldBeTrue();
        (await HoldsAsync("teaching", Now)).ShouldBeTrue();
        (await HoldsAsync("sharing", Now)).ShouldBeFalse();
        (await HoldsAsync("recordings", given.AddMicroseconds(-1))).ShouldBeFalse();
        (await HoldsAsync("recordings", ends.AddMicroseconds(-1))).ShouldBeTrue();
        (await HoldsAsync("recordings", ends)).ShouldBeFalse();
    }

    [Fact]
    public async Task A_withdrawn_consent_stays_with_who_withdrew_it_and_holds_no_more()
    {
        _case = await AddAsync(Hemi);
        ConsentId id = await RecordAsync(new NewConsent("guardian", "Mere Ngata", ["recordings"], "email", Now.AddDays(-1), null, "Mail of the 3rd"));
        (await HoldsAsync("recordings", Now)).ShouldBeTrue();

        await WithdrawAsync(id);
        await WithdrawAsync(id);

        (await HoldsAsync("recordings", Now)).ShouldBeFalse();
        // Also for whoever asks by a clock that is behind.
        (await HoldsAsync("recordings", Now.AddHours(-1))).ShouldBeFalse();
        ConsentView view = (await Consents.ListAsync(Organization.Id, _case, CancellationToken.None)).ShouldNotBeNull().ShouldHaveSingleItem();
        (view.Guardian, view.Note, view.WithdrawnAt, view.WithdrawnForm, view.Holds).ShouldBe(("Mere Ngata", "Mail of the 3rd", Now, "paper", false));
        (await Database.ScalarAsync<long>("SELECT count(*) FROM audit_entry WHERE action = 'case.consent_withdrawn'")).ShouldBe(1);
    }

    [Fact]
    public async Task Another_consent_for_the_same_goes_on_when_one_is_withdrawn()
    {
        _case = await AddAsync(Hemi);
        ConsentId first = await RecordAsync(ForRecordings);
        await RecordAsync(ForRecordings with { Form = "email" });

        await WithdrawAsync(first);

        (await HoldsAsync("recordings", Now)).ShouldBeTrue();
    }

    [Fact]
    public async Task No_consent_holds_for_an_erased_case_and_what_was_agreed_stays_without_names()
    {
        _case = await AddAsync(Hemi);
        ConsentId id = await RecordAsync(new NewConsent("guardian", "Mere Ngata", ["recordings"], "email", Now.AddDays(-1), null, "Mail of the 3rd"));

        await EraseAsync(_case);

        (await HoldsAsync("recordings", Now)).ShouldBeFalse();
        ConsentView view = (await Consents.ListAsync(Organization.Id, _case, CancellationToken.None)).ShouldNotBeNull().ShouldHaveSingleItem();
        (view.Id, view.GivenBy, view.Guardian, view.Note, view.Holds).ShouldBe((id, "guardian", null, null, false));
        (await Consents.RecordAsync(Organization.Id, _case, ForRecordings, Doer, null, CancellationToken.None))
            .ShouldBeOfType<WorkflowOutcome<ConsentId>.NotDone>().Why.ShouldBeOfType<WorkflowRefusal.Refused>().Code.ShouldBe("case_erased");
    }

    [Fact]
    public async Task A_consent_is_neither_changed_nor_deleted_by_any_statement()
    {
        _case = await AddAsync(Hemi);
        await WithdrawAsync(await RecordAsync(ForRecordings));

        foreach (string table in new[] { "case_consent", "case_consent_withdrawal" })
        {
            await Should.ThrowAsync<Npgsql.PostgresException>(() => Database.ExecuteAsync($"DELETE FROM {table}"));
            await Should.ThrowAsync<Npgsql.PostgresException>(() => Database.ExecuteAsync($"UPDATE {table} SET recorded_by = 'system'"));
        }
    }

    [Fact]
    public async Task What_cannot_have_been_given_is_refused_at_its_place()
    {
        _case = await AddAsync(Hemi);
        PointerOf(await TryAsync(ForRecordings with { GivenAt = Now.AddHours(1) })).ShouldBe("/given_at");
        PointerOf(await TryAsync(ForRecordings with { EndsAt = ForRecordings.GivenAt })).ShouldBe("/ends_at");
        (await Database.ScalarAsync<long>("SELECT count(*) FROM case_consent")).ShouldBe(0);
    }

    [Fact]
    public async Task Another_organization_finds_neither_case_nor_consent()
    {
        _case = await AddAsync(Hemi);
        ConsentId id = await RecordAsync(ForRecordings);
        OrganizationId other = (await Installation.AddOrganizationAsync("Other")).Id;

        (await Consents.ListAsync(other, _case, CancellationToken.None)).ShouldBeNull();
        (await Consents.RecordAsync(other, _case, ForRecordings, Doer, null, CancellationToken.None))
            .ShouldBeOfType<WorkflowOutcome<ConsentId>.NotDone>().Why.ShouldBe(new WorkflowRefusal.NotFound("case"));
        (await Consents.WithdrawAsync(other, _case, id, "paper", Doer, null, CancellationToken.None))
            .ShouldBeOfType<WorkflowOutcome<ConsentId>.NotDone>().Why.ShouldBe(new WorkflowRefusal.NotFound("case"));
        (await HoldsAsync("recordings", Now)).ShouldBeTrue();
    }

    [Fact]
    public async Task Every_process_is_told_of_a_withdrawal_and_of_an_erasure()
    {
        _case = await AddAsync(Hemi);
        ConsentId id = await RecordAsync(ForRecordings);
        await using Npgsql.NpgsqlConnection listening = await Database.Source.OpenConnectionAsync();
        List<string> heard = [];
        listening.Notification += (_, notice) => heard.Add(notice.Payload);
        await using (Npgsql.NpgsqlCommand listen = new("LISTEN stepcloud", listening)) await listen.ExecuteNonQueryAsync();

        await WithdrawAsync(id);
        await listening.WaitAsync(TimeSpan.FromSeconds(30));
        await EraseAsync(_case);
        await listening.WaitAsync(TimeSpan.FromSeconds(30));

        heard.ShouldBe([$"case_closed {_case}", $"case_closed {_case}"]);
    }

    private Task<bool> HoldsAsync(string purpose, DateTimeOffset at) =>
        Installation.Stores.ReadAsync(session => ConsentReads.HoldsAsync(session, _case, purpose, at, CancellationToken.None), CancellationToken.None);

    private Task<WorkflowOutcome<ConsentId>> TryAsync(NewConsent consent) => Consents.RecordAsync(Organization.Id, _case, consent, Doer, null, CancellationToken.None);

    private async Task<ConsentId> RecordAsync(NewConsent consent) => (await TryAsync(consent)).ShouldBeOfType<WorkflowOutcome<ConsentId>.Done>().Value;

    private async Task WithdrawAsync(ConsentId id) =>
        (await Consents.WithdrawAsync(Organization.Id, _case, id, "paper", Doer, null, CancellationToken.None)).ShouldBeOfType<WorkflowOutcome<ConsentId>.Done>();

    private static string PointerOf(WorkflowOutcome<ConsentId> outcome) =>
        outcome.ShouldBeOfType<WorkflowOutcome<ConsentId>.NotDone>().Why.ShouldBeOfType<WorkflowRefusal.Invalid>().Pointer;
}
