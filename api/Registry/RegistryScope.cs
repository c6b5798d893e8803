using StepCloud.Api.Http;
using StepCloud.Contracts.Audit;
using StepCloud.Contracts.Ids;

namespace StepCloud.Api.Registry;

/// <summary>Who asks, and what of the registry is his.</summary>
/// <param name="Organization">Null for an administrator, who sees all of it.</param>
internal sealed record RegistryScope(OrganizationId? Organization, AuditDoer Doer)
{
    public static RegistryScope Of(HttpContext context) => new(context.AccessToken().Organization, context.UserDoer());
}
