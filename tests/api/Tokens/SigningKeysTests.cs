using System.Security.Cryptography;
using System.Text.Json;
using Microsoft.Extensions.Options;
using Shouldly;
using StepCloud.Api.Tokens;
using StepCloud.Tests.Support;
using Xunit;

namespace StepCloud.Tests.Api.Tokens;

public sealed class SigningKeysTests
{
    [Fact]
    public async Task The_first_start_makes_a_key_and_the_next_finds_it()
    {
        MemorySigningKeyStore store = new();
        FakeClock clock = new();
        SigningKeys first = await LoadAsync(store, clock);
        clock.Advance(TimeSpan.FromDays(1));
        SigningKeys second = await LoadAsync(store, clock);

        second.Current.KeyId.ShouldBe(first.Current.KeyId);
        store.Keys.ShouldHaveSingleItem().Life.ShouldBe(new SigningKeyLife(FakeClock.Start, FakeClock.Start, null, null));
    }

    [Fact]
    public async Task Two_processes_that_both_find_no_key_end_with_the_same_one()
    {
        // Both have read the empty store before either goes on.
        using Barrier bothHaveRead = new(2);
        int lists = 0;
        MemorySigningKeyStore store = new();
        store.AfterList = async () =>
        {
            if (Interlocked.Increment(ref lists) <= 2)
                await Task.Run(() => bothHaveRead.SignalAndWait(TimeSpan.FromSeconds(30)).ShouldBeTrue());
        };

        SigningKeys[] rings = await Task.WhenAll(LoadAsync(store), LoadAsync(store));

        rings[0].Current.KeyId.ShouldBe(rings[1].Current.KeyId);
        store.Keys.Count.ShouldBe(1);
    }

    [Fact]
    public async Task A_key_stored_under_the_name_of_another_is_refused_and_the_ring_in_use_stays()
    {
        MemorySigningKeyStore store = new();
        SigningKeys keys = await LoadAsync(store);
        string inUse = keys.Current.KeyId;
        SigningKey other = SigningKey.Generate();
        store.Keys[0] = store.Keys[0] with { Pkcs8 = other.ExportPkcs8() };

        (await Should.ThrowAsync<InvalidOperationException>(keys.LoadAsync(CancellationToken.None))).Message.ShouldContain(other.KeyId);
        keys.Current.KeyId.ShouldBe(inUse);
    }

    [Fact]
    public async Task Two_open_keys_are_refused()
    {
        SigningKey[] both = [SigningKey.Generate(), SigningKey.Generate()];
        MemorySigningKeyStore store = new();
        store.Keys.AddRange(both.Select(key => MemorySigningKeyStore.Open(key)));
        (await Should.ThrowAsync<InvalidOperationException>(LoadAsync(store))).Message.ShouldContain("the store has 2");
    }

    [Fact]
    public void The_ring_is_not_used_before_it_is_loaded() =>
        Should.Throw<InvalidOperationException>(() => new SigningKeys(new MemorySigningKeyStore(), Options.Create(new AccessTokenOptions()), new FakeClock()).Current);

    [Fact]
    public void A_key_on_another_curve_damaged_or_with_more_behind_it_is_refused()
    {
        using ECDsa p384 = ECDsa.Create(ECCurve.NamedCurves.nistP384);
        using RSA rsa = RSA.Create(2048);
        byte[] good = SigningKey.Generate().ExportPkcs8();
        foreach (byte[] wrong in new[] { p384.ExportPkcs8PrivateKey(), rsa.ExportPkcs8PrivateKey(), good[..^1], [.. good, 0], [] })
            Should.Throw<CryptographicException>(() => SigningKey.ImportPkcs8(wrong));

        byte[] spki = SigningKey.Generate().ExportSpki();
        foreach (byte[] wrong in new[] { p384.ExportSubjectPublicKeyInfo(), rsa.ExportSubjectPublicKeyInfo(), spki[..^1], [.. spki, 0], [] })
            Should.Throw<CryptographicException>(() => SigningKey.ImportSpki(wrong));
    }

    [Fact]
    public void A_public_key_verifies_and_does_not_sign()
    {
        byte[] data = [1, 2, 3];
        SigningKey pair = SigningKey.Generate(), half = SigningKey.ImportSpki(pair.ExportSpki());
        (pair.CanSign, half.CanSign).ShouldBe((true, false));
        half.KeyId.ShouldBe(pair.KeyId);
        half.Verify(data, pair.Sign(data)).ShouldBeTrue();
        half.Verify(data, SigningKey.Generate().Sign(data)).ShouldBeFalse();
        Should.Throw<CryptographicException>(() => half.Sign(data));
        Should.Throw<CryptographicException>(half.ExportPkcs8);
    }

    [Fact]
    public void A_key_survives_its_storing()
    {
        byte[] data = [1, 2, 3];
        SigningKey key = SigningKey.Generate(), read = SigningKey.ImportPkcs8(key.ExportPkcs8());
        read.KeyId.ShouldBe(key.KeyId);
        key.Verify(data, read.Sign(data)).ShouldBeTrue();

        using ECDsa publicKey = ECDsa.Create();
        publicKey.ImportSubjectPublicKeyInfo(key.ExportSpki(), out _);
        publicKey.VerifyData(data, read.Sign(data), HashAlgorithmName.SHA256).ShouldBeTrue();
    }

    [Fact]
    public async Task What_is_published_are_public_keys_only()
    {
        SigningKeys keys = await LoadAsync(new MemorySigningKeyStore());

        JsonElement document = JsonSerializer.SerializeToElement(keys.Published);

        JsonElement key = document.GetProperty("keys").EnumerateArray().ShouldHaveSingleItem();
        key.EnumerateObject().Select(member => member.Name).ShouldBe(["kid", "x", "y", "kty", "crv", "use", "alg"], ignoreOrder: true);
        key.GetProperty("kid").GetString().ShouldBe(keys.Current.KeyId);
        key.GetProperty("kty").GetString().ShouldBe("EC");
        key.GetProperty("crv").GetString().ShouldBe("P-256");
        key.GetProperty("use").GetString().ShouldBe("sig");
        key.GetProperty("alg").GetString().ShouldBe("ES256");
    }

    private static async Task<SigningKeys> LoadAsync(ISigningKeyStore store, FakeClock? clock = null)
    {
        SigningKeys keys = new(store, Options.Create(new AccessTokenOptions()), clock ?? new FakeClock());
        await keys.LoadAsync(CancellationToken.None);
        return keys;
    }
}
