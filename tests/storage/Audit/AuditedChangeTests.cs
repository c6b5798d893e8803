using System.Security.Cryptography;
using System.Text.Json;
using Shouldly;
using StepCloud.Actors.Ports;
using StepCloud.Contracts.Audit;
using StepCloud.Contracts.Devices;
using StepCloud.Contracts.Ids;
using StepCloud.Contracts.Sessions;
using StepCloud.Storage;
using Xunit;

namespace StepCloud.Tests.Storage.Audit;

/// <summary>Every change that the stores make has its entry, and what changed nothing has none.</summary>
public sealed class AuditedChangeTests : AuditTests
{
    private AuditDoer Owner => AuditDoer.User(Organization.Owner, Organization.Id, Origin);

    private DeviceRegistry Devices => new(Installation.Stores, Installation.Clock);

    private SessionStore Sessions => new(Installation.Stores);

    [Fact]
    public async Task A_gateway_that_was_created_has_an_entry_and_one_that_was_not_has_none()
    {
        GatewayRegistry gateways = new(Installation.Stores, Installation.Clock);
        NewGateway gateway = new(GatewayId.New(TimeProvider.System), Organization.Id, Organization.Site, "At the window", "SN 1");
        int before = (await ReadSoundChainAsync(Organization.Id)).Count;

        await gateways.CreateAsync(gateway, Owner, CancellationToken.None);
        await gateways.CreateAsync(gateway, Owner, CancellationToken.None);
        await gateways.CreateAsync(gateway with { Site = SiteId.New(TimeProvider.System) }, Owner, CancellationToken.None);

        AuditEntry entry = (await ReadSoundChainAsync(Organization.Id))[before..].ShouldHaveSingleItem();
        (entry.Action, entry.SubjectKind, entry.SubjectId).ShouldBe(("gateway.created", "gateway", gateway.Id.ToString()));
        (entry.DoerKind, entry.DoerId, entry.RemoteAddress, entry.Agent).ShouldBe(("user", Organization.Owner.Value, "192.0.2.7", "test"));
        entry.Old.ShouldBeNull();
        Values(entry.New).ShouldBe(new Dictionary<string, string?> { ["name"] = "At the window", ["site"] = Organization.Site.ToString(), ["serial"] = "SN 1" });
    }

    [Fact]
    public async Task A_device_has_an_entry_when_it_is_new_and_one_for_each_change_with_what_changed()
    {
        DeviceAnnouncement device = new(DeviceId.New(TimeProvider.System), "printer-1", "Asiga MAX UV385", "http", "Printer", null, "192.0.2.1");
        await AnnounceAsync(device);
        await AnnounceAsync(device);
        await AnnounceAsync(device with { Label = "Drucker", NetworkAddress = null });

        AuditEntry[] entries = [.. (await ReadSoundChainAsync(Organization.Id)).Where(entry => entry.SubjectKind == "device")];

        entries.Select(entry => entry.Action).ShouldBe(["device.announced", "device.changed"]);
        entries.ShouldAllBe(entry => entry.SubjectId == device.Device.ToString() && entry.DoerKind == "gateway");
        Values(entries[0].New)["model"].ShouldBe("Asiga MAX UV385");
        Values(entries[1].Old).ShouldBe(new Dictionary<string, string?> { ["label"] = "Printer", ["network_address"] = "192.0.2.1" });
        Values(entries[1].New).ShouldBe(new Dictionary<string, string?> { ["label"] = "Drucker", ["network_address"] = null });
    }

    [Fact]
    public async Task Sessions_have_entries_for_their_begin_and_for_their_end_whatever_ended_them()
    {
        NewSession signedIn = Session(HolderKind.User, Organization.Owner.Value, SessionStarts.Password);
        await Sessions.CreateAsync(signedIn, endOthers: false, Owner, CancellationToken.None);
        NewSession first = Session(HolderKind.Gateway, Organization.Gateway.Id.Value, SessionStarts.Pairing);
        NewSession second = Session(HolderKind.Gateway, Organization.Gateway.Id.Value, SessionStarts.Pairing);
        await Sessions.CreateAsync(first, endOthers: true, Owner, CancellationToken.None);
        await Sessions.CreateAsync(second, endOthers: true, Owner, CancellationToken.None);
        await EndAsync(signedIn, SessionEnds.ByUser);
        await EndAsync(second, SessionEnds.Reused);
        await EndAsync(second, SessionEnds.Reused);

        AuditEntry[] entries = [.. (await ReadSoundChainAsync(Organization.Id)).SkipWhile(entry => entry.Action != "user.sign_in_succeeded")];

        entries.Select(entry => (entry.Action, entry.SubjectId)).ShouldBe(
        [
            ("user.sign_in_succeeded", Organization.Owner.ToString()),
            ("session.started", signedIn.Id.ToString()),
            ("session.started", first.Id.ToString()),
            ("session.ended", first.Id.ToString()),
            ("session.started", second.Id.ToString()),
            ("session.ended", signedIn.Id.ToString()),
            ("session.reuse_detected", second.Id.ToString()),
        ]);
        Values(entries[3].New)["reason"].ShouldBe("replaced");
        Values(entries[^1].New)["holder"].ShouldBe(Organization.Gateway.Id.ToString());
        string all = string.Concat(entries.Select(entry => entry.New));
        all.ShouldNotContain(Convert.ToHexString(first.TokenHash), Case.Insensitive);
        all.ShouldNotContain(Convert.ToBase64String(first.TokenHash));
    }

