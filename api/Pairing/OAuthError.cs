using Microsoft.AspNetCore.Http.HttpResults;

namespace StepCloud.Api.Pairing;

/// <summary>An error as OAuth wants it (RFC 6749 §5.2, RFC 8628 §3.5), and not the Problem Details of all other answers.</summary>
/// <param name="ErrorDescription">For whoever writes the gateway. ASCII without quotes and backslashes (RFC 6749 §5.2).</param>
public sealed record OAuthError(string Error, string ErrorDescription)
{
    public static JsonHttpResult<OAuthError> InvalidRequest(string description) => Of("invalid_request", description);

    public static JsonHttpResult<OAuthError> InvalidClient() => Of("invalid_client", $"The client_id of every gateway is {Contracts.Gateways.PairingLimits.ClientId}.");

    public static JsonHttpResult<OAuthError> Of(string error, string description, int status = StatusCodes.Status400BadRequest) =>
        TypedResults.Json(new OAuthError(error, description), statusCode: status);
}
