using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;
using Shouldly;
using StepCloud.Contracts.Ids;
using StepCloud.Tests.Api.Http;

namespace StepCloud.Tests.Api.Pairing;

/// <summary>Somebody at a loopback address that no other test has: what is counted by address does not add up over the tests.</summary>
internal sealed class PairingPeer : IDisposable
{
    public const string StartPath = "/gateway/api/v1/pairing/device-authorization";
    public const string TokenPath = "/gateway/api/v1/pairing/token";
    public const string GrantType = "urn:ietf:params:oauth:grant-type:device_code";

    private static int s_last = 1;

    private readonly HttpClient _http;

    public PairingPeer(ApiServer server)
    {
        Address = IPAddress.Parse($"127.0.1.{Interlocked.Increment(ref s_last)}");
        _http = new HttpClient(new SocketsHttpHandler { ConnectCallback = ConnectAsync }) { BaseAddress = server.HttpAddress };
    }

    public IPAddress Address { get; }

    public ApiClient Anonymous => new(_http, token: null);

    /// <summary>That user at this address.</summary>
    public ApiClient As(ApiClient user) => new(_http, user.Token);

    public static Dictionary<string, string?> StartForm(GatewayId? gateway = null) => new()
    {
        ["client_id"] = "stepcloud-gateway",
        ["gateway_id"] = (gateway ?? GatewayId.New(TimeProvider.System)).ToString(),
        ["serial"] = "100000003d1d1c36",
        ["model"] = "Raspberry Pi 5",
        ["software_version"] = "1.2.3",
    };

    public static Dictionary<string, string?> TokenForm(string deviceCode) => new()
    {
        ["grant_type"] = GrantType,
        ["client_id"] = "stepcloud-gateway",
        ["device_code"] = deviceCode,
    };

    /// <param name="form">Parameters that are null are left out.</param>
    public Task<HttpResponseMessage> PostFormAsync(string path, Dictionary<string, string?> form) => PostFormAsync(
        path, string.Join('&', form.Where(pair => pair.Value is not null).Select(pair => $"{pair.Key}={Uri.EscapeDataString(pair.Value!)}")));

    public Task<HttpResponseMessage> PostFormAsync(string path, string form, string? mediaType = "application/x-www-form-urlencoded") =>
        Anonymous.PostAsync(path, Encoding.UTF8.GetBytes(form), mediaType);

    public async Task<Codes> StartAsync(GatewayId? gateway = null)
    {
        JsonNode answer = await PostFormAsync(StartPath, StartForm(gateway)).ShouldAnswerAsync(200);
        return new Codes((string)answer["device_code"]!, (string)answer["user_code"]!);
    }

    public Task<HttpResponseMessage> PollAsync(Codes codes) => PostFormAsync(TokenPath, TokenForm(codes.DeviceCode));

    public static JsonObject Code(string code) => new() { ["user_code"] = code };

    public static JsonObject Confirmation(string code, SiteId site, string name = "Gateway by the door") =>
        new() { ["user_code"] = code, ["site"] = site.ToString(), ["name"] = name };

    public void Dispose() => _http.Dispose();

    private async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancellationToken)
    {
        Socket socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.Bind(new IPEndPoint(Address, 0));
            await socket.ConnectAsync(context.DnsEndPoint, cancellationToken);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}

internal sealed record Codes(string DeviceCode, string UserCode);

internal static class OAuthAnswers
{
    /// <summary>Holds the answer against RFC 6749 §5.2.</summary>
    public static async Task ShouldBeOAuthErrorAsync(this Task<HttpResponseMessage> sending, string error, int status = 400)
    {
        using HttpResponseMessage answer = await sending;
        string body = await answer.Content.ReadAsStringAsync();
        ((int)answer.StatusCode).ShouldBe(status, body);
        (answer.Content.Headers.ContentType?.MediaType).ShouldBe("application/json");
        (answer.Headers.CacheControl?.NoStore).ShouldBe(true);
        JsonObject json = JsonNode.Parse(body)!.AsObject();
        ((string?)json["error"]).ShouldBe(error, body);
        ((string)json["error_description"]!).All(c => c is >= ' ' and <= '~' and not '"' and not '\\').ShouldBeTrue(body);
    }
}
