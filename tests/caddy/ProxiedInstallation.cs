using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using StepCloud.Tests.Protocol;
using StepCloud.Tests.Support;
using StepCloud.Tests.System.Processes;
using Xunit;

namespace StepCloud.Tests.Caddy;

/// <summary>Server processes with their own database, and the real Caddy in front of them. What is a secret, the servers have out of files.</summary>
public abstract class ProxiedInstallation : IAsyncLifetime
{
    /// <summary>The only address that may come to the API of administrators.</summary>
    public const string AdministratorsAddress = "127.0.0.1";

    public const int AttemptsPerMinute = 10;

    private const int GatewayCount = 3;

    private readonly TemporaryFolder _secrets = new();
    private readonly Queue<PairedGateway> _gateways = new();
    private Installation? _installation;
    private CaddyProxy? _caddy;

    internal Installation Installation => _installation!;

    internal CaddyProxy Caddy => _caddy!;

    internal TestDatabase Database => _installation!.Database;

    public async Task InitializeAsync()
    {
        await File.WriteAllTextAsync(_secrets[TestMasterKey.Variable], TestMasterKey.Text + "\n");
        (_installation, IEnumerable<string> servers) = await StartServersAsync(
            (TestMasterKey.Variable, ""), ("STEPCLOUD_SECRETS", _secrets.Path),
            ("Network__TrustedProxies__0", "127.0.0.1/32"), ("Limits__AttemptsPerMinute", $"{AttemptsPerMinute}"), ("Passwords__MemoryMiB", "19"));
        _caddy = await CaddyProxy.StartAsync(servers, ("STEPCLOUD_ADMIN_NETWORKS", $"{AdministratorsAddress}/32"));
        foreach (PairedGateway gateway in await PairedGateway.EnrollAsync(_installation, GatewayCount)) _gateways.Enqueue(gateway);
    }

    public async Task DisposeAsync()
    {
        if (_caddy is not null) await _caddy.DisposeAsync();
        await StopServersAsync();
        _secrets.Dispose();
    }

    /// <returns>The installation, and where its servers are, such as `http://127.0.0.1:8080`.</returns>
    private protected abstract Task<(Installation Installation, IEnumerable<string> Servers)> StartServersAsync(params (string Name, string Value)[] settings);

    /// <summary>And deletes what they had.</summary>
    private protected abstract Task StopServersAsync();

    /// <summary>A client through the proxy with an access token of the owner.</summary>
    internal async Task<HttpClient> SignedInAsync(string from)
    {
        HttpClient http = Caddy.CreateClient(from);
        string token = (string)(await Installation.SignInAsync(http, Caddy.Address))["access_token"]!;
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        return http;
    }

    /// <summary>A gateway that nobody else uses, with a device that it has announced through the proxy.</summary>
    internal async Task<ReadyGateway> TakeGatewayAsync(HttpClient http)
    {
        PairedGateway paired;
        lock (_gateways) paired = _gateways.Dequeue();
        JsonNode tokens = await paired.RefreshAsync(http, Caddy.Address);
        ReadyGateway gateway = new(paired.Id, (string)tokens["access_token"]!, (string)tokens["refresh_token"]!, Guid.NewGuid());
        using HttpResponseMessage answer = await SendAsync(http, gateway, "devices", new JsonObject
        {
            ["device"] = gateway.Device.ToString(), ["source"] = gateway.Device.ToString(), ["model"] = "Test",
        });
        answer.EnsureSuccessStatusCode();
        return gateway;
    }

    /// <summary>Something of the gateway's, over HTTPS through the proxy.</summary>
    internal static async Task<HttpResponseMessage> SendAsync(HttpClient http, ReadyGateway gateway, string what, JsonNode body)
    {
        using HttpRequestMessage request = new(HttpMethod.Post, $"/gateway/api/v1/{what}") { Content = JsonContent.Create(body) };
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", gateway.AccessToken);
        return await http.SendAsync(request);
    }

    internal Task<string[]> StoredLabelsAsync(Guid gateway) =>
        Database.ScalarAsync<string[]>("SELECT coalesce(array_agg(label ORDER BY position), '{}') FROM step_event WHERE gateway_id = $1", gateway);
}
