using StepCloud.Actors.Ports;
using StepCloud.Actors.Users;
using StepCloud.Contracts.Audit;
using StepCloud.Contracts.Ids;
using StepCloud.Storage.SignInCodes;

namespace StepCloud.Api.SignInCodes;

/// <summary>Makes sign-in codes, and keys their hashes by the server's secret.</summary>
internal sealed class SignInCodeMaker(SignInCodeStore codes, IRefreshTokens tokens, TimeProvider clock)
{
    /// <returns>The code as it is shown is good only when it was added.</returns>
    public async Task<(SignInCodeAddition Addition, SignInCodeId Id, string Shown)> MakeAsync(
        OrganizationId organization, UserId user, SessionId session, CaseId of, AuditDoer doer, CancellationToken cancellationToken)
    {
        SignInCodeId id = SignInCodeId.New(clock);
        string code = "";
        SignInCodeAddition addition = await codes.AddAsync(
            new NewSignInCode(id, organization, user, session, of, () =>
            {
                code = SignInCodeText.Create();
                return (SignInCodeText.SelectorOf(code), HashOf(code));
            }),
            doer, cancellationToken);
        return (addition, id, addition is SignInCodeAddition.Added ? SignInCodeText.Show(code) : "");
    }

    /// <param name="code">In its normal form.</param>
    public byte[] HashOf(string code) => tokens.Hash(tokens.Successor("sign-in code " + code));
}
