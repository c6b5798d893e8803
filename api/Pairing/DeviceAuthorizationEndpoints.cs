using System.Diagnostics;
using System.Globalization;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.Options;
using StepCloud.Actors.Gateways;
using StepCloud.Api.Gateways;
using StepCloud.Api.Http;
using StepCloud.Api.Http.Protection;
using StepCloud.Api.Tokens;
using StepCloud.Contracts.Gateways;
using StepCloud.Contracts.Ids;

namespace StepCloud.Api.Pairing;

/// <summary>The gateway's side of the Device Authorization Grant (RFC 8628).</summary>
internal static class DeviceAuthorizationEndpoints
{
    public const string GrantType = "urn:ietf:params:oauth:grant-type:device_code";

    private const string PagePath = "/pair";

    public static void MapDeviceAuthorization(this RouteGroupBuilder group)
    {
        group.MapPost("/pairing/device-authorization", StartAsync).AllowAnonymous()
            .WithSummary("Ask to be paired: get a code to show")
            .WithDescription(
                "RFC 8628 §3.1. A form with `client_id` (`stepcloud-gateway`), `gateway_id` (a UUID that the gateway makes once and keeps), `serial`, "
                + "`model`, `software_version` and, if you like, `hardware_version`: what the user is shown. The answer is the same whether or not the id is known.")
            .Accepts<DeviceAuthorizationForm>(OAuthForm.MediaType)
            .Produces<DeviceAuthorizationResponse>().Produces<OAuthError>(400).Produces<OAuthError>(429)
            .WithMetadata(new RequestSizeLimit(OAuthForm.BytesMax));
        group.MapPost("/pairing/token", PollAsync).AllowAnonymous()
            .WithSummary("Ask whether the code was confirmed, and get the first tokens")
            .WithDescription(
                $"RFC 8628 §3.4. A form with `grant_type` (`{GrantType}`), `client_id` and `device_code`. Until then 400 with `authorization_pending` or "
                + "`slow_down`, or for good `access_denied`, `expired_token`, `invalid_grant`. The tokens come once.")
            .Accepts<DeviceTokenForm>(OAuthForm.MediaType)
            .Produces<CreateGatewayResponse>().Produces<OAuthError>(400)
            .WithMetadata(Renewal.Instance, new RequestSizeLimit(OAuthForm.BytesMax));
    }

    /// <summary>Where codes are entered. Until the console has a page for it, the page on which the calls can be tried.</summary>
    public static void MapPairingPage(this IEndpointRouteBuilder app) =>
        app.MapGet(PagePath, () => Results.Redirect("/docs")).AllowAnonymous().ExcludeFromDescription();

    private static async Task<Results<Ok<DeviceAuthorizationResponse>, JsonHttpResult<OAuthError>>> StartAsync(
        HttpContext context, GatewayPairing pairing, IOptions<PairingOptions> options, CancellationToken cancellationToken)
    {
        if (await OAuthForm.ReadAsync(context.Request, cancellationToken) is not { } form) return NoForm();
        if (CheckClient(form) is { } wrongClient) return wrongClient;
        if (!GatewayId.TryParse(form["gateway_id"], null, out GatewayId gateway) || gateway.Value == Guid.Empty)
            return OAuthError.InvalidRequest("gateway_id must be a UUID that this gateway has made.");
        foreach (string name in (string[])["serial", "model", "software_version"])
        {
            if (!ShownText.Is(form[name])) return OAuthError.InvalidRequest($"{name} must be 1 to {PairingLimits.TextCharsMax} printable characters.");
        }

        string? hardware = form["hardware_version"];
        if (hardware is not null && !ShownText.Is(hardware))
            return OAuthError.InvalidRequest($"hardware_version must be 1 to {PairingLimits.TextCharsMax} printable characters, or be left out.");
        GatewayIntroduction introduction = new(gateway, form["serial"]!, form["model"]!, form["software_version"]!, hardware);
        switch (await pairing.StartAsync(introduction, context.Origin(), cancellationToken))
        {
            case StartPairingOutcome.Started started:
                string uri = options.Value.VerificationUri ?? $"{context.Request.Scheme}://{context.Request.Host}{PagePath}";
                return TypedResults.Ok(DeviceAuthorizationResponse.Of(started, uri));
            case StartPairingOutcome.TooMany tooMany:
                context.Response.Headers.RetryAfter = Math.Ceiling(tooMany.RetryAfter.TotalSeconds).ToString(CultureInfo.InvariantCulture);
                return OAuthError.Of("temporarily_unavailable", "Too many codes are open. Try again later.", StatusCodes.Status429TooManyRequests);
            default: throw new UnreachableException();
        }
    }

