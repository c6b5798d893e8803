using Shouldly;
using StepCloud.Storage;
using Xunit;

namespace StepCloud.Tests.Storage;

public sealed class SecretStoreTests : StoreTests
{
    private ServerSecretStore Secrets => new(Installation.Stores, Installation.Clock);

    private MasterKeyStore MasterKeys => new(Installation.Stores, Installation.Clock);

    [Fact]
    public async Task A_secret_is_the_same_for_all_who_add_one_at_once_and_another_under_another_name()
    {
        byte[][] secrets = await Task.WhenAll(Enumerable.Range(0, 8).Select(n => Secrets.GetOrAddAsync("a", [(byte)n], CancellationToken.None)));

        secrets.ShouldAllBe(secret => secret.SequenceEqual(secrets[0]));
        (await Secrets.GetOrAddAsync("a", [99], CancellationToken.None)).ShouldBe(secrets[0]);
        (await Secrets.FindAsync("a", CancellationToken.None)).ShouldBe(secrets[0]);
        (await Secrets.FindAsync("b", CancellationToken.None)).ShouldBeNull();
        (await Secrets.GetOrAddAsync("b", [99], CancellationToken.None)).ShouldBe([99]);
    }

    [Fact]
    public async Task What_an_older_version_left_in_plain_is_replaced_once()
    {
        byte[] value = [.. Enumerable.Repeat((byte)5, 32)];
        await Database.ExecuteAsync("INSERT INTO server_secret (name, value, created_at) VALUES ('old', $1, now())", value);
        PlainSecret plain = (await Secrets.ListPlainAsync(CancellationToken.None)).ShouldHaveSingleItem();
        plain.Name.ShouldBe("old");
        plain.Value.ShouldBe(value);
        (await Secrets.FindAsync("old", CancellationToken.None)).ShouldBeNull();

        await Secrets.ReplacePlainAsync("old", [7], CancellationToken.None);
        await Secrets.ReplacePlainAsync("old", [6], CancellationToken.None);
        await Secrets.RewriteAsync(CancellationToken.None);

        (await Secrets.FindAsync("old", CancellationToken.None)).ShouldBe([7]);
        (await Secrets.ListPlainAsync(CancellationToken.None)).ShouldBeEmpty();
    }

    [Fact]
    public async Task Of_servers_that_bring_a_master_key_first_at_once_one_is_remembered()
    {
        (await MasterKeys.FindAsync(CancellationToken.None)).ShouldBeNull();
        await Task.WhenAll(Enumerable.Range(0, 8).Select(n => MasterKeys.AddIfNoneAsync(new MasterKeyCheck($"key-{n}", [(byte)n]), CancellationToken.None)));

        MasterKeyCheck check = (await MasterKeys.FindAsync(CancellationToken.None)).ShouldNotBeNull();
        check.KeyId.ShouldBe($"key-{check.CheckValue.ShouldHaveSingleItem()}");
        (await Database.ScalarAsync<long>("SELECT count(*) FROM master_key")).ShouldBe(1);
    }
}
