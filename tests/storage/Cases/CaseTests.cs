using Shouldly;
using StepCloud.Contracts.Ids;
using StepCloud.Storage.Cases;
using StepCloud.Storage.Keys;
using StepCloud.Storage.Workflows;
using Xunit;

namespace StepCloud.Tests.Storage;

/// <summary>Cases and consents of one organization, with the real keys.</summary>
public abstract class CaseStoreTests : StoreTests
{
    protected static readonly CaseFields Hemi = new("ORD-4711", "Hēmi Ngata", new DateOnly(1980, 2, 29));

    private readonly TestSealing _sealing = new();

    protected KeyRing Keys => new(_sealing, Installation.Clock);

    protected CaseStore Cases => new(Installation.Stores, Keys, Installation.Clock);

    protected CaseQueries Queries => new(Installation.Stores, Keys);

    protected ConsentStore Consents => new(Installation.Stores, Keys, Installation.Clock);

    protected async Task<CaseId> AddAsync(CaseFields fields) =>
        (await Cases.CreateAsync(Organization.Id, fields, Doer, null, CancellationToken.None)).ShouldBeOfType<WorkflowOutcome<CaseId>.Done>().Value;

    protected async Task<CaseView> FindAsync(CaseId id) => (await Queries.FindAsync(Organization.Id, id, CancellationToken.None)).ShouldNotBeNull();

    protected async Task<CaseView> EraseAsync(CaseId id) =>
        (await Cases.EraseAsync(Organization.Id, id, "requested", Doer, null, CancellationToken.None)).ShouldBeOfType<WorkflowOutcome<CaseView>.Done>().Value;
}

public sealed class CaseTests : CaseStoreTests
{
    [Fact]
    public async Task A_case_is_read_as_it_was_made_and_by_its_own_organization_only()
    {
        CaseId id = await AddAsync(Hemi);

        CaseView view = await FindAsync(id);

        new CaseFields(view.Reference!, view.Name, view.BirthDate).ShouldBe(Hemi);
        (view.Version, view.ErasedAt, view.CreatedBy).ShouldBe((1, null, "system"));
        OrganizationId other = (await Installation.AddOrganizationAsync("Other")).Id;
        (await Queries.FindAsync(other, id, CancellationToken.None)).ShouldBeNull();
        (await Queries.ListAsync(other, null, 10, CancellationToken.None)).ShouldBeEmpty();
        (await Queries.FindByReferenceAsync(other, Hemi.Reference, CancellationToken.None)).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_case_is_found_by_its_reference_and_by_name_and_birth_date_however_they_are_written()
    {
        CaseId id = await AddAsync(Hemi);
        CaseId namesake = await AddAsync(Hemi with { Reference = "ORD-4712" });
        await AddAsync(Hemi with { Reference = "ORD-4713", BirthDate = new DateOnly(1981, 1, 1) });
        await AddAsync(new CaseFields("ORD-4714", null, null));

        (await Queries.FindByReferenceAsync(Organization.Id, "ord-4711 ", CancellationToken.None)).Select(found => found.Id).ShouldBe([id]);
        (await Queries.FindByReferenceAsync(Organization.Id, "ORD-471", CancellationToken.None)).ShouldBeEmpty();
        (await Queries.FindByPersonAsync(Organization.Id, "ngata, hemi", new DateOnly(1980, 2, 29), CancellationToken.None)).Select(found => found.Id).ShouldBe([namesake, id], ignoreOrder: true);
        (await Queries.ListAsync(Organization.Id, null, 3, CancellationToken.None)).Count.ShouldBe(3);
    }

    [Fact]
    public async Task A_reference_is_one_cases_also_for_two_who_take_it_at_once()
    {
        WorkflowOutcome<CaseId>[] outcomes = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Cases.CreateAsync(Organization.Id, Hemi, Doer, null, CancellationToken.None)));

