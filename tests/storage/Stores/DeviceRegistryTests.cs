using Shouldly;
using StepCloud.Actors.Ports;
using StepCloud.Contracts.Devices;
using StepCloud.Contracts.Ids;
using StepCloud.Contracts.Refusals;
using StepCloud.Storage;
using StepCloud.Tests.Support;
using Xunit;

namespace StepCloud.Tests.Storage;

public sealed class DeviceRegistryTests : StoreTests
{
    private DeviceRegistry Devices => new(Installation.Stores, Installation.Clock);

    [Fact]
    public async Task An_announced_device_is_known_with_its_model()
    {
        DeviceAnnouncement printer = Announcement("printer-1", "Asiga MAX UV385");

        (await AnnounceAsync(printer)).ShouldHaveSingleItem().ShouldBeOfType<AnnounceOutcome.Known>().ModelName.ShouldBe("Asiga MAX UV385");

        DeviceRecord record = new(printer.Device, Organization.Site, Organization.Gateway.Id);
        (await Devices.ListAsync([DeviceId.New(TimeProvider.System), printer.Device], CancellationToken.None)).ShouldBe([record]);
    }

    [Theory]
    [InlineData("Asiga MAX UV385", "Asiga MAX UV385")]
    [InlineData("ASIGA max uv385 (rev. 2)", "Asiga MAX UV385")]
    [InlineData("Asiga MAX Mini", "Asiga MAX Mini")]
    [InlineData("Asiga PRO 2 UV385", "Asiga PRO 2 UV385")]
    [InlineData("Asiga MAX UV365", "Asiga MAX UV365")]
    [InlineData("Asiga PRO 4K UV385", "Asiga PRO 4K UV385")]
    [InlineData("EMAG Emmi-30 HC", "EMAG Emmi-30 HC")]
    [InlineData("NK-Optik Otoflash G171", "NK-Optik Otoflash G171")]
    [InlineData("Shelly Plug S", "Shelly Plug S")]
    [InlineData("NETIO PowerCable", "NETIO PowerCable")]
    [InlineData("A mill of our own", "default")]
    [InlineData("", "default")]
    public async Task What_a_device_tells_finds_its_model_in_the_catalogue(string told, string model) =>
        (await AnnounceAsync(Announcement("source", told))).ShouldHaveSingleItem().ShouldBeOfType<AnnounceOutcome.Known>().ModelName.ShouldBe(model);

    [Fact]
    public async Task The_longest_pattern_that_matches_wins()
    {
        await Database.ExecuteAsync(
            """
            INSERT INTO device_model (id, name, kind, patterns) VALUES
                (gen_random_uuid(), 'any of the maker', 'other', '{Acme*}'), (gen_random_uuid(), 'the mill', 'other', '{nothing,Acme Mill?}')
            """);

        (await AnnounceAsync(Announcement("a", "Acme Lathe"), Announcement("b", "acme mill?"), Announcement("c", "Acme Mill2")))
            .Select(outcome => ((AnnounceOutcome.Known)outcome).ModelName)
            .ShouldBe(["any of the maker", "the mill", "any of the maker"]);
    }

    [Fact]
    public async Task Announced_again_a_device_takes_its_new_description_and_gateway()
    {
        DeviceAnnouncement device = Announcement("printer-1", "Asiga MAX UV385");
        await AnnounceAsync(device);
        GatewayRecord other = await Installation.AddGatewayAsync(Organization.Id, Organization.Site);

        await Devices.AnnounceAsync(other, [device with { Source = "printer-2", Label = "New", Serial = "123" }], Doer, CancellationToken.None);

        (await FindAsync(device)).ShouldBe(new DeviceRecord(device.Device, Organization.Site, other.Id));
        (await Database.ScalarAsync<string>("SELECT source || ' ' || label || ' ' || serial FROM device")).ShouldBe("printer-2 New 123");
    }

    [Fact]
    public async Task A_source_that_another_device_of_the_site_has_is_refused_and_the_others_are_taken()
    {
        await AnnounceAsync(Announcement("printer-1"));

        IReadOnlyList<AnnounceOutcome> outcomes = await AnnounceAsync(Announcement("printer-1"), Announcement("printer-2"), Announcement("printer-2"));

        RefusalOf(outcomes[0]).Code.ShouldBe(RefusalCode.DeviceSourceTaken);
        outcomes[1].ShouldBeOfType<AnnounceOutcome.Known>();
        RefusalOf(outcomes[2]).Code.ShouldBe(RefusalCode.DeviceSourceTaken);
    }

