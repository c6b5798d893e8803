using System.Security.Cryptography;
using System.Text;
using Shouldly;
using StepCloud.Actors.Gateways;
using StepCloud.Actors.Ports;
using StepCloud.Contracts.Audit;
using StepCloud.Contracts.Gateways;
using StepCloud.Contracts.Ids;
using StepCloud.Storage;
using StepCloud.Tests.Storage.Audit;
using Xunit;

namespace StepCloud.Tests.Storage.Pairing;

public sealed class PairingStoreTests : AuditTests
{
    private const string Network = "192.0.2.7";

    private static readonly PairingBounds Bounds = new(PerNetworkMax: 3, Max: 5);

    private PairingStore Pairings => new(Installation.Stores, Installation.Clock);

    private AuditDoer Owner => AuditDoer.User(Organization.Owner, Organization.Id, Origin);

    [Fact]
    public async Task A_code_lives_ten_minutes_to_the_tick_and_is_known_as_expired_ten_more()
    {
        NewPairing pairing = await AddAsync();
        Installation.Clock.Advance(TimeSpan.FromMinutes(10) - TimeSpan.FromMilliseconds(1));
        (await PollAsync(pairing)).ShouldBe(PairingVerdict.Pending);
        (await Pairings.FindAsync(Try(pairing.UserCode), CancellationToken.None)).ShouldBeOfType<PairingAnswer.Found>();

        Installation.Clock.Advance(TimeSpan.FromMilliseconds(1));
        (await PollAsync(pairing)).ShouldBe(PairingVerdict.Expired);
        (await Pairings.FindAsync(Try(pairing.UserCode), CancellationToken.None)).ShouldBeOfType<PairingAnswer.UnknownCode>();

        Installation.Clock.Advance(TimeSpan.FromMinutes(10));
        await Pairings.SweepAsync(CancellationToken.None);
        (await PollAsync(pairing)).ShouldBe(PairingVerdict.Unknown);
        (await Database.ScalarAsync<long>("SELECT (SELECT count(*) FROM pairing_request) + (SELECT count(*) FROM pairing_failure)")).ShouldBe(0);
    }

    [Fact]
    public async Task A_gateway_that_keeps_the_pause_is_never_told_to_slow_down_and_a_hasty_one_waits_longer_each_time()
    {
        NewPairing patient = await AddAsync(), hasty = await AddAsync();
        for (int i = 0; i < 3; i++)
        {
            (await PollAsync(patient)).ShouldBe(PairingVerdict.Pending);
            Installation.Clock.Advance(TimeSpan.FromSeconds(5));
        }

        (await PollAsync(hasty)).ShouldBe(PairingVerdict.Pending);
        (await PollAsync(hasty)).ShouldBe(PairingVerdict.SlowDown);
        Installation.Clock.Advance(TimeSpan.FromSeconds(5));
        (await PollAsync(hasty)).ShouldBe(PairingVerdict.SlowDown);
        Installation.Clock.Advance(TimeSpan.FromSeconds(15));
        (await PollAsync(hasty)).ShouldBe(PairingVerdict.Pending);
    }