        outcomes.OfType<WorkflowOutcome<CaseId>.Done>().Count().ShouldBe(1);
        outcomes.OfType<WorkflowOutcome<CaseId>.NotDone>().ShouldAllBe(refused => refused.Why == new WorkflowRefusal.Taken("reference"));
        (await Database.ScalarAsync<long>("SELECT count(*) FROM wrapped_key WHERE purpose = 'case'")).ShouldBe(1);
        (await Cases.CreateAsync((await Installation.AddOrganizationAsync("Other")).Id, Hemi, Doer, null, CancellationToken.None)).ShouldBeOfType<WorkflowOutcome<CaseId>.Done>();
    }

    [Fact]
    public async Task An_organization_with_national_numbers_refuses_what_is_none()
    {
        await Database.ExecuteAsync("UPDATE organization SET case_reference = 'nz_nhi' WHERE id = $1", Organization.Id.Value);

        WorkflowOutcome<CaseId> refused = await Cases.CreateAsync(Organization.Id, Hemi with { Reference = "ZZZ0017" }, Doer, null, CancellationToken.None);
        CaseId taken = await AddAsync(Hemi with { Reference = "zzz 0016" });

        refused.ShouldBeOfType<WorkflowOutcome<CaseId>.NotDone>().Why.ShouldBeOfType<WorkflowRefusal.Invalid>().Pointer.ShouldBe("/reference");
        (await FindAsync(taken)).Reference.ShouldBe("ZZZ0016");
    }

    [Fact]
    public async Task A_change_needs_the_version_that_was_read_and_is_found_by_what_stands_there_now()
    {
        CaseId id = await AddAsync(Hemi);
        CaseFields married = Hemi with { Name = "Hemi Parata" };

        CaseView changed = (await Cases.ReplaceAsync(Organization.Id, id, 1, married, Doer, CancellationToken.None)).ShouldBeOfType<WorkflowOutcome<CaseView>.Done>().Value;
        WorkflowOutcome<CaseView> stale = await Cases.ReplaceAsync(Organization.Id, id, 1, Hemi, Doer, CancellationToken.None);

        (changed.Name, changed.Version).ShouldBe(("Hemi Parata", 2));
        stale.ShouldBeOfType<WorkflowOutcome<CaseView>.NotDone>().Why.ShouldBe(new WorkflowRefusal.Stale(2));
        (await Queries.FindByPersonAsync(Organization.Id, Hemi.Name!, Hemi.BirthDate!.Value, CancellationToken.None)).ShouldBeEmpty();
        (await Queries.FindByPersonAsync(Organization.Id, "Parata Hemi", Hemi.BirthDate!.Value, CancellationToken.None)).ShouldHaveSingleItem().Id.ShouldBe(id);
        (await Database.ScalarAsync<string>("SELECT new_values::text FROM audit_entry WHERE action = 'case.changed'")).ShouldBe("{\"fields\":[\"name\"]}");
    }

    [Fact]
    public async Task Of_an_erased_case_nothing_is_known_and_its_reference_is_free_again()
    {
        CaseId id = await AddAsync(Hemi);
        byte[] sealedName = await Database.ScalarAsync<byte[]>("SELECT name_sealed FROM case_file");
        byte[] wrapped = await Database.ScalarAsync<byte[]>("SELECT wrapped FROM wrapped_key WHERE purpose = 'case'");

        CaseView erased = await EraseAsync(id);

        (erased.Reference, erased.Name, erased.BirthDate, erased.EraseReason).ShouldBe((null, null, null, "requested"));
        (await FindAsync(id)).ShouldBe(erased);
        (await Queries.FindByReferenceAsync(Organization.Id, Hemi.Reference, CancellationToken.None)).ShouldBeEmpty();
        (await Queries.FindByPersonAsync(Organization.Id, Hemi.Name!, Hemi.BirthDate!.Value, CancellationToken.None)).ShouldBeEmpty();
        (await Database.ScalarAsync<long>("SELECT count(*) FROM wrapped_key WHERE id = $1", id.Value)).ShouldBe(0);
        string everything = await DumpedDatabase.ReadAsync(Database);
        everything.ShouldNotContain(Convert.ToHexStringLower(sealedName));
        everything.ShouldNotContain(Convert.ToHexStringLower(wrapped));
        (await AddAsync(Hemi)).ShouldNotBe(id);
        (await Cases.ReplaceAsync(Organization.Id, id, erased.Version, Hemi, Doer, CancellationToken.None))
            .ShouldBeOfType<WorkflowOutcome<CaseView>.NotDone>().Why.ShouldBeOfType<WorkflowRefusal.Refused>().Code.ShouldBe("case_erased");
    }

    [Fact]
    public async Task An_erasure_is_entered_once_and_cannot_be_taken_back_by_any_statement()
    {
        CaseId id = await AddAsync(Hemi);
        await EraseAsync(id);
        await EraseAsync(id);

        (await Database.ScalarAsync<long>("SELECT count(*) FROM audit_entry WHERE action = 'case.erased'")).ShouldBe(1);
        await Should.ThrowAsync<Npgsql.PostgresException>(() => Database.ExecuteAsync("UPDATE case_file SET erased_at = NULL, erased_by = NULL, erase_reason = NULL"));
        await Should.ThrowAsync<Npgsql.PostgresException>(() => Database.ExecuteAsync("DELETE FROM case_file"));
    }

    [Fact]
    public async Task Whoever_changes_a_case_while_it_is_erased_leaves_nothing_of_it()
    {
        CaseId id = await AddAsync(Hemi);

        await Task.WhenAll(
            Task.Run(() => Cases.ReplaceAsync(Organization.Id, id, 1, Hemi with { Name = "Other" }, Doer, CancellationToken.None)),
            Task.Run(() => Consents.RecordAsync(Organization.Id, id, new NewConsent("person", null, ["recordings"], "paper", Now, null, "In the folder"), Doer, null, CancellationToken.None)),
            Task.Run(() => EraseAsync(id)));

        (await FindAsync(id)).Name.ShouldBeNull();
        (await Database.ScalarAsync<long>("SELECT count(*) FROM wrapped_key WHERE id = $1", id.Value)).ShouldBe(0);
    }

    [Fact]
    public async Task After_a_rotation_of_the_organizations_key_cases_are_read_and_found_as_before()
    {
        CaseId id = await AddAsync(Hemi);
        CaseView before = await FindAsync(id);

        (await new KeyRotation(Installation.Stores, Keys, Installation.Clock).RotateAsync(Organization.Id, Doer, CancellationToken.None)).ShouldNotBeNull();

        (await FindAsync(id)).ShouldBe(before);
        (await Queries.FindByReferenceAsync(Organization.Id, Hemi.Reference, CancellationToken.None)).ShouldHaveSingleItem().Id.ShouldBe(id);
    }

    [Fact]
    public async Task What_lies_in_the_database_and_in_its_files_holds_no_name_reference_or_birth_date()
    {
        const string seen = "Seen-in-plain-4711";
        CaseFields fields = new("ZZTOP-471199", "Wilhelmina Quastenflosser", new DateOnly(1957, 10, 4));
        CaseId id = await AddAsync(fields);
        await Consents.RecordAsync(
            Organization.Id, id, new NewConsent("guardian", "Ferdinand Quastenflosser", ["recordings"], "paper", Now, null, "Aktenschrank Nummer Sieben"), Doer, null, CancellationToken.None);
        await Cases.ReplaceAsync(Organization.Id, id, 1, fields with { Name = "Wilhelmina Seegurke" }, Doer, CancellationToken.None);
        await Queries.FindByPersonAsync(Organization.Id, "Wilhelmina Seegurke", fields.BirthDate!.Value, CancellationToken.None);
        await Database.ExecuteAsync("UPDATE organization SET name = $2 WHERE id = $1", Organization.Id.Value, seen);
        string[] secrets = [fields.Reference, "Quastenflosser", "Seegurke", "Wilhelmina", "QUASTENFLOSSER", "1957-10-04", "Aktenschrank"];

        string everything = await DumpedDatabase.ReadAsync(Database);
        IReadOnlyList<string> inFiles = await DumpedDatabase.FindInFilesAsync(Database, [seen, .. secrets]);

        everything.ShouldContain(seen);
        secrets.ShouldAllBe(secret => !everything.Contains(secret, StringComparison.OrdinalIgnoreCase) && !everything.Contains(DumpedDatabase.HexOf(secret), StringComparison.Ordinal));
        inFiles.ShouldBe([seen]);
    }
}
