using Npgsql;
using StepCloud.Contracts.Audit;
using StepCloud.Contracts.Ids;
using StepCloud.Contracts.Sessions;

namespace StepCloud.Storage.SignInCodes;

/// <summary>A code that is to be made.</summary>
/// <param name="Session">With which it is asked for.</param>
/// <param name="Draw">Another code each time: its selector, and the keyed hash of all of it.</param>
public sealed record NewSignInCode(
    SignInCodeId Id, OrganizationId Organization, UserId User, SessionId Session, CaseId Case, Func<(string Selector, byte[] Hash)> Draw);

/// <summary>A living code, as its user is told of it.</summary>
/// <param name="WrongTries">So far; see <see cref="SignInCodeLimits.WrongTriesMax"/>.</param>
public sealed record SignInCodeRow(SignInCodeId Id, CaseId Case, DateTimeOffset CreatedAt, DateTimeOffset ExpiresAt, int WrongTries)
{
    internal static SignInCodeRow Read(NpgsqlDataReader row) => new(
        new SignInCodeId(row.GetGuid(0)), new CaseId(row.GetGuid(1)), row.GetFieldValue<DateTimeOffset>(2), row.GetFieldValue<DateTimeOffset>(3), row.GetInt16(4));
}

/// <summary>A code that somebody has entered at a tablet.</summary>
/// <param name="Hash">Keyed, of all of the code.</param>
/// <param name="Network">What is counted as one address.</param>
/// <param name="DeviceName">Null for none.</param>
public sealed record EnteredSignInCode(string Selector, byte[] Hash, string Network, SessionOrigin Origin, string DeviceId, string? DeviceName);

/// <summary>What became of the wish to have a code.</summary>
public abstract record SignInCodeAddition
{
    private SignInCodeAddition()
    {
    }

    public sealed record Added(DateTimeOffset ExpiresAt) : SignInCodeAddition;

    public sealed record UnknownCase : SignInCodeAddition
    {
        public static readonly UnknownCase Instance = new();
    }

    public sealed record CaseErased : SignInCodeAddition
    {
        public static readonly CaseErased Instance = new();
    }

    /// <summary>The user has as many living ones as there can be.</summary>
    public sealed record TooMany : SignInCodeAddition
    {
        public static readonly TooMany Instance = new();
    }

    /// <summary>So many codes live that none could be drawn that is not taken.</summary>
    public sealed record NoneFree : SignInCodeAddition
    {
        public static readonly NoneFree Instance = new();
    }
}

/// <summary>What became of a code that was entered.</summary>
public abstract record RedeemSignInCodeOutcome
{
    private RedeemSignInCodeOutcome()
    {
    }

    public sealed record Begun(UploadGrant Grant) : RedeemSignInCodeOutcome;

    /// <summary>Unknown, wrong, expired, used, destroyed, or of somebody who may not any more: one outcome for all.</summary>
    public sealed record Refused : RedeemSignInCodeOutcome
    {
        public static readonly Refused Instance = new();
    }

    /// <summary>Too much was guessed from that address; the next code is looked at after that time.</summary>
    public sealed record Delayed(TimeSpan RetryAfter) : RedeemSignInCodeOutcome;
}

/// <summary>What the audit says of sign-in codes. Nothing of their letters, and no name of a tablet: people call them after themselves.</summary>
internal static class SignInCodeEntries
{
    public static NewAuditEntry Of(OrganizationId organization, AuditDoer doer, string action, SignInCodeId code, object values) =>
        new(organization, doer, action, new AuditSubject(AuditSubject.SignInCode, code.Value), New: Actors.Ports.AuditValues.Of(values));

    public static NewAuditEntry Withdrawn(OrganizationId organization, AuditDoer doer, SignInCodeId code, CaseId of, string reason) =>
        Of(organization, doer, AuditActions.SignInCodeWithdrawn, code, new { Case = of.Value, reason });
}

/// <summary>Why a code was taken out of use before anybody used it.</summary>
internal static class SignInCodeEnds
{
    public const string ByUser = "by_user";

    /// <summary>The same user has asked for another one for the same case.</summary>
    public const string Replaced = "replaced";

    public const string CaseErased = "case_erased";

    /// <summary>It was entered, and whoever it was made by may not come in any more, or the session that asked for it is over.</summary>
    public const string RightGone = "right_gone";
}
