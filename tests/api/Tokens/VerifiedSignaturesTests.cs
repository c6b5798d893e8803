using Shouldly;
using StepCloud.Api.Tokens;
using Xunit;

namespace StepCloud.Tests.Api.Tokens;

/// <summary>That the verifier remembers which signatures were good must change no answer.</summary>
public sealed class VerifiedSignaturesTests
{
    [Fact]
    public async Task A_good_token_is_good_again_and_a_changed_one_beside_it_is_not()
    {
        TokenRig rig = await TokenRig.CreateAsync();
        string token = rig.Issue();
        for (int time = 0; time < 3; time++)
        {
            rig.ShouldAccept(token);
            for (int at = 0; at < token.Length; at += 3)
            {
                string other = token[..at] + (token[at] == 'A' ? 'B' : 'A') + token[(at + 1)..];
                rig.Verifier.Verify(other).ShouldBeOfType<AccessTokenOutcome.Invalid>(other);
            }
        }
    }

    [Fact]
    public async Task A_good_signature_does_not_help_another_token()
    {
        TokenRig rig = await TokenRig.CreateAsync();
        string first = rig.Issue(), second = rig.Issue();
        rig.ShouldAccept(first);
        rig.ShouldAccept(second);
        string mixed = first[..first.LastIndexOf('.')] + second[second.LastIndexOf('.')..];
        rig.ShouldRefuse(mixed, AccessTokenFault.BadSignature);
    }

    [Fact]
    public async Task A_token_that_was_good_is_refused_when_it_has_expired()
    {
        TokenRig rig = await TokenRig.CreateAsync();
        string token = rig.Issue();
        rig.ShouldAccept(token);
        rig.Clock.Advance(TokenRig.TokenOptions.Lifetime + TimeSpan.FromSeconds(1));
        rig.ShouldRefuse(token, AccessTokenFault.Expired);
    }

    [Fact]
    public async Task A_token_of_another_key_with_the_same_name_is_verified_by_that_key()
    {
        // Two installations, each with a key of its own: what one has found good, the other has to look at.
        TokenRig one = await TokenRig.CreateAsync(), other = await TokenRig.CreateAsync();
        string forged = other.Forge(header => header["kid"] = one.Keys.Current.KeyId);
        one.ShouldAccept(one.Issue());
        one.ShouldRefuse(forged, AccessTokenFault.BadSignature);
        one.ShouldRefuse(forged, AccessTokenFault.BadSignature);
    }
}