    private static async Task<Results<Ok<CreateGatewayResponse>, JsonHttpResult<OAuthError>>> PollAsync(
        HttpContext context, GatewayPairing pairing, AccessTokenIssuer issuer, CancellationToken cancellationToken)
    {
        if (await OAuthForm.ReadAsync(context.Request, cancellationToken) is not { } form) return NoForm();
        if (form["grant_type"] is not { } grantType) return OAuthError.InvalidRequest("grant_type is missing.");
        if (grantType != GrantType) return OAuthError.Of("unsupported_grant_type", $"The grant_type here is {GrantType}.");
        if (CheckClient(form) is { } wrongClient) return wrongClient;
        if (form["device_code"] is not { } deviceCode) return OAuthError.InvalidRequest("device_code is missing.");

        return await pairing.PollAsync(deviceCode, context.Origin(), cancellationToken) switch
        {
            PollPairingOutcome.Paired paired => TypedResults.Ok(Tokens(paired, issuer)),
            PollPairingOutcome.Pending => OAuthError.Of("authorization_pending", "Nobody has decided yet. Ask again after the interval."),
            PollPairingOutcome.SlowDown => OAuthError.Of("slow_down", "Asked too soon. From now on wait 5 seconds longer between two requests."),
            PollPairingOutcome.Denied => OAuthError.Of("access_denied", "The pairing was denied."),
            PollPairingOutcome.Expired => OAuthError.Of("expired_token", "The code has expired. Ask for another one."),
            PollPairingOutcome.Unknown => OAuthError.Of("invalid_grant", "There is no such device_code, or it was used."),
            _ => throw new UnreachableException(),
        };
    }

    internal static CreateGatewayResponse Tokens(PollPairingOutcome.Paired paired, AccessTokenIssuer issuer) => CreateGatewayResponse.Of(
        new GatewaySummary(paired.Gateway.Id, paired.Gateway.Name, paired.Gateway.Site), TokenResponse.Of(paired.Grant, issuer));

    private static JsonHttpResult<OAuthError> NoForm() =>
        OAuthError.InvalidRequest($"The body must be {OAuthForm.MediaType} in UTF-8, with each parameter once.");

    private static JsonHttpResult<OAuthError>? CheckClient(OAuthForm form) => form["client_id"] switch
    {
        PairingLimits.ClientId => null,
        null => OAuthError.InvalidRequest("client_id is missing."),
        _ => OAuthError.InvalidClient(),
    };
}

/// <summary>For the document alone: the form is read parameter by parameter.</summary>
public sealed record DeviceAuthorizationForm(string ClientId, GatewayId GatewayId, string Serial, string Model, string SoftwareVersion, string? HardwareVersion = null);

/// <summary>For the document alone: the form is read parameter by parameter.</summary>
public sealed record DeviceTokenForm(string GrantType, string ClientId, string DeviceCode);

/// <summary>RFC 8628 §3.2.</summary>
/// <param name="UserCode">To be shown, and entered by a user.</param>
/// <param name="VerificationUri">Where the user enters it.</param>
/// <param name="VerificationUriComplete">The same with the code in it, for a QR code.</param>
/// <param name="ExpiresIn">Seconds.</param>
/// <param name="Interval">Seconds between two polls, at least.</param>
public sealed record DeviceAuthorizationResponse(
    string DeviceCode, string UserCode, string VerificationUri, string VerificationUriComplete, int ExpiresIn, int Interval)
{
    public static DeviceAuthorizationResponse Of(StartPairingOutcome.Started started, string uri) => new(
        started.DeviceCode, started.UserCode, uri, $"{uri}?user_code={started.UserCode}", (int)PairingLimits.CodeLifetime.TotalSeconds,
        (int)PairingLimits.PollInterval.TotalSeconds);
}
