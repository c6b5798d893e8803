using StepCloud.Contracts.Ids;

namespace StepCloud.Contracts.Audit;

/// <summary>What an entry is about.</summary>
/// <param name="Kind">Such as `gateway`.</param>
/// <param name="Id">A UUID, or whatever names a thing of that kind.</param>
public sealed record AuditSubject(string Kind, string Id)
{
    public const string User = "user";
    public const string AccessKey = "access_key";
    public const string SignInCode = "sign_in_code";
    public const string Invitation = "invitation";
    public const string Gateway = "gateway";
    public const string Device = "device";
    public const string Alarm = "alarm";
    public const string AlarmChannel = "alarm_channel";
    public const string Session = "session";
    public const string Organization = "organization";
    public const string Site = "site";
    public const string Blueprint = "blueprint";
    public const string Job = "job";
    public const string Case = "case";
    public const string Consent = "consent";
    public const string LegalHold = "legal_hold";
    public const string MaintenancePlan = "maintenance_plan";
    public const string Recording = "recording";
    public const string Folder = "folder";
    public const string FolderLink = "folder_link";
    public const string SigningKey = "signing_key";
    public const string RejectedMessage = "rejected_message";
    public const string Installation = "installation";

    public AuditSubject(string kind, Guid id) : this(kind, id.ToString("D"))
    {
    }
}

/// <summary>An entry to be written.</summary>
/// <param name="Organization">Whose chain it belongs to; null for the chain of the installation.</param>
/// <param name="Action">One of <see cref="AuditActions"/>.</param>
/// <param name="Old">What stood there before, a JSON object; null where nothing was changed. Never a secret or its hash.</param>
/// <param name="New">What stands there now, or what else is to be known of it; a JSON object.</param>
public sealed record NewAuditEntry(
    OrganizationId? Organization, AuditDoer Doer, string Action, AuditSubject Subject, string? Old = null, string? New = null);

/// <summary>An entry as it stands in its chain. Every field but <paramref name="Hash"/> is in the hash.</summary>
/// <param name="Sequence">Its place in its chain, from 1 and without gaps: the order of the commits.</param>
/// <param name="At">By the server's clock, in whole microseconds.</param>
/// <param name="Old">JSON text; the hash is over the text.</param>
/// <param name="New">JSON text; the hash is over the text.</param>
/// <param name="PreviousHash">Of the entry before it; 32 zero bytes for the first.</param>
/// <param name="Hash">SHA-256, as docs/AUDIT.md defines it.</param>
public sealed record AuditEntry(
    OrganizationId? Organization,
    long Sequence,
    DateTimeOffset At,
    string DoerKind,
    Guid? DoerId,
    string RemoteAddress,
    string Agent,
    string Action,
    string SubjectKind,
    string SubjectId,
    string? Old,
    string? New,
    byte[] PreviousHash,
    byte[] Hash);

/// <summary>How far a chain had come, signed by the installation.</summary>
/// <param name="Jws">A compact JWS of type `audit-head+jwt` that says the same as the fields.</param>
public sealed record AuditHead(OrganizationId? Organization, long Sequence, byte[] Hash, DateTimeOffset SignedAt, string KeyId, string Jws);
