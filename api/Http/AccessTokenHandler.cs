using System.Security.Claims;
using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Authentication;
using Microsoft.Extensions.Options;
using Microsoft.Net.Http.Headers;
using StepCloud.Api.Sessions;
using StepCloud.Api.Tokens;

namespace StepCloud.Api.Http;

/// <summary>Authenticates a request by its access token (RFC 6750 §2.1), and by its session being open still.</summary>
/// <remarks>The session is asked for at every request (<see cref="OpenSessions"/>): a signature cannot know that a session was ended a second ago.</remarks>
internal sealed class AccessTokenHandler(
    IOptionsMonitor<AuthenticationSchemeOptions> options,
    ILoggerFactory loggers,
    UrlEncoder encoder,
    AccessTokenVerifier verifier,
    OpenSessions sessions)
    : AuthenticationHandler<AuthenticationSchemeOptions>(options, loggers, encoder)
{
    public const string SchemeName = "access_token";

    private const string Prefix = "Bearer ";

    protected override async Task<AuthenticateResult> HandleAuthenticateAsync()
    {
        string header = Request.Headers.Authorization.ToString();
        if (!header.StartsWith(Prefix, StringComparison.OrdinalIgnoreCase)) return AuthenticateResult.NoResult();
        AccessToken? token = verifier.Verify(header.AsSpan(Prefix.Length).Trim()) switch
        {
            AccessTokenOutcome.Valid valid => valid.Token,
            AccessTokenOutcome.ForUploads upload => upload.Token,
            _ => null,
        };
        if (token is null) return AuthenticateResult.Fail("invalid_token");
        if (await sessions.FindAsync(token.Session, Context.RequestAborted) is not { } session || session.Case != token.Case)
            return AuthenticateResult.Fail("session_ended");
        if (token.Case is not null && !UploadSession.IsTakenBy(Context)) return UploadSession.Turned(Context, Scheme);

        // What the holder may do is what stands in the database now, not what stood there when the token was made.
        token = token with { Roles = session.Roles };
        Context.Features.Set(token);
        Context.Features.Set(session);
        ClaimsIdentity identity = new(
            [new Claim("sub", token.Holder.ToString()), .. token.Roles.Select(role => new Claim("role", role))], Scheme.Name, "sub", "role");
        return AuthenticateResult.Success(new AuthenticationTicket(new ClaimsPrincipal(identity), Scheme.Name));
    }

    protected override Task HandleChallengeAsync(AuthenticationProperties properties)
    {
        bool presented = Request.Headers.ContainsKey(HeaderNames.Authorization);
        Response.Headers.WWWAuthenticate = presented ? "Bearer error=\"invalid_token\"" : "Bearer";
        return Problems.Of(
            presented ? ProblemKinds.InvalidToken : ProblemKinds.NotAuthenticated, "Send one in the header 'Authorization: Bearer ...'.").ExecuteAsync(Context);
    }

    protected override Task HandleForbiddenAsync(AuthenticationProperties properties)
    {
        AllowedRoles? roles = Context.GetEndpoint()?.Metadata.GetMetadata<AllowedRoles>();
        if (UploadSession.WasTurned(Context)) return Problems.Of(ProblemKinds.UploadSessionOnly).ExecuteAsync(Context);
        return (roles?.Lacks(Context.Features.Get<AccessToken>()) == true
                ? Problems.NotAllowed(roles.Sentence)
                : Problems.Of(ProblemKinds.WrongHolder, "Each API takes the tokens of its own kind of holder."))
            .ExecuteAsync(Context);
    }
}