    [Fact]
    public async Task Neither_one_network_nor_all_together_can_fill_the_table_even_at_once()
    {
        PairingStart[] starts = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => TryAddAsync("192.0.2.1")));
        starts.Count(start => start is PairingStart.Added).ShouldBe(3);
        starts.OfType<PairingStart.TooMany>().ShouldAllBe(tooMany => tooMany.RetryAfter == TimeSpan.FromMinutes(20));

        (await TryAddAsync("192.0.2.2")).ShouldBeOfType<PairingStart.Added>();
        (await TryAddAsync("192.0.2.3")).ShouldBeOfType<PairingStart.Added>();
        (await TryAddAsync("192.0.2.4")).ShouldBeOfType<PairingStart.TooMany>();

        Installation.Clock.Advance(TimeSpan.FromMinutes(20));
        (await TryAddAsync("192.0.2.4")).ShouldBeOfType<PairingStart.Added>();
        (await Database.ScalarAsync<long>("SELECT count(*) FROM pairing_request")).ShouldBe(1);
    }

    [Fact]
    public async Task A_user_code_that_another_has_is_not_given_twice()
    {
        NewPairing pairing = await AddAsync();
        NewPairing twin = New() with { UserCode = pairing.UserCode };
        (await Pairings.AddAsync(twin, CancellationToken.None)).ShouldBeOfType<PairingStart.CodeTaken>();
    }

    [Fact]
    public async Task Wrong_codes_count_for_ten_minutes_by_network_and_twenty_of_them_by_user()
    {
        for (int i = 0; i < 5; i++)
        {
            (await WrongAsync(Network)).ShouldBeOfType<PairingAnswer.UnknownCode>();
            Installation.Clock.Advance(TimeSpan.FromMinutes(1));
        }

        (await WrongAsync(Network)).ShouldBeOfType<PairingAnswer.TooManyTries>().RetryAfter.ShouldBe(TimeSpan.FromMinutes(5));
        Installation.Clock.Advance(TimeSpan.FromMinutes(5));
        (await WrongAsync(Network)).ShouldBeOfType<PairingAnswer.UnknownCode>("the first of the five counts no more");
        (await WrongAsync(Network)).ShouldBeOfType<PairingAnswer.TooManyTries>();

        for (int i = 0; i < 15; i++) (await WrongAsync($"198.51.100.{i}")).ShouldBeOfType<PairingAnswer.UnknownCode>();
        (await WrongAsync("198.51.100.99")).ShouldBeOfType<PairingAnswer.TooManyTries>();
    }

    [Fact]
    public async Task What_was_decided_has_its_entry_with_what_has_changed()
    {
        SiteId second = await Installation.AddSiteAsync(Organization.Id, "Second");
        int before = (await ReadSoundChainAsync(Organization.Id)).Count;
        GatewayId gateway = GatewayId.New(TimeProvider.System);
        await ConfirmAsync(gateway, Organization.Site, "New");
        await ConfirmAsync(gateway, second, "New");
        NewPairing denied = await AddAsync();
        await Pairings.DenyAsync(Try(denied.UserCode), Owner, CancellationToken.None);

        AuditEntry[] entries = [.. (await ReadSoundChainAsync(Organization.Id))[before..]];
        entries.Select(entry => entry.Action).ShouldBe(["gateway.paired", "gateway.paired", "gateway.pairing_denied"]);
        entries.ShouldAllBe(entry => entry.DoerId == Organization.Owner.Value);
        (entries[0].Old, entries[0].New).ShouldBe((null, $$"""{"name":"New","site":"{{Organization.Site}}","serial":"serial","software_version":"1.0"}"""));
        (entries[1].Old, entries[1].New).ShouldBe(($$"""{"site":"{{Organization.Site}}"}""", $$"""{"site":"{{second}}"}"""));
        entries[2].SubjectId.ShouldBe(denied.Introduction.Gateway.ToString());
    }

    [Fact]
    public async Task A_gateway_that_is_moved_and_un_paired_has_entries_and_its_sessions_too()
    {
        GatewayChanges changes = new(Installation.Stores, Installation.Clock);
        SiteId second = await Installation.AddSiteAsync(Organization.Id, "Second");
        GatewayId gateway = Organization.Gateway.Id;
        byte[] hash = SHA256.HashData("token"u8);
        NewSession session = new(
            SessionId.New(TimeProvider.System), Contracts.Sessions.HolderKind.Gateway, gateway.Value, hash, Now, Now.AddDays(90), null, SessionStarts.Pairing, Origin);
        await new SessionStore(Installation.Stores).CreateAsync(session, endOthers: true, Owner, CancellationToken.None);
        int before = (await ReadSoundChainAsync(Organization.Id)).Count;

        (await changes.TransferAsync(gateway, second, Owner, CancellationToken.None)).ShouldNotBeNull().Site.ShouldBe(second);
        (await changes.TransferAsync(gateway, second, Owner, CancellationToken.None)).ShouldNotBeNull();
        (await changes.TransferAsync(gateway, SiteId.New(TimeProvider.System), Owner, CancellationToken.None)).ShouldBeNull();
        await changes.UnpairAsync(gateway, Owner, CancellationToken.None);
        await changes.UnpairAsync(gateway, Owner, CancellationToken.None);

        (await ReadSoundChainAsync(Organization.Id))[before..].Select(entry => entry.Action)
            .ShouldBe(["gateway.transferred", "gateway.unpaired", "session.ended"]);
        (await new SessionStore(Installation.Stores).IsOpenAsync(session.Id, Now, CancellationToken.None)).ShouldBeFalse();
    }

    [Fact]
    public async Task A_secret_is_good_for_seven_days_to_the_tick_and_its_making_and_its_use_have_entries()
    {
        ProvisioningStore secrets = new(Installation.Stores, Installation.Clock);
        GatewayId gateway = Organization.Gateway.Id;
        byte[] hash = SHA256.HashData("secret"u8);
        int before = (await ReadSoundChainAsync(Organization.Id)).Count;
        await secrets.ReplaceAsync(gateway, hash, Now + PairingLimits.SecretLifetime, Owner, CancellationToken.None);
        Installation.Clock.Advance(PairingLimits.SecretLifetime);
        (await secrets.RedeemAsync(hash, Origin, CancellationToken.None)).ShouldBeNull();

        await secrets.ReplaceAsync(gateway, hash, Installation.Clock.GetUtcNow().AddTicks(10), Owner, CancellationToken.None);
        (await secrets.RedeemAsync(hash, Origin, CancellationToken.None)).ShouldNotBeNull().Id.ShouldBe(gateway);
        (await secrets.RedeemAsync(hash, Origin, CancellationToken.None)).ShouldBeNull();

        AuditEntry[] entries = [.. (await ReadSoundChainAsync(Organization.Id))[before..]];
        entries.Select(entry => entry.Action).ShouldBe(
            ["gateway.provisioning_secret_created", "gateway.provisioning_secret_created", "gateway.provisioned"]);
        entries.Select(entry => entry.New?.Split(':')[0]).ShouldBe(["{\"expires_at\"", "{\"expires_at\"", null]);
    }

    private static NewPairing New(string network = Network, GatewayId? gateway = null) => new(
        SHA256.HashData(Encoding.UTF8.GetBytes(Guid.NewGuid().ToString())), UserCode.Create(),
        new GatewayIntroduction(gateway ?? GatewayId.New(TimeProvider.System), "serial", "model", "1.0"), network, network, Bounds);

    private async Task<NewPairing> AddAsync(GatewayId? gateway = null)
    {
        NewPairing pairing = New(gateway: gateway);
        (await Pairings.AddAsync(pairing, CancellationToken.None)).ShouldBeOfType<PairingStart.Added>();
        return pairing;
    }

    private Task<PairingStart> TryAddAsync(string network) => Pairings.AddAsync(New(network), CancellationToken.None);

    private async Task<PairingVerdict> PollAsync(NewPairing pairing) => (await Pairings.PollAsync(pairing.DeviceCodeHash, CancellationToken.None)).Verdict;

    private Task<PairingAnswer> WrongAsync(string network) => Pairings.FindAsync(Try("BBBBBBBB", network), CancellationToken.None);

    private PairingTry Try(string code, string network = Network) => new(Organization.Owner, Organization.Id, network, code);

    private async Task ConfirmAsync(GatewayId gateway, SiteId site, string name)
    {
        NewPairing pairing = await AddAsync(gateway);
        (await Pairings.ConfirmAsync(Try(pairing.UserCode), site, name, Owner, CancellationToken.None)).ShouldBeOfType<PairingAnswer.Confirmed>();
    }
}
