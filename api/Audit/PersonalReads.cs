using StepCloud.Actors.Ports;
using StepCloud.Api.Http;
using StepCloud.Contracts.Audit;
using StepCloud.Contracts.Ids;

namespace StepCloud.Api.Audit;

/// <summary>Enters that a request looks at other people's data: once a request, before it is answered. What one sees of oneself is no entry.</summary>
internal sealed class PersonalReads(IAuditTrail trail)
{
    /// <summary>A page of a list of an organization; of everybody, for administrators, when there is none.</summary>
    /// <param name="kind">What is looked at, one of <see cref="AuditSubject"/>'s kinds.</param>
    /// <param name="filter">What was asked for, with names in snake_case.</param>
    public Task ListedAsync(
        HttpContext context, string kind, OrganizationId? organization, object filter, int rows, CancellationToken cancellationToken) => trail.AppendAsync(
        PersonalRead.OfList(organization, context.UserDoer(), kind, filter, rows), cancellationToken);

    /// <summary>Something of one case.</summary>
    /// <param name="kind">What is looked at: the case, or its consents.</param>
    public Task CaseAsync(HttpContext context, string kind, CaseId id, int rows, CancellationToken cancellationToken) =>
        trail.AppendAsync(PersonalRead.OfCase(context.Organization(), context.UserDoer(), kind, id, rows), cancellationToken);

    /// <summary>One person's.</summary>
    /// <param name="organization">His; null for an administrator of the installation.</param>
    public Task FoundAsync(HttpContext context, OrganizationId? organization, UserId person, CancellationToken cancellationToken) =>
        person.Value == context.AccessToken().Holder
            ? Task.CompletedTask
            : trail.AppendAsync(PersonalRead.OfUser(organization, context.UserDoer(), AuditSubject.User, person, rows: 1), cancellationToken);
}
