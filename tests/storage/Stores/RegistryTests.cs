using Shouldly;
using StepCloud.Actors.Ports;
using StepCloud.Contracts.Ids;
using StepCloud.Storage;
using StepCloud.Tests.Support;
using Xunit;

namespace StepCloud.Tests.Storage;

public sealed class RegistryTests : StoreTests
{
    private UserRegistry Users => new(Installation.Stores, Installation.Clock);

    private GatewayRegistry Gateways => new(Installation.Stores, Installation.Clock);

    private ActorStateStore States => new(Installation.Stores, Installation.Clock);

    private InstallationStore Installations => new(Installation.Stores, Installation.Clock);

    [Fact]
    public async Task A_user_is_found_by_email_whatever_its_case_and_not_when_disabled()
    {
        UserId user = await Installation.AddUserAsync(Organization.Id, "Jürgen.Ärmel@Example.com");

        (await Users.FindByEmailAsync(" jÜRGEN.ärmel@example.COM ", CancellationToken.None)).ShouldBe(user);
        (await Users.FindAsync(user, CancellationToken.None)).ShouldNotBeNull().Organization.ShouldBe(Organization.Id);

        await Database.ExecuteAsync("UPDATE app_user SET disabled_at = now() WHERE id = $1", user.Value);
        (await Users.FindByEmailAsync("jürgen.ärmel@example.com", CancellationToken.None)).ShouldBeNull();
        (await Users.FindAsync(user, CancellationToken.None)).ShouldBeNull();
    }

    [Theory]
    [InlineData(0x0000)]
    [InlineData(0xD83D)]
    public async Task An_email_that_no_database_can_hold_belongs_to_nobody(int codeUnit) =>
        (await Users.FindByEmailAsync($"a{(char)codeUnit}@example.com", CancellationToken.None)).ShouldBeNull();

    [Fact]
    public async Task An_email_that_differs_only_in_case_is_taken()
    {
        await Installation.AddUserAsync(Organization.Id, "someone@example.com");
        (await Should.ThrowAsync<Npgsql.PostgresException>(() => Installation.AddUserAsync(Organization.Id, "SomeOne@example.com")))
            .ConstraintName.ShouldBe("app_user_email");
    }

    [Fact]
    public async Task A_password_hash_is_replaced_only_while_it_is_the_old_one()
    {
        (await Users.ReplacePasswordHashAsync(Organization.Owner, "another", "new", Doer, CancellationToken.None)).ShouldBeFalse();
        (await Users.ReplacePasswordHashAsync(Organization.Owner, "hash", "new", Doer, CancellationToken.None)).ShouldBeTrue();
        (await Users.FindAsync(Organization.Owner, CancellationToken.None))!.PasswordHash.ShouldBe("new");
    }

    [Fact]
    public async Task A_gateway_is_created_on_a_site_of_its_organization_only()
    {
        TestOrganization stranger = await Installation.AddOrganizationAsync();
        NewGateway gateway = new(GatewayId.New(TimeProvider.System), Organization.Id, stranger.Site, "Gateway", "serial");

        (await Gateways.CreateAsync(gateway, Doer, CancellationToken.None)).ShouldBe(GatewayCreation.UnknownSite);
        (await Gateways.FindAsync(gateway.Id, CancellationToken.None)).ShouldBeNull();
        (await Gateways.CreateAsync(gateway with { Site = Organization.Site }, Doer, CancellationToken.None)).ShouldBe(GatewayCreation.Created);
        (await Gateways.FindAsync(gateway.Id, CancellationToken.None)).ShouldBe(
            new GatewayRecord(gateway.Id, Organization.Id, Organization.Site, "Gateway", Revoked: false));
    }

