using System.Text.Encodings.Web;
using System.Text.Json;
using StepCloud.Contracts.Audit;
using StepCloud.Contracts.Ids;

namespace StepCloud.Actors.Ports;

/// <summary>The record of who did what, for what is no change of the database. A change writes its entry in its own transaction, in its store.</summary>
public interface IAuditTrail
{
    /// <summary>Commits the entries, all or none, in their order.</summary>
    Task AppendAsync(IReadOnlyList<NewAuditEntry> entries, CancellationToken cancellationToken);
}

public static class AuditTrailExtensions
{
    public static Task AppendAsync(this IAuditTrail trail, NewAuditEntry entry, CancellationToken cancellationToken) =>
        trail.AppendAsync([entry], cancellationToken);

    /// <summary>Somebody looks at other people's data. To be awaited before the data is shown: what cannot be recorded is not shown.</summary>
    public static Task AppendAsync(this IAuditTrail trail, PersonalRead read, CancellationToken cancellationToken) => trail.AppendAsync(
        new NewAuditEntry(
            read.Organization, read.Doer, AuditActions.Read(read.Kind), read.Subject, New: AuditValues.Of(new { read.Filter, read.Rows })),
        cancellationToken);
}

/// <summary>One look at data of other people: of one of them, or a page of a list.</summary>
/// <param name="Organization">Whose people they are; null when of several, or of none.</param>
/// <param name="Kind">What was looked at, one of <see cref="AuditSubject"/>'s kinds: `user` makes the action `user.read`.</param>
/// <param name="Subject">Of whom: the one, or the organization whose list it is.</param>
/// <param name="Filter">What was asked for, as it was asked.</param>
/// <param name="Rows">How many were shown.</param>
public sealed record PersonalRead(OrganizationId? Organization, AuditDoer Doer, string Kind, AuditSubject Subject, object Filter, int Rows)
{
    /// <summary>A list, or a page of one: of an organization; of everybody when there is none.</summary>
    public static PersonalRead OfList(OrganizationId? organization, AuditDoer doer, string kind, object filter, int rows) => new(
        organization, doer, kind,
        organization is { } id ? new AuditSubject(AuditSubject.Organization, id.Value) : new AuditSubject(AuditSubject.Installation, AuditSubject.Installation),
        filter, rows);

    /// <summary>Something of one person.</summary>
    public static PersonalRead OfUser(OrganizationId? organization, AuditDoer doer, string kind, UserId user, int rows) =>
        new(organization, doer, kind, new AuditSubject(AuditSubject.User, user.Value), new { user = user.Value }, rows);

    /// <summary>Something of one case.</summary>
    public static PersonalRead OfCase(OrganizationId organization, AuditDoer doer, string kind, CaseId id, int rows) =>
        new(organization, doer, kind, new AuditSubject(AuditSubject.Case, id.Value), new { @case = id.Value }, rows);
}

/// <summary>The old and new values of an entry.</summary>
public static class AuditValues
{
    private static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        // It is read by people, and stands in no page of HTML.
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>As a JSON object with names in snake_case.</summary>
    public static string Of(object values) => JsonSerializer.Serialize(values, values.GetType(), Json);

    public static string Of(IReadOnlyDictionary<string, string?> values) => JsonSerializer.Serialize(values, Json);
}