    [Fact]
    public async Task A_device_of_another_site_is_refused_and_stays_where_it_is()
    {
        TestOrganization stranger = await Installation.AddOrganizationAsync();
        DeviceAnnouncement device = Announcement("printer-1");
        await AnnounceAsync(device);

        AnnounceOutcome outcome = (await Devices.AnnounceAsync(stranger.Gateway, [device], Doer, CancellationToken.None)).ShouldHaveSingleItem();

        RefusalOf(outcome).Code.ShouldBe(RefusalCode.ForeignDevice);
        (await FindAsync(device)).Gateway.ShouldBe(Organization.Gateway.Id);
    }

    [Fact]
    public async Task Two_sites_that_announce_the_same_id_at_once_do_not_share_the_device()
    {
        TestOrganization stranger = await Installation.AddOrganizationAsync();
        for (int round = 0; round < 20; round++)
        {
            DeviceAnnouncement device = Announcement($"source-{round}");

            IReadOnlyList<AnnounceOutcome>[] outcomes = await Task.WhenAll(
                AnnounceAsync(device), Devices.AnnounceAsync(stranger.Gateway, [device], Doer, CancellationToken.None));

            outcomes.Count(outcome => outcome[0] is AnnounceOutcome.Known).ShouldBe(1);
            (await Database.ScalarAsync<bool>(
                "SELECT g.site_id = d.site_id FROM device AS d JOIN gateway AS g ON g.id = d.gateway_id WHERE d.id = $1", device.Device.Value)).ShouldBeTrue();
        }
    }

    [Fact]
    public async Task A_late_comer_with_another_sites_id_does_not_take_the_device_over()
    {
        // Exactly the moment that a race may or may not hit: the row of the other site is written, and not committed yet.
        TestOrganization stranger = await Installation.AddOrganizationAsync();
        DeviceAnnouncement device = Announcement("printer-1");
        await using Npgsql.NpgsqlConnection connection = await Database.Source.OpenConnectionAsync();
        await using Npgsql.NpgsqlTransaction first = await connection.BeginTransactionAsync();
        await using Npgsql.NpgsqlCommand insert = new(
            $"""
            INSERT INTO device (id, site_id, gateway_id, model_id, source, model, interface, label, created_at, updated_at)
            SELECT '{device.Device}', '{Organization.Site}', '{Organization.Gateway.Id}', id, 'printer-1', '', '', '', now(), now() FROM device_model WHERE name = 'default'
            """,
            connection);
        await insert.ExecuteNonQueryAsync();

        Task<IReadOnlyList<AnnounceOutcome>> second = Devices.AnnounceAsync(stranger.Gateway, [device], Doer, CancellationToken.None);
        await Task.Delay(100);
        await first.CommitAsync();

        RefusalOf((await second).ShouldHaveSingleItem()).Code.ShouldBe(RefusalCode.ForeignDevice);
        (await FindAsync(device)).Gateway.ShouldBe(Organization.Gateway.Id);
    }

    [Fact]
    public async Task Two_gateways_that_announce_the_same_source_at_once_get_one_device()
    {
        GatewayRecord other = await Installation.AddGatewayAsync(Organization.Id, Organization.Site);
        for (int round = 0; round < 20; round++)
        {
            string source = $"source-{round}";
            IReadOnlyList<AnnounceOutcome>[] outcomes = await Task.WhenAll(
                AnnounceAsync(Announcement(source)), Devices.AnnounceAsync(other, [Announcement(source)], Doer, CancellationToken.None));

            outcomes.Count(outcome => outcome[0] is AnnounceOutcome.Known).ShouldBe(1);
            RefusalOf(outcomes.Single(outcome => outcome[0] is AnnounceOutcome.Refused)[0]).Code.ShouldBe(RefusalCode.DeviceSourceTaken);
        }
    }

    [Fact]
    public async Task The_same_source_at_two_sites_is_two_devices()
    {
        TestOrganization stranger = await Installation.AddOrganizationAsync();

        (await AnnounceAsync(Announcement("printer-1"))).ShouldHaveSingleItem().ShouldBeOfType<AnnounceOutcome.Known>();
        (await Devices.AnnounceAsync(stranger.Gateway, [Announcement("printer-1")], Doer, CancellationToken.None)).ShouldHaveSingleItem().ShouldBeOfType<AnnounceOutcome.Known>();
    }

    private async Task<DeviceRecord> FindAsync(DeviceAnnouncement device) => (await Devices.ListAsync([device.Device], CancellationToken.None)).ShouldHaveSingleItem();

    private static DeviceAnnouncement Announcement(string source, string model = "Asiga MAX UV385") =>
        new(DeviceId.New(TimeProvider.System), source, model, "http", "Printer by the window");

    private static Refusal RefusalOf(AnnounceOutcome outcome) => outcome.ShouldBeOfType<AnnounceOutcome.Refused>().Refusal;

    private Task<IReadOnlyList<AnnounceOutcome>> AnnounceAsync(params DeviceAnnouncement[] devices) =>
        Devices.AnnounceAsync(Organization.Gateway, devices, Doer, CancellationToken.None);
}
