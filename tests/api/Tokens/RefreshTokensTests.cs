using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using Shouldly;
using StepCloud.Actors.Ports;
using StepCloud.Api.Tokens;
using StepCloud.Contracts.Ids;
using Xunit;

namespace StepCloud.Tests.Api.Tokens;

public sealed class RefreshTokensTests
{
    private static readonly byte[] Secret = [.. Enumerable.Range(0, 32).Select(i => (byte)i)];

    private readonly RefreshTokens _tokens = new(Secret);

    [Fact]
    public void A_token_is_256_bits_in_base64url_and_never_the_same()
    {
        string[] created = [.. Enumerable.Range(0, 100).Select(_ => _tokens.Create())];
        created.Distinct().Count().ShouldBe(100);
        created.ShouldAllBe(token => token.Length == 43 && Base64Url.DecodeFromChars(token).Length == 32);
    }

    [Fact]
    public void A_retry_gets_the_same_successor_from_every_node()
    {
        string token = _tokens.Create();
        new RefreshTokens(Secret).Successor(token).ShouldBe(_tokens.Successor(token));
    }

    [Fact]
    public void A_successor_is_a_token_like_any_other_and_has_successors_of_its_own()
    {
        HashSet<string> seen = [];
        string token = _tokens.Create();
        for (int i = 0; i < 100; i++, token = _tokens.Successor(token))
        {
            seen.Add(token).ShouldBeTrue();
            Base64Url.DecodeFromChars(token).Length.ShouldBe(32);
        }
    }

    [Fact]
    public void Without_the_secret_the_successor_cannot_be_told()
    {
        string token = _tokens.Create();
        byte[] otherSecret = [.. Secret];
        otherSecret[31] ^= 1;
        new RefreshTokens(otherSecret).Successor(token).ShouldNotBe(_tokens.Successor(token));
    }

    [Fact]
    public void The_secret_is_bound_to_this_use_by_a_label()
    {
        // What another part of the system might compute with the same secret over the same token.
        string token = _tokens.Create();
        byte[] unlabelled = HMACSHA256.HashData(Secret, Encoding.UTF8.GetBytes(token));
        _tokens.Successor(token).ShouldNotBe(Base64Url.EncodeToString(unlabelled));

        byte[] labelled = HMACSHA256.HashData(Secret, Encoding.UTF8.GetBytes("stepcloud refresh token successor v1\0" + token));
        _tokens.Successor(token).ShouldBe(Base64Url.EncodeToString(labelled));
    }

    [Fact]
    public void A_proof_tells_session_and_time_and_every_change_of_a_letter_undoes_it()
    {
        SessionId session = SessionId.New(TimeProvider.System);
        DateTimeOffset at = new DateTimeOffset(2026, 11, 22, 9, 0, 0, TimeSpan.Zero).AddTicks(1234567);
        string proven = _tokens.WithProof(_tokens.Create(), session, at);
        proven.Length.ShouldBe(98);
        _tokens.ReadProof(proven).ShouldBe(new TokenProof(session, at.AddTicks(-7)), "whole microseconds");
        new RefreshTokens(Secret).WithProof(proven[..43], session, at).ShouldBe(proven, "a retry gets the same");

        byte[] otherSecret = [.. Secret];
        otherSecret[0] ^= 1;
        new RefreshTokens(otherSecret).ReadProof(proven).ShouldBeNull();
        for (int i = 0; i < proven.Length; i++)
        {
            foreach (char other in "Ab0-_.=")
                if (proven[i] != other) _tokens.ReadProof(proven[..i] + other + proven[(i + 1)..]).ShouldBeNull($"letter {i} as {other}");
            _tokens.ReadProof(proven[..i]).ShouldBeNull($"cut after {i}");
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData(".")]
    [InlineData("a.b")]
    [InlineData("k7WcAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")]
    public void What_has_no_proof_proves_nothing(string token) => _tokens.ReadProof(token).ShouldBeNull();

    [Fact]
    public void The_hash_is_SHA_256_of_the_text() =>
        Convert.ToHexStringLower(_tokens.Hash("abc")).ShouldBe("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");

    [Fact]
    public void Later_changes_to_the_callers_array_do_not_reach_the_secret()
    {
        byte[] callers = [.. Secret];
        RefreshTokens tokens = new(callers);
        Array.Clear(callers);
        tokens.Successor("token").ShouldBe(_tokens.Successor("token"));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(31)]
    [InlineData(33)]
    public void A_secret_of_another_length_is_refused(int length) =>
        Should.Throw<ArgumentException>(() => new RefreshTokens(new byte[length])).Message.ShouldContain("32 bytes");
}
