using System.Net.Http.Json;
using System.Text.Json.Nodes;
using StepCloud.Tests.System.Processes;

namespace StepCloud.Tests.Protocol;

/// <summary>What a gateway has after its pairing.</summary>
internal sealed record PairedGateway(Guid Id, string RefreshToken)
{
    /// <summary>Pairs gateways as people do: a user signs in and creates them.</summary>
    public static async Task<IReadOnlyList<PairedGateway>> EnrollAsync(Installation installation, int count)
    {
        await installation.EnrollAsync(count);
        return In(installation.GatewayData);
    }

    /// <summary>Those of a folder of `gateway-sim`.</summary>
    public static IReadOnlyList<PairedGateway> In(string data) =>
    [
        .. Directory.EnumerateFiles(data, "credentials.json", SearchOption.AllDirectories)
            .Select(file => JsonNode.Parse(File.ReadAllText(file))!)
            .Select(credentials => new PairedGateway(Guid.Parse((string)credentials["id"]!), (string)credentials["refresh_token"]!)),
    ];

    public async Task<JsonNode> RefreshAsync(HttpClient http, string server)
    {
        JsonObject body = new() { ["refresh_token"] = RefreshToken };
        using HttpResponseMessage response = await http.PostAsJsonAsync($"{server}/gateway/api/v1/token", body);
        response.EnsureSuccessStatusCode();
        return JsonNode.Parse(await response.Content.ReadAsStringAsync())!;
    }
}

/// <summary>A gateway that may connect, with a device that the server knows.</summary>
internal sealed record ReadyGateway(Guid Id, string AccessToken, string RefreshToken, Guid Device)
{
    /// <summary>With an access token and a device that is announced.</summary>
    public static async Task<ReadyGateway> OfAsync(PairedGateway paired, HttpClient http, string server)
    {
        JsonNode tokens = await paired.RefreshAsync(http, server);
        ReadyGateway gateway = new(paired.Id, (string)tokens["access_token"]!, (string)tokens["refresh_token"]!, Guid.NewGuid());
        JsonObject announcement = new() { ["device"] = gateway.Device.ToString(), ["source"] = gateway.Device.ToString(), ["model"] = "Test" };
        using HttpRequestMessage request = new(HttpMethod.Post, $"{server}/gateway/api/v1/devices") { Content = JsonContent.Create(announcement) };
        request.Headers.Authorization = new("Bearer", gateway.AccessToken);
        using HttpResponseMessage response = await http.SendAsync(request);
        response.EnsureSuccessStatusCode();
        return gateway;
    }

    public string Topic(string name) => $"sc/1/{Id}/{name}";

    /// <summary>A step that is right in all its parts.</summary>
    public JsonObject Step(string label)
    {
        DateTimeOffset now = DateTimeOffset.UtcNow;
        return new JsonObject
        {
            ["id"] = Guid.CreateVersion7(now).ToString(),
            ["device"] = Device.ToString(),
            ["kind"] = "task_performed",
            ["started"] = now.AddSeconds(-9).ToString("O"),
            ["ended"] = now.ToString("O"),
            ["label"] = label,
        };
    }

    /// <summary>A step of a device that nobody announced.</summary>
    public JsonObject RefusedStep()
    {
        JsonObject step = Step("refused");
        step["device"] = Guid.NewGuid().ToString();
        return step;
    }
}
