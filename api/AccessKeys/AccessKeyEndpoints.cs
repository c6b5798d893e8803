using System.Diagnostics;
using Microsoft.AspNetCore.Http.HttpResults;
using StepCloud.Actors.Ports;
using StepCloud.Actors.Users;
using StepCloud.Api.Audit;
using StepCloud.Api.Http;
using StepCloud.Api.Members;
using StepCloud.Api.Tokens;
using StepCloud.Contracts;
using StepCloud.Contracts.Audit;
using StepCloud.Contracts.Ids;

namespace StepCloud.Api.AccessKeys;

/// <summary>Access keys: made by owners, shown once, exchanged for tokens at a shared workstation.</summary>
internal static class AccessKeyEndpoints
{
    public static void MapAccessKeys(this RouteGroupBuilder group)
    {
        group.MapPost("/access-keys/exchange", ExchangeAsync).AllowAnonymous()
            .WithSummary("Sign in with an access key, typed or scanned")
            .WithDescription(
                "Case, spaces and hyphens do not matter. The session ends after an hour without use, and after twelve however much it is used. It cannot "
                + "change passwords, second factors, members, access keys, invitations or pairings: those answer 403 `password_session_required`.")
            .ProducesProblem(400).ProducesProblem(401);
        group.MapGet("/access-keys", ListAsync)
            .WithSummary("The access keys of your organization, the newest first, disabled ones too")
            .WithDescription("Owners only. `before` takes the last page's `next`. The look is an entry of the audit.").ProducesProblem(400).ProducesProblem(403)
            .WithMetadata(AllowedRoles.ManagingMembers);
        group.MapPost("/access-keys", CreateAsync).RequirePasswordSession()
            .WithSummary("Make an access key of a member").WithDescription("Owners only. The key is shown this once. It can be printed as a barcode of Code 128.")
            .ProducesProblem(400).ProducesProblem(403).ProducesProblem(404).ProducesProblem(409).WithMetadata(AllowedRoles.ManagingMembers);
        group.MapPost("/access-keys/{id}/disable", DisableAsync).RequirePasswordSession()
            .WithSummary("Take an access key out of use: its sessions end at once").WithDescription("Owners only.").ProducesProblem(403).ProducesProblem(404)
            .WithMetadata(AllowedRoles.ManagingMembers);
    }

    private static async Task<Results<Ok<TokenResponse>, ProblemHttpResult>> ExchangeAsync(
        ExchangeAccessKeyRequest request, HttpContext context, IAccessKeys keys, IRefreshTokens tokens, IActors actors, AccessTokenIssuer issuer,
        CancellationToken cancellationToken)
    {
        if (AccessKeyText.Read(request.Key) is not { } key) return AccessKeyRules.Mistyped();
        byte[] hash = tokens.Hash(key);
        return await keys.FindAsync(hash, cancellationToken) is { } found
            && await actors.User(found.User).UseAccessKeyAsync(hash, context.Origin(), cancellationToken) is { } grant
                ? TypedResults.Ok(TokenResponse.Of(grant, issuer))
                : AccessKeyRules.Invalid();
    }

    private static async Task<Results<Ok<Page<AccessKeyResponse>>, ProblemHttpResult>> ListAsync(
        AccessKeyId? before, int? limit, HttpContext context, IAccessKeys keys, PersonalReads reads, CancellationToken cancellationToken)
    {
        if (PageLimits.Check(limit) is { } problem) return problem;
        int count = limit ?? PageLimits.Default;
        IReadOnlyList<AccessKeyRecord> rows = await keys.ListAsync(context.Organization(), user: null, before, count + 1, cancellationToken);
        Page<AccessKeyResponse> page = rows.ToPage(count, AccessKeyResponse.Of, row => row.Id.ToString());
        await reads.ListedAsync(
            context, AuditSubject.AccessKey, context.Organization(), new { before = before?.Value, limit = count }, page.Items.Count, cancellationToken);
        return TypedResults.Ok(page);
    }

    private static async Task<Results<Created<CreatedAccessKeyResponse>, ProblemHttpResult>> CreateAsync(
        CreateAccessKeyRequest request, HttpContext context, AccessKeyMaker maker, CancellationToken cancellationToken)
    {
        if (AccessKeyRules.LabelFault(request.Label) is { } labelFault) return Problems.InvalidRequest("/label", labelFault);
        if (maker.ExpiryFault(request.ExpiresAt) is { } expiryFault) return Problems.InvalidRequest("/expires_at", expiryFault);
        (AccessKeyAddition addition, NewAccessKey key, string text) = await maker.MakeAsync(
            context.Organization(), request.UserId, request.Label, request.ExpiresAt, context.UserDoer(), cancellationToken);
        return addition == AccessKeyAddition.Added
            ? TypedResults.Created(
                $"/api/v1/access-keys/{key.Id}", new CreatedAccessKeyResponse(key.Id, key.User, key.Label, key.ExpiresAt, text))
            : AccessKeyRules.ProblemOf(addition);
    }

    private static async Task<Results<NoContent, ProblemHttpResult>> DisableAsync(
        AccessKeyId id, HttpContext context, IAccessKeys keys, CancellationToken cancellationToken) =>
        await keys.DisableAsync(context.Organization(), id, context.UserDoer(), cancellationToken) switch
        {
            AccessKeyDisabling.Disabled or AccessKeyDisabling.DisabledBefore => TypedResults.NoContent(),
            AccessKeyDisabling.NoSuchKey => Problems.NotFound("access key"),
            AccessKeyDisabling.NotAllowed => MemberRules.OwnersOnly(),
            _ => throw new UnreachableException(),
        };
}

/// <param name="Key">As it was typed or scanned.</param>
public sealed record ExchangeAccessKeyRequest(string Key);

/// <param name="Label">What the owner knows it by: whose badge, or where it hangs.</param>
/// <param name="ExpiresAt">Null for never.</param>
public sealed record CreateAccessKeyRequest(UserId UserId, string Label, DateTimeOffset? ExpiresAt = null);

/// <param name="Key">Shown this once; only its hash is stored.</param>
public sealed record CreatedAccessKeyResponse(AccessKeyId Id, UserId UserId, string Label, DateTimeOffset? ExpiresAt, string Key);

/// <param name="UserName">Of the member whose key it is.</param>
/// <param name="CreatedBy">Null for the command line.</param>
/// <param name="LastUsedAt">When it last began a session.</param>
public sealed record AccessKeyResponse(
    AccessKeyId Id, UserId UserId, string UserName, string Label, UserId? CreatedBy, DateTimeOffset CreatedAt, DateTimeOffset? ExpiresAt,
    DateTimeOffset? LastUsedAt, DateTimeOffset? DisabledAt)
{
    public static AccessKeyResponse Of(AccessKeyRecord key) => new(
        key.Id, key.User, key.UserName, key.Label, key.CreatedBy, key.CreatedAt, key.ExpiresAt, key.LastUsedAt, key.DisabledAt);
}
