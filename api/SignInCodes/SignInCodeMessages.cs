using StepCloud.Api.Tokens;
using StepCloud.Contracts.Ids;
using StepCloud.Contracts.Sessions;
using StepCloud.Storage.SignInCodes;

namespace StepCloud.Api.SignInCodes;

/// <param name="Case">What recordings can be brought of with it.</param>
/// <param name="Code">Shown this once, as `XXXX-XXXX`; only a keyed hash of it is stored.</param>
/// <param name="ExpiresAt">Whoever has not entered it by then needs another.</param>
public sealed record CreatedSignInCodeResponse(SignInCodeId Id, CaseId Case, string Code, DateTimeOffset ExpiresAt);

/// <param name="Case">What recordings can be brought of with it.</param>
/// <param name="TriesLeft">Wrong ones, the last of which destroys it.</param>
public sealed record SignInCodeResponse(SignInCodeId Id, CaseId Case, DateTimeOffset CreatedAt, DateTimeOffset ExpiresAt, int TriesLeft)
{
    public static SignInCodeResponse Of(SignInCodeRow row) => new(row.Id, row.Case, row.CreatedAt, row.ExpiresAt, SignInCodeLimits.WrongTriesMax - row.WrongTries);
}

/// <param name="Code">As it was typed.</param>
/// <param name="DeviceId">What the tablet calls itself, in 1 to 64 letters and digits of ASCII with the signs . _ : - between them. It stands in the audit.</param>
/// <param name="DeviceName">What people call the tablet; null for none. Its user sees it among his sessions.</param>
public sealed record RedeemSignInCodeRequest(string Code, string DeviceId, string? DeviceName = null);

/// <param name="ExpiresIn">Of the token, and of the session with it, in seconds.</param>
/// <param name="Case">All that recordings can be brought of.</param>
public sealed record UploadTokenResponse(string AccessToken, string TokenType, int ExpiresIn, SessionId Session, CaseId Case)
{
    public static UploadTokenResponse Of(UploadGrant grant, IssuedAccessToken access) =>
        new(access.Text, "Bearer", (int)access.ExpiresIn.TotalSeconds, grant.Session, grant.Case);
}
