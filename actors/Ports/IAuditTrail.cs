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

    /// <summary>Somebody looks at personal data. To be awaited before the data is shown: what cannot be recorded is not shown.</summary>
    /// <param name="organization">Of the person whose data it is; null when of none.</param>
    /// <param name="what">Which part of it, such as `e-mail address`.</param>
    public static Task AppendReadAsync(
        this IAuditTrail trail, OrganizationId? organization, AuditDoer doer, AuditSubject subject, string what, CancellationToken cancellationToken) =>
        trail.AppendAsync(
            new NewAuditEntry(organization, doer, AuditActions.Read(subject.Kind), subject, New: AuditValues.Of(new { what })), cancellationToken);
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
