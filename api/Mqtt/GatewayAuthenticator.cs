using System.Text;
using StepCloud.Api.Tokens;
using StepCloud.Contracts.Ids;
using StepCloud.Contracts.Sessions;
using StepCloud.Mqtt.Broker;
using StepCloud.Mqtt.Packets;
using ISessionStore = StepCloud.Actors.Ports.ISessionStore;

namespace StepCloud.Api.Mqtt;

/// <summary>Lets gateways in: the access token is the password, or the Authentication Data of the method `token`.</summary>
/// <remarks>A connection lasts as long as its token. A client that used the method renews it in the connection (MQTT 5.0 §4.12.1).</remarks>
internal sealed class GatewayAuthenticator(AccessTokenVerifier verifier, ISessionStore sessions, TimeProvider clock) : IAuthenticator
{
    public const string Method = "token";

    /// <summary>The gateway's id and more than enough beside it. It is a key of the stored session, and an index row has its limit.</summary>
    private const int ClientIdentifierCharsMax = 200;

    public async ValueTask<AuthenticationOutcome> AuthenticateAsync(AuthenticationRequest request, CancellationToken cancellationToken)
    {
        if (request.Method is not null and not Method)
            return new AuthenticationOutcome.Refused(ReasonCode.BadAuthenticationMethod, $"The only Authentication Method is '{Method}'.");
        if ((request.Method is null ? request.Password : request.Data) is not { } secret)
            return Refused("The access token is missing: send it as the password.");
        if (verifier.Verify(Encoding.UTF8.GetString(secret.Span)) is not AccessTokenOutcome.Valid { Token: var token })
            return Refused("The access token is not, or no longer, valid. Refresh it.");
        if (token.HolderKind != HolderKind.Gateway)
            return new AuthenticationOutcome.Refused(ReasonCode.NotAuthorized, "This access token is a user's; this endpoint is for gateways.");
        if (!request.ClientIdentifierIsAssigned && !request.ClientIdentifier.StartsWith(token.Holder.ToString(), StringComparison.Ordinal))
        {
            return new AuthenticationOutcome.Refused(
                ReasonCode.ClientIdentifierNotValid, "The Client Identifier must be the gateway's id, or begin with it.");
        }

        if (request.ClientIdentifier.Length > ClientIdentifierCharsMax)
        {
            return new AuthenticationOutcome.Refused(
                ReasonCode.ClientIdentifierNotValid, $"The Client Identifier can have {ClientIdentifierCharsMax} characters.");
        }

        if (!await sessions.IsOpenAsync(token.Session, clock.GetUtcNow(), cancellationToken)) return Refused("The session was ended. Pair again.");
        return new AuthenticationOutcome.Accepted(new GatewayIdentity(new GatewayId(token.Holder), token.Session)) { ExpiresAt = token.ExpiresAt };
    }

    private static AuthenticationOutcome.Refused Refused(string reason) => new(ReasonCode.BadUserNameOrPassword, reason);
}
