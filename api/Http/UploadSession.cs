using System.Security.Claims;
using Microsoft.AspNetCore.Authentication;

namespace StepCloud.Api.Http;

/// <summary>Marks a route that takes the session of a shared tablet too, which brings recordings of one case. All others refuse it without knowing of it.</summary>
/// <remarks>
/// A route that is not marked is never told who asks: there is no access token for it, and so no policy that holds, those included that somebody will
/// write. What a marked route does with such a token is bounded by the token's case (<see cref="Tokens.AccessToken.Case"/>).
/// </remarks>
internal sealed class UploadSession
{
    public static readonly UploadSession Taken = new();

    private UploadSession()
    {
    }

    public static bool IsTakenBy(HttpContext context) => context.GetEndpoint()?.Metadata.GetMetadata<UploadSession>() is not null;

    /// <summary>Somebody who is known, and is nobody here: 403, and not 401.</summary>
    public static AuthenticateResult Turned(HttpContext context, AuthenticationScheme scheme)
    {
        context.Features.Set(Refused.Instance);
        return AuthenticateResult.Success(new AuthenticationTicket(new ClaimsPrincipal(new ClaimsIdentity()), scheme.Name));
    }

    public static bool WasTurned(HttpContext context) => context.Features.Get<Refused>() is not null;

    private sealed class Refused
    {
        public static readonly Refused Instance = new();
    }
}
