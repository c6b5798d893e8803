using System.Text;
using StepCloud.Api.Tokens;
using StepCloud.Contracts.Ids;
using StepCloud.Contracts.Sessions;
using StepCloud.Mqtt.Broker;
using StepCloud.Mqtt.Packets;
using ISessionStore = StepCloud.Actors.Ports.ISessionStore;

namespace StepCloud.Api.Mqtt;

/// <summary>Lets gateways and users in: the access token is the password, or the Authentication Data of the method `token`.</summary>
/// <remarks>A connection lasts as long as its token. A client that used the method renews it in the connection (MQTT 5.0 §4.12.1).</remarks>
internal sealed class TokenAuthenticator(AccessTokenVerifier verifier, ISessionStore sessions, TimeProvider clock) : IAuthenticator
{
    public const string Method = "token";

    /// <summary>The holder's id and more than enough beside it. It is a key of the stored session, and an index row has its limit.</summary>
    private const int ClientIdentifierCharsMax = 200;

    public async ValueTask<AuthenticationOutcome> AuthenticateAsync(AuthenticationRequest request, CancellationToken cancellationToken)
    {
        if (request.Method is not null and not Method)
            return new AuthenticationOutcome.Refused(ReasonCode.BadAuthenticationMethod, $"The only Authentication Method is '{Method}'.");
        if ((request.Method is null ? request.Password : request.Data) is not { } secret)
            return Refused("The access token is missing: send it as the password.");
        if (verifier.Verify(Encoding.UTF8.GetString(secret.Span)) is not AccessTokenOutcome.Valid { Token: var token })
            return Refused("The access token is not, or no longer, valid. Refresh it.");
        if (CheckClientIdentifier(request, token) is { } reason)
            return new AuthenticationOutcome.Refused(ReasonCode.ClientIdentifierNotValid, reason);
        if (!await sessions.IsOpenAsync(token.Session, clock.GetUtcNow(), cancellationToken))
            return Refused("The session was ended. Pair or sign in again.");

        return token switch
        {
            { HolderKind: HolderKind.Gateway } =>
                new AuthenticationOutcome.Accepted(new GatewayIdentity(new GatewayId(token.Holder), token.Session)) { ExpiresAt = token.ExpiresAt },
            { Organization: { } organization } =>
                new AuthenticationOutcome.Accepted(new UserIdentity(new UserId(token.Holder), organization, token.Session))
                {
                    ExpiresAt = token.ExpiresAt,
                    Limits = UserIdentity.Limits,
                },
            _ => new AuthenticationOutcome.Refused(ReasonCode.NotAuthorized, "An administrator belongs to no organization, so there is nothing to watch here."),
        };
    }

    /// <summary>Nobody can take a name that may be somebody else's.</summary>
    private static string? CheckClientIdentifier(AuthenticationRequest request, AccessToken token)
    {
        if (request.ClientIdentifier.Length > ClientIdentifierCharsMax) return $"The Client Identifier can have {ClientIdentifierCharsMax} characters.";
        if (request.ClientIdentifierIsAssigned || request.ClientIdentifier.StartsWith(token.Holder.ToString(), StringComparison.Ordinal)) return null;
        string holder = token.HolderKind == HolderKind.Gateway ? "gateway" : "user";
        return $"The Client Identifier must be the {holder}'s id, or begin with it.";
    }

    private static AuthenticationOutcome.Refused Refused(string reason) => new(ReasonCode.BadUserNameOrPassword, reason);
}
