using System.Text.Json;
using Microsoft.AspNetCore.Http.HttpResults;
using StepCloud.Api.Http;
using StepCloud.Contracts.Registry;
using StepCloud.Storage.Registry;

namespace StepCloud.Api.Registry;

/// <summary>The organization of whoever asks, and what its plan has room for.</summary>
internal static class OwnOrganizationEndpoints
{
    public static void MapOwnOrganization(this RouteGroupBuilder group)
    {
        group.MapGet("/organization", FindAsync).WithSummary("Your organization").WithMetadata(new RegistryOperation(Entities.Organization, RegistryAction.Find));
        group.MapGet("/organization/usage", FindUsageAsync).WithSummary("What the plan has room for, and how much of it is in use")
            .WithDescription("`near` from four fifths on, `reached` when there is no room for more.");
    }

    private static async Task<IResult> FindAsync(HttpContext context, RegistryStore registry, CancellationToken cancellationToken) =>
        await registry.FindAsync(Entities.Organization, context.Organization().Value, context.Organization(), cancellationToken) is { } row
            ? new RegistryItem(Entities.Organization, row, StatusCodes.Status200OK)
            : Problems.NotFound("organization");

    private static async Task<Results<Ok<UsageResponse>, ProblemHttpResult>> FindUsageAsync(
        HttpContext context, Quotas quotas, CancellationToken cancellationToken) =>
        await quotas.FindAsync(context.Organization(), cancellationToken) is { } all
            ? TypedResults.Ok(UsageResponse.Of(all))
            : Problems.NotFound("organization");
}

/// <param name="Plan">One of the plans of this installation.</param>
public sealed record UsageResponse(string Plan, IReadOnlyList<UsageOfQuota> Quotas)
{
    public static UsageResponse Of(IReadOnlyList<Quota> quotas) => new(quotas[0].Plan, [.. quotas.Select(UsageOfQuota.Of)]);
}

/// <param name="Kind">`gateways`, `devices`, `users`, `steps_per_day` (from midnight UTC on), `recordings`, `recording_bytes`.</param>
/// <param name="Max">Null for as many as you like.</param>
/// <param name="State">`free`, `near` or `reached`.</param>
public sealed record UsageOfQuota(string Kind, long Used, long? Max, string State)
{
    public static UsageOfQuota Of(Quota quota) => new(
        JsonNamingPolicy.SnakeCaseLower.ConvertName(quota.Kind.ToString()), quota.Used, quota.Max,
        quota.IsReached ? "reached" : quota.IsNear ? "near" : "free");
}
