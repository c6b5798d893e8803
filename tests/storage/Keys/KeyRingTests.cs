using Shouldly;
using StepCloud.Actors.Ports;
using StepCloud.Contracts.Ids;
using StepCloud.Storage.Keys;
using Xunit;

namespace StepCloud.Tests.Storage;

public sealed class KeyRingTests : StoreTests
{
    private readonly TestSealing _sealing = new();

    private KeyRing Keys => new(_sealing, Installation.Clock);

    private KeyRotation Rotation => new(Installation.Stores, Keys, Installation.Clock);

    [Fact]
    public async Task A_key_opens_as_it_was_made_and_for_its_own_organization_purpose_and_id_only()
    {
        KeyName name = NewCase();
        byte[] made = await MakeAsync(name);

        (await FindAsync(name)).ShouldBe(made);
        (await FindAsync(name with { Purpose = "recording" })).ShouldBeNull();
        (await FindAsync(name with { Id = Guid.NewGuid() })).ShouldBeNull();
        (await FindAsync(name with { Organization = (await Installation.AddOrganizationAsync("Other")).Id })).ShouldBeNull();
        (await Database.ScalarAsync<long>("SELECT count(*) FROM organization_key")).ShouldBe(1);
    }

    [Fact]
    public async Task Of_an_organization_that_many_make_keys_for_first_at_once_there_is_one_key()
    {
        KeyName[] names = [.. Enumerable.Range(0, 8).Select(_ => NewCase())];
        byte[][] made = await Task.WhenAll(names.Select(MakeAsync));
        byte[][] lookUps = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => LookUpsAsync()));

        (await Database.ScalarAsync<long>("SELECT count(*) FROM organization_key")).ShouldBe(1);
        for (int i = 0; i < names.Length; i++) (await FindAsync(names[i])).ShouldBe(made[i]);
        lookUps.ShouldAllBe(key => key.SequenceEqual(lookUps[0]));
    }

    [Fact]
    public async Task A_wrapped_key_that_is_moved_to_another_row_does_not_open()
    {
        KeyName mine = NewCase(), other = NewCase();
        await MakeAsync(mine);
        await MakeAsync(other);

        await Database.ExecuteAsync("UPDATE wrapped_key SET wrapped = (SELECT wrapped FROM wrapped_key WHERE id = $2) WHERE id = $1", mine.Id, other.Id);

        await Should.ThrowAsync<SealBrokenException>(() => FindAsync(mine));
    }

    [Fact]
    public async Task With_a_key_go_all_that_are_wrapped_by_it_and_none_can_be_made_under_it()
    {
        KeyName parent = NewCase(), child = new(Organization.Id, "recording", Guid.NewGuid()), late = child with { Id = Guid.NewGuid() };
        await MakeAsync(parent);
        byte[]? made = await MakeUnderAsync(parent, child);
        (await FindAsync(child)).ShouldBe(made.ShouldNotBeNull());

        (await DestroyAsync(parent)).ShouldBeTrue();

        (await FindAsync(parent)).ShouldBeNull();
        (await FindAsync(child)).ShouldBeNull();
        (await MakeUnderAsync(parent, late)).ShouldBeNull();
        (await DestroyAsync(parent)).ShouldBeFalse();
        (await Database.ScalarAsync<long>("SELECT count(*) FROM wrapped_key")).ShouldBe(0);
    }

    [Fact]
    public async Task A_rotation_wraps_anew_what_the_organizations_key_wraps_and_destroys_the_old_version()
    {
        KeyName[] cases = [.. Enumerable.Range(0, 3).Select(_ => NewCase())];
        KeyName child = new(Organization.Id, "recording", Guid.NewGuid());
        byte[][] made = await Task.WhenAll(cases.Select(MakeAsync));
        byte[]? under = await MakeUnderAsync(cases[0], child);
        byte[] lookUps = await LookUpsAsync();
        byte[] childWrapped = await Database.ScalarAsync<byte[]>("SELECT wrapped FROM wrapped_key WHERE id = $1", child.Id);

        RotatedKey rotated = (await Rotation.RotateAsync(Organization.Id, Doer, CancellationToken.None)).ShouldNotBeNull();

        rotated.ShouldBe(new RotatedKey(2, 4));
        for (int i = 0; i < cases.Length; i++) (await FindAsync(cases[i])).ShouldBe(made[i]);
        (await FindAsync(child)).ShouldBe(under);
        (await LookUpsAsync()).ShouldBe(lookUps);
        (await Database.ScalarAsync<int>("SELECT max(version) - count(*)::int FROM organization_key")).ShouldBe(1);
        (await Database.ScalarAsync<byte[]>("SELECT wrapped FROM wrapped_key WHERE id = $1", child.Id)).ShouldBe(childWrapped);
        (await Database.ScalarAsync<string>("SELECT new_values::text FROM audit_entry WHERE action = 'organization.key_rotated'")).ShouldBe("{\"version\":2}");
    }

    [Fact]
    public async Task Keys_that_are_made_while_the_organizations_key_rotates_open_afterwards()
    {
        await MakeAsync(NewCase());
        using CancellationTokenSource done = new();
        Task<List<(KeyName Name, byte[] Value)>>[] makers = [.. Enumerable.Range(0, 3).Select(_ => Task.Run(async () =>
        {
            List<(KeyName, byte[])> made = [];
            while (!done.IsCancellationRequested)
            {
                KeyName name = NewCase();
                made.Add((name, await MakeAsync(name)));
            }

            return made;
        }))];
        for (int version = 2; version < 6; version++)
            (await Rotation.RotateAsync(Organization.Id, Doer, CancellationToken.None)).ShouldNotBeNull().Version.ShouldBe(version);
        await done.CancelAsync();

        foreach ((KeyName name, byte[] value) in (await Task.WhenAll(makers)).SelectMany(made => made)) (await FindAsync(name)).ShouldBe(value);
        (await Database.ScalarAsync<long>("SELECT count(*) FROM organization_key")).ShouldBe(1);
    }

    [Fact]
    public async Task An_organization_without_a_key_has_nothing_to_rotate() =>
        (await Rotation.RotateAsync(Organization.Id, Doer, CancellationToken.None)).ShouldBeNull();

    private KeyName NewCase() => KeyName.OfCase(Organization.Id, CaseId.New(TimeProvider.System));

    private Task<byte[]> MakeAsync(KeyName name) => Installation.Stores.InTransactionAsync(
        async transaction =>
        {
            using SecretKey key = await Keys.MakeAsync(transaction, name, CancellationToken.None);
            return key.Value.ToArray();
        },
        CancellationToken.None);

    private Task<byte[]?> MakeUnderAsync(KeyName parent, KeyName name) => Installation.Stores.InTransactionAsync(
        async transaction =>
        {
            using SecretKey? key = await Keys.MakeUnderAsync(transaction, parent, name, CancellationToken.None);
            return key?.Value.ToArray();
        },
        CancellationToken.None);

    private Task<byte[]?> FindAsync(KeyName name) => Installation.Stores.ReadAsync(
        async session =>
        {
            using SecretKey? key = await Keys.FindAsync(session, name, CancellationToken.None);
            return key?.Value.ToArray();
        },
        CancellationToken.None);

    private Task<byte[]> LookUpsAsync() => Installation.Stores.InTransactionAsync(
        async transaction =>
        {
            using SecretKey key = await Keys.FindOrMakeAsync(transaction, KeyName.OfLookUps(Organization.Id), CancellationToken.None);
            return key.Value.ToArray();
        },
        CancellationToken.None);

    private Task<bool> DestroyAsync(KeyName name) =>
        Installation.Stores.InTransactionAsync(transaction => KeyRing.DestroyAsync(transaction, name, CancellationToken.None), CancellationToken.None);
}
