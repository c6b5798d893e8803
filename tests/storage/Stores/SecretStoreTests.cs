using Shouldly;
using StepCloud.Storage;
using Xunit;

namespace StepCloud.Tests.Storage;

public sealed class SecretStoreTests : StoreTests
{
    private SigningKeyStore Keys => new(Installation.Stores);

    private ServerSecretStore Secrets => new(Installation.Stores, Installation.Clock);

    [Fact]
    public async Task Of_processes_that_make_the_first_signing_key_at_once_one_does()
    {
        await Task.WhenAll(Enumerable.Range(0, 8).Select(n => Keys.AddIfNoneCurrentAsync(Key($"key-{n}"), CancellationToken.None)));

        (await Keys.ListAsync(CancellationToken.None)).ShouldHaveSingleItem();
    }

    [Fact]
    public async Task A_key_comes_back_as_it_was_and_a_retired_one_makes_room()
    {
        SigningKeyRow first = Key("first");
        await Keys.AddIfNoneCurrentAsync(first, CancellationToken.None);
        SigningKeyRow stored = (await Keys.ListAsync(CancellationToken.None)).ShouldHaveSingleItem();
        (stored.KeyId, stored.CreatedAt, stored.RetiredAt).ShouldBe((first.KeyId, first.CreatedAt, null));
        stored.Pkcs8.ShouldBe(first.Pkcs8);
        stored.PublicKeySpki.ShouldBe(first.PublicKeySpki);

        await Database.ExecuteAsync("UPDATE signing_key SET retired_at = $1", Now.AddDays(1));
        await Keys.AddIfNoneCurrentAsync(Key("second") with { CreatedAt = Now.AddDays(1) }, CancellationToken.None);

        (await Keys.ListAsync(CancellationToken.None)).Select(key => (key.KeyId, key.RetiredAt)).ShouldBe([("second", null), ("first", Now.AddDays(1))]);
    }

    [Fact]
    public async Task A_secret_is_the_same_for_all_who_ask_first_at_once_and_another_under_another_name()
    {
        byte[][] secrets = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Secrets.GetOrCreateAsync("a", CancellationToken.None)));

        secrets.ShouldAllBe(secret => secret.SequenceEqual(secrets[0]));
        secrets[0].Length.ShouldBe(ServerSecretStore.SecretBytes);
        (await Secrets.GetOrCreateAsync("a", CancellationToken.None)).ShouldBe(secrets[0]);
        (await Secrets.GetOrCreateAsync("b", CancellationToken.None)).ShouldNotBe(secrets[0]);
    }

    private static SigningKeyRow Key(string id) => new(id, [1, 2, 3], [4, 5], Now, RetiredAt: null);
}
