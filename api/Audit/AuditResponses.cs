using System.Text.Encodings.Web;
using System.Text.Json;
using StepCloud.Contracts.Audit;
using StepCloud.Contracts.Ids;

namespace StepCloud.Api.Audit;

/// <summary>An entry of the audit, with all that its hash is made of (docs/AUDIT.md).</summary>
/// <param name="Organization">Null in the chain of the installation.</param>
/// <param name="At">UTC, always with six digits behind the second.</param>
/// <param name="Old">A JSON text, letter by letter as it was hashed; null where nothing was changed.</param>
/// <param name="New">A JSON text, letter by letter as it was hashed.</param>
/// <param name="PreviousHash">In hexadecimal.</param>
/// <param name="Hash">In hexadecimal.</param>
public sealed record AuditEntryResponse(
    OrganizationId? Organization, long Sequence, string At, AuditDoerResponse Doer, string Action, AuditSubject Subject, string? Old, string? New,
    string PreviousHash, string Hash)
{
    public static AuditEntryResponse Of(AuditEntry entry) => new(
        entry.Organization, entry.Sequence, entry.At.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'"),
        new AuditDoerResponse(entry.DoerKind, entry.DoerId, entry.RemoteAddress, entry.Agent), entry.Action,
        new AuditSubject(entry.SubjectKind, entry.SubjectId), entry.Old, entry.New,
        Convert.ToHexStringLower(entry.PreviousHash), Convert.ToHexStringLower(entry.Hash));
}

/// <param name="Kind">`user`, `gateway`, `administrator`, `system` or `anonymous`.</param>
public sealed record AuditDoerResponse(string Kind, Guid? Id, string RemoteAddress, string Agent);

/// <summary>The lines of an export: the entries of a chain, its signed heads, and the public keys to check those by.</summary>
internal static class AuditLines
{
    private static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    public static string Of(AuditEntry entry) => JsonSerializer.Serialize(AuditEntryResponse.Of(entry), Json);

    public static string Of(AuditHead head) => JsonSerializer.Serialize(new { head = head.Jws }, Json);

    public static string Of(Tokens.JsonWebKey key) => JsonSerializer.Serialize(new { key }, Json);
}
