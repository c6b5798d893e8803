using StepCloud.Api.Http;
using StepCloud.Api.Sessions;
using StepCloud.Api.Tokens;
using StepCloud.Contracts.Sessions;

namespace StepCloud.Api.Recordings;

/// <summary>Whether whoever sends or reads for minutes may still: asked again while it goes on, so that an end counts within a second.</summary>
/// <param name="also">Who else it is for, beside those that the route is for.</param>
internal sealed class StreamRight(HttpContext context, OpenSessions sessions, TimeProvider clock, AllowedRoles? also = null)
{
    private static readonly TimeSpan Moment = TimeSpan.FromMilliseconds(500);

    private readonly AccessToken _token = context.AccessToken();
    private readonly AllowedRoles? _allowed = context.GetEndpoint()?.Metadata.GetMetadata<AllowedRoles>();
    private long _asked = clock.GetTimestamp();

    /// <summary>It is time to ask again.</summary>
    public bool IsDue => clock.GetElapsedTime(_asked) >= Moment;

    /// <summary>Asks, when it is time to.</summary>
    public ValueTask<bool> HoldsAsync(CancellationToken cancellationToken) => IsDue ? HoldsNowAsync(cancellationToken) : ValueTask.FromResult(true);

    /// <summary>Asks, whenever it was asked last.</summary>
    public async ValueTask<bool> HoldsNowAsync(CancellationToken cancellationToken)
    {
        _asked = clock.GetTimestamp();
        if (await sessions.FindAsync(_token.Session, cancellationToken) is not { } session) return false;
        AccessToken now = _token with { Roles = session.Roles };
        return now.HolderKind != HolderKind.User || (now.Roles.Any(Actors.Ports.Roles.OfOrganization.Contains) && _allowed?.Lacks(now) != true && also?.Lacks(now) != true);
    }
}