    [Fact]
    public async Task A_rehashed_password_tells_its_costs_and_nothing_of_the_hashes()
    {
        UserRegistry users = new(Installation.Stores, Installation.Clock);
        const string old = "$argon2id$v=19$m=19456,t=2,p=1$c2FsdA$aGFzaA", now = "$argon2id$v=19$m=65536,t=3,p=1$b3RoZXI$b25l";
        await Database.ExecuteAsync("UPDATE app_user SET password_hash = $1", old);
        (await users.ReplacePasswordHashAsync(Organization.Owner, "stale", now, Owner, CancellationToken.None)).ShouldBeFalse();
        (await users.ReplacePasswordHashAsync(Organization.Owner, old, now, Owner, CancellationToken.None)).ShouldBeTrue();

        AuditEntry entry = (await ReadSoundChainAsync(Organization.Id)).Where(one => one.SubjectKind == "user").ShouldHaveSingleItem();
        entry.Action.ShouldBe("user.password_hash_upgraded");
        (entry.Old, entry.New).ShouldBe(("""{"cost":"$argon2id$v=19$m=19456,t=2,p=1"}""", """{"cost":"$argon2id$v=19$m=65536,t=3,p=1"}"""));
    }

    [Fact]
    public async Task A_signing_key_has_an_entry_for_its_birth_with_the_public_part_and_one_for_its_revocation()
    {
        SigningKeyStore keys = new(Installation.Stores);
        for (int n = 0; n < 2; n++)
            await keys.AddAsync(new SigningKeyRow($"key-{n}", [1, 2, 3], [4, 5], Now, Now), null, AuditDoer.System("server"), CancellationToken.None);
        for (int n = 0; n < 2; n++)
            await keys.RevokeAsync("key-0", AuditDoer.System("stepcloud key revoke"), Now, CancellationToken.None);

        IReadOnlyList<AuditEntry> entries = [.. await ReadSoundChainAsync(null)];
        entries.Select(entry => (entry.Action, entry.SubjectId, entry.DoerKind)).ShouldBe(
            [("signing_key.created", "key-0", "system"), ("signing_key.revoked", "key-0", "system")]);
        Values(entries[0].New)["public_key"].ShouldBe(Convert.ToBase64String([4, 5]));
    }

    [Fact]
    public async Task An_installation_begins_its_chains_with_who_is_in_it()
    {
        await using Support.TestDatabase empty = await Support.TestPostgres.CreateDatabaseAsync();
        StepCloudDatabase database = new(empty.Source, TimeProvider.System);
        NewOrganization organization = new(OrganizationId.New(TimeProvider.System), "Laboratory", SiteId.New(TimeProvider.System), "Workshop");
        NewUser owner = new(UserId.New(TimeProvider.System), organization.Id, "owner@example.com", "Owner", "the hash", ["owner"]);
        NewUser administrator = owner with { Id = UserId.New(TimeProvider.System), Organization = null, Email = "admin@example.com" };
        await new InstallationStore(database, Installation.Clock).CreateAsync(
            new NewInstallation(organization, [administrator, owner]), Doer, CancellationToken.None);

        IReadOnlyList<AuditEntry> own = await ListAsync(organization.Id), installation = await ListAsync(null);

        own.Select(entry => entry.Action).ShouldBe(["user.created", "site.created", "organization.created"]);
        own[0].SubjectId.ShouldBe(owner.Id.ToString());
        own[0].New.ShouldBe("""{"email":"owner@example.com","name":"Owner","roles":["owner"]}""");
        installation.ShouldHaveSingleItem().SubjectId.ShouldBe(administrator.Id.ToString());

        Task<IReadOnlyList<AuditEntry>> ListAsync(OrganizationId? chain) =>
            new AuditQueries(database).ListAsync(chain, new AuditFilter(), null, 100, CancellationToken.None);
    }

    private Task AnnounceAsync(DeviceAnnouncement device) => Devices.AnnounceAsync(
        Organization.Gateway, [device], AuditDoer.Gateway(Organization.Gateway.Id, Origin), CancellationToken.None);

    private Task<bool> EndAsync(NewSession session, string reason) => Sessions.EndAsync(
        session.Id, session.HolderKind, session.Holder, reason, Now, Owner, CancellationToken.None);

    private static NewSession Session(HolderKind kind, Guid holder, string by) => new(
        SessionId.New(TimeProvider.System), kind, holder, RandomNumberGenerator.GetBytes(32), Now, Now.AddDays(1), EndsAt: null, by, Origin);

    private static Dictionary<string, string?> Values(string? json) => JsonSerializer.Deserialize<Dictionary<string, string?>>(json.ShouldNotBeNull())!;
}
