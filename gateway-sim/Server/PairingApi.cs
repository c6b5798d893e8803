using System.Net;
using System.Text.Json;
using StepCloud.Contracts.Gateways;

namespace StepCloud.GatewaySim.Server;

/// <summary>The gateway's side of the Device Authorization Grant (RFC 8628), as any OAuth client would write it.</summary>
/// <param name="http">With the server's address as its base.</param>
public sealed class PairingApi(HttpClient http)
{
    private const string GrantType = "urn:ietf:params:oauth:grant-type:device_code";

    private static readonly JsonSerializerOptions Json = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower, RespectRequiredConstructorParameters = true };

    /// <exception cref="ServerRefusedException">The server does not take the request.</exception>
    public async Task<DeviceAuthorization> StartAsync(GatewayIntroduction introduction, CancellationToken cancellationToken)
    {
        Dictionary<string, string> form = new()
        {
            ["client_id"] = PairingLimits.ClientId,
            ["gateway_id"] = introduction.Gateway.ToString(),
            ["serial"] = introduction.Serial,
            ["model"] = introduction.Model,
            ["software_version"] = introduction.SoftwareVersion,
        };
        if (introduction.HardwareVersion is { } hardware) form["hardware_version"] = hardware;
        (HttpStatusCode status, byte[] body) = await PostAsync("gateway/api/v1/pairing/device-authorization", form, cancellationToken);
        return status == HttpStatusCode.OK ? Read<DeviceAuthorization>(body) : throw Refused(status, body);
    }

    /// <returns>The tokens; null as long as nobody has decided, with the pause that the server asks for.</returns>
    /// <exception cref="ServerRefusedException">Denied, expired, or used: ask for another code.</exception>
    public async Task<(GatewayGrant? Grant, TimeSpan Interval)> PollAsync(string deviceCode, TimeSpan interval, CancellationToken cancellationToken)
    {
        (HttpStatusCode status, byte[] body) = await PostAsync(
            "gateway/api/v1/pairing/token",
            new Dictionary<string, string> { ["grant_type"] = GrantType, ["client_id"] = PairingLimits.ClientId, ["device_code"] = deviceCode },
            cancellationToken);
        if (status == HttpStatusCode.OK) return (Read<GatewayGrant>(body), interval);
        return status == HttpStatusCode.BadRequest ? ErrorOf(body).Error switch
        {
            "authorization_pending" => (null, interval),
            "slow_down" => (null, interval + PairingLimits.SlowDownStep),
            _ => throw Refused(status, body),
        } : throw Refused(status, body);
    }

    private async Task<(HttpStatusCode Status, byte[] Body)> PostAsync(string path, Dictionary<string, string> form, CancellationToken cancellationToken)
    {
        using FormUrlEncodedContent content = new(form);
        using HttpResponseMessage response = await http.PostAsync(path, content, cancellationToken);
        return (response.StatusCode, await response.Content.ReadAsByteArrayAsync(cancellationToken));
    }

    private static ServerRefusedException Refused(HttpStatusCode status, byte[] body) =>
        ErrorOf(body) is { Error.Length: > 0 } error
            ? new ServerRefusedException(status, error.Error, error.ErrorDescription)
            : ServerRefusedException.From(status, body);

    private static OAuthError ErrorOf(byte[] body)
    {
        try
        {
            return JsonSerializer.Deserialize<OAuthError>(body, Json) ?? OAuthError.None;
        }
        catch (JsonException)
        {
            return OAuthError.None;
        }
    }

    private static T Read<T>(byte[] body)
    {
        try
        {
            return JsonSerializer.Deserialize<T>(body, Json) ?? throw new JsonException("null");
        }
        catch (JsonException e)
        {
            throw new HttpRequestException("The server answered with something else than expected.", e);
        }
    }

    private sealed record OAuthError(string Error = "", string ErrorDescription = "")
    {
        public static readonly OAuthError None = new();
    }
}

/// <param name="ExpiresIn">Seconds.</param>
/// <param name="Interval">Seconds between two polls, at least.</param>
public sealed record DeviceAuthorization(string DeviceCode, string UserCode, string VerificationUri, double ExpiresIn, double Interval = 5);
