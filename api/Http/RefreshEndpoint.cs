using System.Diagnostics;
using Microsoft.AspNetCore.Http.HttpResults;
using StepCloud.Actors.Ports;
using StepCloud.Api.Http.Protection;
using StepCloud.Api.Tokens;
using StepCloud.Contracts;
using StepCloud.Contracts.Ids;
using StepCloud.Contracts.Sessions;

namespace StepCloud.Api.Http;

/// <summary>Exchanges a refresh token, for users and gateways alike; each API takes the tokens of its own kind of holder.</summary>
internal static class RefreshEndpoint
{
    public static void MapRefresh(this RouteGroupBuilder group, HolderKind holderKind) =>
        group.MapPost("/token", (
                RefreshRequest request, HttpContext context, ISessionStore sessions, IRefreshTokens tokens, IActors actors,
                AccessTokenIssuer issuer, CancellationToken cancellationToken) =>
                RefreshAsync(holderKind, request, context, sessions, tokens, actors, issuer, cancellationToken))
            .AllowAnonymous()
            .WithMetadata(Renewal.Instance)
            .WithSummary("Exchange the refresh token for new tokens")
            .WithDescription(
                "Keep the new refresh token before you use the new access token. The last exchange may be repeated for 60 s, with the same answer; "
                + "any other second use ends the session.")
            .ProducesProblem(401);

    private static async Task<Results<Ok<TokenResponse>, ProblemHttpResult>> RefreshAsync(
        HolderKind holderKind, RefreshRequest request, HttpContext context, ISessionStore sessions, IRefreshTokens tokens, IActors actors,
        AccessTokenIssuer issuer, CancellationToken cancellationToken)
    {
        RefreshTokenRecord? record = await sessions.FindTokenAsync(tokens.Hash(request.RefreshToken), cancellationToken);
        Guid? holder = record is null ? await FindLostAsync(holderKind, request.RefreshToken, sessions, tokens, cancellationToken) : record.HolderKind == holderKind ? record.Holder : null;
        if (holder is not { } id) return Problems.InvalidRefreshToken();

        // The holder's actor decides, so that two refreshes of one family never cross.
        RefreshOutcome outcome = holderKind == HolderKind.User
            ? await actors.User(new UserId(id)).RefreshAsync(request.RefreshToken, context.Origin(), cancellationToken)
            : await actors.Gateway(new GatewayId(id)).RefreshAsync(request.RefreshToken, context.Origin(), cancellationToken);
        return outcome switch
        {
            RefreshOutcome.Granted granted => TypedResults.Ok(TokenResponse.Of(granted.Grant, issuer)),
            RefreshOutcome.Refused => Problems.InvalidRefreshToken(),
            RefreshOutcome.Reused => Problems.RefreshTokenReused(),
            _ => throw new UnreachableException(),
        };
    }

    /// <summary>Whose a token is that a restore has lost: see docs/adr/0016.</summary>
    private static async Task<Guid?> FindLostAsync(
        HolderKind holderKind, string token, ISessionStore sessions, IRefreshTokens tokens, CancellationToken cancellationToken) =>
        tokens.ReadProof(token) is { } proof
        && await sessions.FindRestoredAsync(proof.Session, proof.IssuedAt, cancellationToken) is { } restored && restored.HolderKind == holderKind
            ? restored.Holder
            : null;
}
