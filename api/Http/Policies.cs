using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authorization;
using StepCloud.Actors.Ports;
using StepCloud.Api.Sessions;
using StepCloud.Api.Tokens;
using StepCloud.Contracts.Audit;
using StepCloud.Contracts.Ids;
using StepCloud.Contracts.Sessions;

namespace StepCloud.Api.Http;

/// <summary>Who may use which API. Each stands on its route group, so that a new endpoint cannot forget it.</summary>
internal static class Policies
{
    /// <summary>A user of an organization, who has a role there. Routes that are not for all roles say so: <see cref="AllowedRoles"/>.</summary>
    public const string User = "user";

    /// <summary>An administrator of the installation.</summary>
    public const string Administrator = "administrator";

    public const string Gateway = "gateway";

    private const int AgentCharsMax = 200;

    public static IServiceCollection AddAccessTokens(this IServiceCollection services)
    {
        // Not AddAuthentication: it brings data protection, and with it a key ring on the disk that nothing here uses.
        services.AddAuthenticationCore(options => options.DefaultScheme = AccessTokenHandler.SchemeName);
        services.AddWebEncoders();
        new AuthenticationBuilder(services)
            .AddScheme<AuthenticationSchemeOptions, AccessTokenHandler>(AccessTokenHandler.SchemeName, null);
        services.AddSingleton<OpenSessions>();
        services.AddAuthorizationBuilder()
            .AddPolicy(User, policy => policy.RequireAssertion(Holds(
                token => token is { HolderKind: HolderKind.User, Organization: not null } && token.Roles.Any(Roles.OfOrganization.Contains))))
            .AddPolicy(Gateway, policy => policy.RequireAssertion(Holds(token => token.HolderKind == HolderKind.Gateway)))
            // A member of an organization is never one, whatever has come into the list of his roles.
            .AddPolicy(Administrator, policy => policy.RequireAssertion(Holds(
                token => token is { HolderKind: HolderKind.User, Organization: null } && token.Roles.Contains(Roles.Administrator))));
        return services;
    }

    /// <summary>The verified token of an authorized request.</summary>
    public static AccessToken AccessToken(this HttpContext context) =>
        context.Features.Get<AccessToken>() ?? throw new InvalidOperationException("The route has no policy.");

    public static OrganizationId Organization(this HttpContext context) => context.AccessToken().Organization!.Value;

    /// <summary>The user or administrator who asks, as the doer of what he asks for.</summary>
    public static AuditDoer UserDoer(this HttpContext context) =>
        AuditDoer.User(new UserId(context.AccessToken().Holder), context.AccessToken().Organization, context.Origin());

    /// <summary>Where the request came from, as a session remembers it.</summary>
    public static SessionOrigin Origin(this HttpContext context)
    {
        string agent = context.Request.Headers.UserAgent.ToString();
        return new SessionOrigin(context.Connection.RemoteIpAddress?.ToString() ?? "", agent.Length <= AgentCharsMax ? agent : Cut(agent));
    }

    /// <summary>Not through the middle of a character: half of one is no text that can be stored.</summary>
    private static string Cut(string agent) => agent[..(char.IsHighSurrogate(agent[AgentCharsMax - 1]) ? AgentCharsMax - 1 : AgentCharsMax)];

    private static Func<AuthorizationHandlerContext, bool> Holds(Func<AccessToken, bool> test) =>
        context => context.Resource is HttpContext http && http.Features.Get<AccessToken>() is { } token && test(token);
}
