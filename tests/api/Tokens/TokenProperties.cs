using FsCheck;
using FsCheck.Fluent;
using StepCloud.Api.Tokens;
using Xunit;

namespace StepCloud.Tests.Api.Tokens;

public sealed class TokenProperties
{
    private const string Base64UrlAndDot = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.";

    private static readonly Config Many = Config.QuickThrowOnFailure.WithMaxTest(2_000);

    [Fact]
    public async Task A_token_of_which_one_character_is_another_is_refused()
    {
        TokenRig rig = await TokenRig.CreateAsync();
        string token = rig.Issue();
        rig.ShouldAccept(token);
        Gen<string> mutated =
            from position in Gen.Choose(0, token.Length - 1)
            from other in Gen.OneOf(Gen.Elements(Base64UrlAndDot.ToCharArray()), Gen.Choose(0, 0xFFFF).Select(code => (char)code))
            where other != token[position]
            select $"{token[..position]}{other}{token[(position + 1)..]}";
        Check.One(Many, Prop.ForAll(mutated.ToArbitrary(), text => IsRefused(rig, text)));
    }

    [Fact]
    public async Task A_token_that_lost_or_won_a_character_or_was_cut_is_refused()
    {
        TokenRig rig = await TokenRig.CreateAsync();
        string token = rig.Issue();
        rig.ShouldAccept(token);
        Gen<string> changed = Gen.Choose(0, token.Length - 1).SelectMany(position => Gen.OneOf(
            Gen.Constant(token.Remove(position, 1)),
            Gen.Constant(token[..position]),
            Gen.Elements(Base64UrlAndDot.ToCharArray()).Select(added => token.Insert(position, added.ToString()))));

        // To take out a character of a run, or to double one, is not always to change the text.
        Check.One(Many, Prop.ForAll(changed.Where(text => text != token).ToArbitrary(), text => IsRefused(rig, text)));
    }

    [Fact]
    public async Task Several_changes_at_once_and_parts_of_another_token_are_refused()
    {
        TokenRig rig = await TokenRig.CreateAsync();
        string[] good = [rig.Issue(), rig.Issuer.Issue(TokenRig.Grant(Contracts.Sessions.HolderKind.Gateway)).Text];
        Array.ForEach(good, token => rig.ShouldAccept(token));
        string[] parts = [.. good.SelectMany(token => token.Split('.')), "", "e30"];
        Gen<string> mixed = Gen.Elements(parts).ArrayOf(3).Select(three => string.Join('.', three));
        Gen<string> changed = Gen.Elements(good).SelectMany(token => Change(token, Gen.Choose(1, 8)));
        Gen<string> either = Gen.OneOf(mixed, changed, mixed.SelectMany(token => Change(token, Gen.Choose(0, 3))));

        // The two headers are the same text, so a header of one on the rest of the other is no change.
        Check.One(Many, Prop.ForAll(either.Where(text => !good.Contains(text)).ToArbitrary(), text => IsRefused(rig, text)));
    }

    [Fact]
    public async Task No_text_makes_the_verifier_throw_and_none_is_accepted()
    {
        TokenRig rig = await TokenRig.CreateAsync();
        Check.One(Many, Prop.ForAll(ArbMap.Default.ArbFor<string?>(), text => IsRefused(rig, text ?? "")));
    }

    [Fact]
    public async Task No_bytes_in_any_part_make_the_verifier_throw_even_when_they_are_signed()
    {
        TokenRig rig = await TokenRig.CreateAsync();
        byte[] header = System.Text.Encoding.UTF8.GetBytes(rig.Header().ToJsonString());
        Check.One(Many, Prop.ForAll<byte[], byte[]>((first, second) =>
            IsRefused(rig, rig.Forge(first, second)) && IsRefused(rig, rig.Forge(header, second))));
    }

    [Fact]
    public async Task Claims_of_which_one_byte_is_another_never_make_the_verifier_throw_although_they_are_signed()
    {
        TokenRig rig = await TokenRig.CreateAsync();
        byte[] header = System.Text.Encoding.UTF8.GetBytes(rig.Header().ToJsonString());
        byte[] claims = System.Text.Encoding.UTF8.GetBytes(rig.Claims().ToJsonString());
        Gen<string> forged =
            from position in Gen.Choose(0, claims.Length - 1)
            from value in Gen.Choose(0, 255)
            select rig.Forge(header, [.. claims[..position], (byte)value, .. claims[(position + 1)..]]);

        // Some of these are good tokens with another `jti`; that each gets an answer is what counts.
        Check.One(Many, Prop.ForAll(forged.ToArbitrary(), text => rig.Verifier.Verify(text) is not null));
    }

    [Fact]
    public void Successors_never_throw_and_tell_apart_what_the_hash_tells_apart()
    {
        RefreshTokens tokens = new(new byte[RefreshTokens.SecretBytes]);
        Check.One(Many, Prop.ForAll(ArbMap.Default.ArbFor<NonNull<string>>(), ArbMap.Default.ArbFor<NonNull<string>>(), (a, b) =>
            tokens.Hash(a.Get).AsSpan().SequenceEqual(tokens.Hash(b.Get)) == (tokens.Successor(a.Get) == tokens.Successor(b.Get))));
    }

    /// <summary>So many times: a character is replaced, taken out, doubled, or a piece is moved.</summary>
    private static Gen<string> Change(string token, Gen<int> times) =>
        from count in times
        from changes in Gen.Choose(0, int.MaxValue - 1).ArrayOf(count * 3)
        select Enumerable.Range(0, count).Aggregate(token, (text, n) => Changed(text, changes[n * 3], changes[(n * 3) + 1], changes[(n * 3) + 2]));

    private static string Changed(string text, int how, int where, int what)
    {
        if (text.Length == 0)
            return text;
        int at = where % text.Length, end = at + (what % (text.Length - at));
        return (how % 4) switch
        {
            0 => $"{text[..at]}{Base64UrlAndDot[what % Base64UrlAndDot.Length]}{text[(at + 1)..]}",
            1 => text.Remove(at, 1),
            2 => text.Insert(at, text[at].ToString()),
            _ => text[at..end] + text[..at] + text[end..],
        };
    }

    private static bool IsRefused(TokenRig rig, string text) => rig.Verifier.Verify(text) is AccessTokenOutcome.Invalid;
}
