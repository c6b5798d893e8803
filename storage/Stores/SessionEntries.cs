using StepCloud.Actors.Ports;
using StepCloud.Contracts.Audit;
using StepCloud.Contracts.Ids;
using StepCloud.Contracts.Sessions;

namespace StepCloud.Storage;

/// <summary>What the audit says of sessions. Nothing of their tokens.</summary>
internal static class SessionEntries
{
    /// <summary>One entry; and a second one before it, of the user, when a password was given.</summary>
    public static IEnumerable<NewAuditEntry> Started(OrganizationId? organization, AuditDoer doer, NewSession session)
    {
        if (session.By == SessionStarts.Password)
            yield return new NewAuditEntry(organization, doer, AuditActions.SignInSucceeded, new AuditSubject(AuditSubject.User, session.Holder));
        yield return new NewAuditEntry(
            organization, doer, AuditActions.SessionStarted, SubjectOf(session.Id),
            New: session.AccessKey is { } key
                ? AuditValues.Of(new { holder_kind = Wire(session.HolderKind), holder = session.Holder, by = session.By, access_key = key.Value, ends_at = session.EndsAt })
                : AuditValues.Of(new { holder_kind = Wire(session.HolderKind), holder = session.Holder, by = session.By, ends_at = session.EndsAt }));
    }

    public static NewAuditEntry StartedByCode(AuditDoer doer, UploadGrant grant, string deviceId) => new(
        grant.Organization, doer, AuditActions.SessionStarted, SubjectOf(grant.Session),
        New: AuditValues.Of(new
        {
            holder_kind = Wire(HolderKind.User), holder = grant.User.Value, by = SessionStarts.SignInCode, Case = grant.Case.Value, device_id = deviceId, ends_at = grant.EndsAt,
        }));

    public static NewAuditEntry Ended(
        OrganizationId? organization, AuditDoer doer, SessionId session, HolderKind holderKind, Guid holder, string reason) => new(
        organization, doer, reason == SessionEnds.Reused ? AuditActions.SessionReuseDetected : AuditActions.SessionEnded, SubjectOf(session),
        New: AuditValues.Of(new { holder_kind = Wire(holderKind), holder, reason }));

    public static NewAuditEntry Continued(OrganizationId? organization, AuditDoer doer, SessionId session, DateTimeOffset issuedAt) => new(
        organization, doer, AuditActions.SessionContinued, SubjectOf(session), New: AuditValues.Of(new { token_issued_at = issuedAt }));

    private static AuditSubject SubjectOf(SessionId session) => new(AuditSubject.Session, session.Value);

    private static string Wire(HolderKind kind) => kind == HolderKind.User ? AuditSubject.User : AuditSubject.Gateway;
}
