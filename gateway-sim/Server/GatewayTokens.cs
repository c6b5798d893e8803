using StepCloud.GatewaySim.Files;

namespace StepCloud.GatewaySim.Server;

/// <summary>A gateway's access token: made when it is first asked for, renewed before it expires, and after the server refused it.</summary>
/// <remarks>
/// The new refresh token is on the disk before the access token that came with it is used, and so before the server can see that the
/// answer arrived. An answer that was lost is asked for again with the old token, for which the server keeps the same successor a while.
/// </remarks>
public sealed class GatewayTokens(ServerApi server, GatewayFolder folder, TimeProvider clock)
{
    /// <summary>A server that says more is not believed: no access token lives longer than a day.</summary>
    private const double LifeSecondsMax = 24 * 3600;

    private string? _accessToken;
    private DateTimeOffset _renewAt;

    /// <summary>How long until <see cref="GetAsync"/> gives out another token than now; not over zero when it is time.</summary>
    public TimeSpan RenewalDueIn => _renewAt - clock.GetUtcNow();

    /// <summary>A token that the server will take for at least a fifth of its life.</summary>
    public async Task<string> GetAsync(CancellationToken cancellationToken)
    {
        if (_accessToken is { } current && clock.GetUtcNow() < _renewAt)
            return current;
        DateTimeOffset asked = clock.GetUtcNow();
        TokenGrant grant = await server.RefreshGatewayAsync(folder.Credentials.RefreshToken, cancellationToken);
        folder.Save(folder.Credentials with { RefreshToken = grant.RefreshToken });
        _renewAt = asked + TimeSpan.FromSeconds(Math.Min(grant.ExpiresIn, LifeSecondsMax) * 0.8);
        return _accessToken = grant.AccessToken;
    }

    /// <summary>The server refused the token: the next one is a new one, whatever its time.</summary>
    public void Discard() => _accessToken = null;
}
