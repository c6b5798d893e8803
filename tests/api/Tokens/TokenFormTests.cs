using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using Shouldly;
using StepCloud.Api.Tokens;
using Xunit;

namespace StepCloud.Tests.Api.Tokens;

/// <summary>One token has one spelling: whatever another reader might read the same way is refused.</summary>
public sealed class TokenFormTests
{
    private const string Alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

    [Theory]
    [InlineData("")]
    [InlineData(".")]
    [InlineData("..")]
    [InlineData("...")]
    [InlineData("e30.e30")]
    [InlineData("e30.e30.e30.e30")]
    [InlineData("e30.e30.e30.e30.e30")]
    [InlineData("Bearer e30.e30.e30")]
    public async Task What_is_not_three_parts_is_refused(string text)
    {
        TokenRig rig = await TokenRig.CreateAsync();
        rig.ShouldRefuse(text, AccessTokenFault.Malformed);
    }

    [Fact]
    public async Task A_part_more_or_less_on_a_good_token_is_refused()
    {
        TokenRig rig = await TokenRig.CreateAsync();
        string token = rig.Issue();
        rig.ShouldRefuse(token + ".", AccessTokenFault.Malformed);
        rig.ShouldRefuse("." + token, AccessTokenFault.Malformed);
        rig.ShouldRefuse(token[..token.LastIndexOf('.')], AccessTokenFault.Malformed);
    }

    [Theory]
    [InlineData("=")]
    [InlineData("==")]
    [InlineData(" ")]
    [InlineData("\n")]
    [InlineData("%3D")]
    [InlineData("\0")]
    [InlineData("é")]
    public async Task Padding_white_space_and_foreign_characters_are_refused_after_each_part(string junk)
    {
        TokenRig rig = await TokenRig.CreateAsync();
        string[] parts = rig.Issue().Split('.');
        for (int i = 0; i < parts.Length; i++)
        {
            string[] changed = [.. parts];
            changed[i] += junk;
            rig.ShouldRefuse(string.Join('.', changed), AccessTokenFault.Malformed);
        }
    }

    [Fact]
    public async Task The_alphabet_of_plain_base64_is_refused()
    {
        TokenRig rig = await TokenRig.CreateAsync();
        string token = rig.Issue();
        while (!token.AsSpan().ContainsAny("-_"))
            token = rig.Issue();
        rig.ShouldAccept(token);
        rig.ShouldRefuse(token.Replace('-', '+').Replace('_', '/'), AccessTokenFault.Malformed);
    }

    [Fact]
    public async Task Bits_that_mean_nothing_in_the_last_character_must_be_zero()
    {
        TokenRig rig = await TokenRig.CreateAsync();
        string token = rig.Issue();

        // 64 bytes are 86 characters, the last of which carries two bits: 15 of its 63 siblings decode to the same bytes.
        int last = Alphabet.IndexOf(token[^1]);
        char[] siblings = [.. Alphabet.Where(c => Alphabet.IndexOf(c) >> 4 == last >> 4 && c != token[^1])];
        siblings.Length.ShouldBe(15);
        foreach (char sibling in siblings)
            rig.ShouldRefuse(token[..^1] + sibling, AccessTokenFault.Malformed);
    }

    [Fact]
    public async Task A_signature_in_DER_or_of_another_length_is_refused()
    {
        TokenRig rig = await TokenRig.CreateAsync();
        string token = rig.Issue(), input = token[..token.LastIndexOf('.')];
        byte[] signature = Base64Url.DecodeFromChars(token.AsSpan(input.Length + 1));
        using ECDsa ecdsa = ECDsa.Create();
        ecdsa.ImportPkcs8PrivateKey(rig.Keys.Current.ExportPkcs8(), out _);
        byte[] der = ecdsa.SignData(Encoding.ASCII.GetBytes(input), HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence);

        foreach (byte[] wrong in new[] { der, signature[..63], [.. signature, 0], [0, .. signature], [] })
            rig.ShouldRefuse($"{input}.{Base64Url.EncodeToString(wrong)}", AccessTokenFault.BadSignature);
    }

    [Fact]
    public async Task A_signature_of_zeros_or_of_the_order_of_the_curve_is_refused()
    {
        TokenRig rig = await TokenRig.CreateAsync();
        string token = rig.Issue(), input = token[..token.LastIndexOf('.')];
        byte[] zero = new byte[32];
        byte[] order = Convert.FromHexString("FFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551");
        byte[] highest = [.. Enumerable.Repeat((byte)0xFF, 32)];

        // Java's verifier took the first for a signature of anything (CVE-2022-21449).
        foreach (byte[] r in new[] { zero, order, highest })
        {
            foreach (byte[] s in new[] { zero, order, highest })
                rig.ShouldRefuse($"{input}.{Base64Url.EncodeToString([.. r, .. s])}", AccessTokenFault.BadSignature);
        }
    }