    [Fact]
    public async Task Of_two_who_create_a_gateway_with_one_id_at_once_one_does()
    {
        NewGateway gateway = new(GatewayId.New(TimeProvider.System), Organization.Id, Organization.Site, "Gateway", null);

        GatewayCreation[] outcomes = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Gateways.CreateAsync(gateway, Doer, CancellationToken.None)));

        outcomes.Count(outcome => outcome == GatewayCreation.Created).ShouldBe(1);
        outcomes.Count(outcome => outcome == GatewayCreation.IdTaken).ShouldBe(3);
    }

    [Fact]
    public async Task A_revoked_gateway_says_so()
    {
        await Database.ExecuteAsync("UPDATE gateway SET revoked_at = now()");
        (await Gateways.FindAsync(Organization.Gateway.Id, CancellationToken.None))!.Revoked.ShouldBeTrue();
    }

    [Fact]
    public async Task An_actors_document_is_written_only_over_the_version_that_was_read()
    {
        (await LoadAsync()).ShouldBeNull();
        (await SaveAsync(1, "{}")).ShouldBeNull();
        (await SaveAsync(0, "{\"a\": 1}")).ShouldBe(1);
        (await SaveAsync(0, "{\"a\": 2}")).ShouldBeNull();
        (await SaveAsync(1, "{\"a\": 3}")).ShouldBe(2);
        (await SaveAsync(1, "{\"a\": 4}")).ShouldBeNull();
        (await LoadAsync()).ShouldBe(new StoredActorState(2, "{\"a\": 3}"));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public async Task Of_writers_who_race_over_one_version_one_wins(long version)
    {
        if (version == 1)
            await SaveAsync(0, "{}");

        long?[] written = await Task.WhenAll(Enumerable.Range(0, 8).Select(n => SaveAsync(version, $"{{\"writer\": {n}}}")));

        written.Count(one => one == version + 1).ShouldBe(1);
        written.Count(one => one is null).ShouldBe(7);
    }

    [Fact]
    public async Task An_installation_is_begun_once_even_by_two_at_once()
    {
        await using TestDatabase empty = await TestPostgres.CreateDatabaseAsync();
        StepCloudDatabase database = new(empty.Source, TimeProvider.System);
        InstallationStore store = new(database, new FakeClock());
        (await store.IsEmptyAsync(CancellationToken.None)).ShouldBeTrue();

        bool[] made = await Task.WhenAll(Enumerable.Range(0, 4).Select(n => store.CreateAsync(NewInstallation(n), Doer, CancellationToken.None)));

        made.Count(one => one).ShouldBe(1);
        (await store.IsEmptyAsync(CancellationToken.None)).ShouldBeFalse();
        (await empty.ScalarAsync<long>("SELECT count(*) FROM app_user")).ShouldBe(2);
        (await empty.ScalarAsync<long>("SELECT count(*) FROM site")).ShouldBe(1);
        (await new UserRegistry(database, new FakeClock()).FindByEmailAsync("admin@example.com", CancellationToken.None)).ShouldNotBeNull();
    }

    [Fact]
    public async Task An_installation_with_users_is_left_as_it_is() =>
        (await Installations.CreateAsync(NewInstallation(0), Doer, CancellationToken.None)).ShouldBeFalse();

    private static NewInstallation NewInstallation(int n)
    {
        NewOrganization organization = new(OrganizationId.New(TimeProvider.System), $"Laboratory {n}", SiteId.New(TimeProvider.System), "Workshop");
        return new NewInstallation(
            organization,
            [
                new NewUser(UserId.New(TimeProvider.System), null, "admin@example.com", "Administrator", "hash", [Roles.Administrator]),
                new NewUser(UserId.New(TimeProvider.System), organization.Id, "owner@example.com", "Owner", "hash", [Roles.Owner, Roles.Technician]),
            ]);
    }

    private Task<StoredActorState?> LoadAsync() => States.LoadAsync("device", "1", CancellationToken.None);

    private Task<long?> SaveAsync(long version, string json) => States.SaveAsync("device", "1", version, json, CancellationToken.None);
}
