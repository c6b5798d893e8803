using System.Security.Cryptography;
using System.Text;
using Shouldly;
using StepCloud.Actors.Ports;
using StepCloud.Storage.Keys;
using Xunit;

namespace StepCloud.Tests.Storage;

public sealed class SecretKeyTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(300)]
    public void What_is_sealed_opens_for_the_same_purpose_under_the_same_key_only(int bytes)
    {
        using SecretKey key = SecretKey.New();
        using SecretKey other = SecretKey.New();
        byte[] secret = RandomNumberGenerator.GetBytes(bytes);

        byte[] sealedBytes = key.Seal("case-name:1", secret);

        key.Open("case-name:1", sealedBytes).ShouldBe(secret);
        Should.Throw<SealBrokenException>(() => key.Open("case-name:2", sealedBytes));
        Should.Throw<SealBrokenException>(() => other.Open("case-name:1", sealedBytes));
    }

    [Fact]
    public void What_was_altered_in_any_byte_or_cut_off_anywhere_does_not_open()
    {
        using SecretKey key = SecretKey.New();
        byte[] sealedBytes = key.Seal("p", "Aroha Ngata"u8);
        for (int i = 0; i < sealedBytes.Length; i++)
        {
            byte[] altered = [.. sealedBytes];
            altered[i] ^= 1;
            Should.Throw<SealBrokenException>(() => key.Open("p", altered));
            Should.Throw<SealBrokenException>(() => key.Open("p", sealedBytes.AsSpan(0, i)));
        }
    }

    [Fact]
    public void The_same_is_sealed_otherwise_each_time_and_hashed_the_same_each_time()
    {
        using SecretKey key = SecretKey.New();
        key.Seal("p", "x"u8).ShouldNotBe(key.Seal("p", "x"u8));
        key.Hash("p", "x"u8).ShouldBe(key.Hash("p", "x"u8));
        key.Hash("p", "x"u8).ShouldNotBe(key.Hash("q", "x"u8));
        using SecretKey other = SecretKey.New();
        other.Hash("p", "x"u8).ShouldNotBe(key.Hash("p", "x"u8));
    }

    /// <summary>By another implementation: Python's `hmac` and `hashlib`, HKDF as RFC 5869 §2 writes it.</summary>
    [Fact]
    public void A_hash_is_what_another_implementation_computes()
    {
        using SecretKey key = SecretKey.Take([.. Enumerable.Range(0, 32).Select(n => (byte)n)]);
        Convert.ToHexStringLower(key.Hash("look-up:reference", Encoding.UTF8.GetBytes("ZZZ0016"))).ShouldBe("8bbe2566afc20b8c2e8e7ea060f219dc11e0c1c5a4c9862a2ac3d67c25d9b4d4");
    }

    [Fact]
    public void A_disposed_key_holds_zeroes_and_does_nothing_any_more()
    {
        SecretKey key = SecretKey.New();
        ReadOnlySpan<byte> value = key.Value;
        key.Dispose();
        value.ContainsAnyExcept((byte)0).ShouldBeFalse();
        Should.Throw<ObjectDisposedException>(() => key.Seal("p", []));
    }

    [Fact]
    public void The_bytes_that_a_key_is_made_of_are_zeroed()
    {
        byte[] bytes = RandomNumberGenerator.GetBytes(SecretKey.Bytes);
        using SecretKey key = SecretKey.Take(bytes);
        bytes.ShouldAllBe(one => one == 0);
        Should.Throw<ArgumentException>(() => SecretKey.Take(new byte[31]));
    }
}