    [Theory]
    [InlineData("""{"alg":"ES256","typ":"at+jwt","kid":"KID","alg":"ES256"}""")]
    [InlineData("""{"alg":"none","typ":"at+jwt","kid":"KID","alg":"ES256"}""")]
    [InlineData("""{"alg":"ES256","typ":"at+jwt","kid":"KID","\u0061lg":"ES256"}""")]
    [InlineData("""{"alg":"ES256","typ":"at+jwt","kid":"KID","x":1,"x":1}""")]
    public async Task A_member_that_comes_twice_in_the_header_is_refused(string header)
    {
        TokenRig rig = await TokenRig.CreateAsync();
        rig.ShouldRefuse(rig.Forge(header.Replace("KID", rig.Keys.Current.KeyId), rig.Claims().ToJsonString()), AccessTokenFault.Malformed);
    }

    [Theory]
    [InlineData("\"jti\":\"forged\"")]
    [InlineData("\"aud\":\"stepcloud:gateway\"")]
    [InlineData("\"\\u0061ud\":\"stepcloud:gateway\"")]
    [InlineData("\"x\":1,\"x\":1")]
    [InlineData("\"x\":{\"y\":1},\"x\":{\"y\":1}")]
    public async Task A_member_that_comes_twice_in_the_claims_is_refused(string added)
    {
        TokenRig rig = await TokenRig.CreateAsync();
        string claims = rig.Claims().ToJsonString();
        rig.ShouldAccept(rig.Forge(rig.Header().ToJsonString(), $"{claims[..^1]},\"z\":1}}"));
        rig.ShouldRefuse(rig.Forge(rig.Header().ToJsonString(), $"{claims[..^1]},{added}}}"), AccessTokenFault.Malformed);
    }

    public static TheoryData<string, byte[]> BadJson => new()
    {
        { "empty", [] },
        { "not JSON", "x"u8.ToArray() },
        { "null", "null"u8.ToArray() },
        { "an array", "[]"u8.ToArray() },
        { "a string", "\"alg\""u8.ToArray() },
        { "cut off", "{\"alg\":\"ES256\""u8.ToArray() },
        { "two objects", "{}{}"u8.ToArray() },
        { "a comment", "{/**/}"u8.ToArray() },
        { "a trailing comma", "{\"x\":1,}"u8.ToArray() },
        { "a byte order mark", [0xEF, 0xBB, 0xBF, .. "{}"u8] },
        { "a value that is not UTF-8", [.. "{\"alg\":\""u8, 0xFF, .. "\"}"u8] },
        { "a name that is not UTF-8", [.. "{\""u8, 0xC3, .. "\":1}"u8] },
        { "half a surrogate pair as a value", "{\"alg\":\"\\uD800\",\"iss\":\"\\uD800\"}"u8.ToArray() },
        { "half a surrogate pair as a name", "{\"\\uD800\":1}"u8.ToArray() },
        { "depth", Encoding.ASCII.GetBytes($"{{\"x\":{new string('[', 9)}{new string(']', 9)}}}") },
    };

    [Theory]
    [MemberData(nameof(BadJson))]
    public async Task A_header_or_claims_that_are_not_strict_JSON_are_refused(string what, byte[] json)
    {
        TokenRig rig = await TokenRig.CreateAsync();
        string inHeader = rig.Forge(json, Encoding.UTF8.GetBytes(rig.Claims().ToJsonString()));
        string inClaims = rig.Forge(Encoding.UTF8.GetBytes(rig.Header().ToJsonString()), json);
        rig.Verifier.Verify(inHeader).ShouldBe(new AccessTokenOutcome.Invalid(AccessTokenFault.Malformed), what);
        rig.Verifier.Verify(inClaims).ShouldBe(new AccessTokenOutcome.Invalid(AccessTokenFault.Malformed), what);
    }

    [Fact]
    public async Task A_token_is_read_up_to_its_greatest_length_and_refused_beyond_it()
    {
        TokenRig rig = await TokenRig.CreateAsync();
        string Forge(int padding) => rig.Forge(claims: claims => claims["x"] = new string('x', padding));
        int padding = 2000;
        while (Forge(padding + 1).Length <= AccessTokenVerifier.TokenCharsMax)
            padding++;

        rig.ShouldAccept(Forge(padding));
        rig.ShouldRefuse(Forge(padding + 1), AccessTokenFault.TooLong);
        rig.ShouldRefuse(new string('.', 1_000_000), AccessTokenFault.TooLong);
    }
}
