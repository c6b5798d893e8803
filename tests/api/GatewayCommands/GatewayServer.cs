using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Shouldly;
using StepCloud.Actors.Ports;
using StepCloud.Api.Hosting;
using StepCloud.Api.Mqtt.Relay;
using StepCloud.Contracts.Ids;
using StepCloud.Storage.Cluster;
using StepCloud.Tests.Support;

namespace StepCloud.Tests.Api.GatewayCommands;

/// <summary>A server in this process with a database of its own, which a test can stop, or crash, and start again.</summary>
internal sealed class GatewayServer : IAsyncDisposable
{
    private const string Password = "correct horse battery staple";

    private static readonly string[] TablesOfCrash = ["mqtt_session", "mqtt_subscription", "mqtt_message", "mqtt_inbound", "mqtt_retained"];

    private StepCloudServer _server;

    private GatewayServer(TestDatabase database, StepCloudServer server)
    {
        Database = database;
        _server = server;
        Http = NewClient();
    }

    /// <summary>Whose it is disposes of it.</summary>
    private bool OwnsDatabase { get; init; } = true;

    public TestDatabase Database { get; }

    public HttpClient Http { get; private set; }

    public int MqttPort => int.Parse(_server.MqttAddress.Split(':')[^1]);

    /// <summary>What other nodes call.</summary>
    public ILiveRelay Relay => _server.Services.GetRequiredService<ILiveRelay>();

    public static async Task<GatewayServer> StartAsync()
    {
        TestDatabase database = await TestPostgres.CreateDatabaseAsync();
        GatewayServer started = new(database, await StartServerAsync(database.ConnectionString));
        await started.SignInAsync();
        return started;
    }

    /// <summary>One of several on a database, over a connection of its own. It has no client of its own: whoever signs in at one is known to all.</summary>
    public static async Task<GatewayServer> StartNodeAsync(TestDatabase database, string connectionString, ThisNode node, IOtherNodes? others = null)
    {
        GatewayServer started = new(database, await StartServerAsync(connectionString, node, others)) { OwnsDatabase = false };
        await started._server.Services.GetRequiredService<ClusterNodes>().EnterAsync(node.Prefix, CancellationToken.None);
        return started;
    }

    /// <summary>Signed in as an owner, of a new organization.</summary>
    public async Task SignInAsync() => await SignInAsync(await AddUserAsync(Roles.Owner, OrganizationId.New(TimeProvider.System)), Http);

    /// <summary>Everything is stopped as it should be, and begins anew on the same database.</summary>
    public Task RestartAsync() => RestartAsync(() => Task.CompletedTask);

    /// <summary>As <see cref="RestartAsync()"/>, but the next server finds what a power cut at this moment would have left of the MQTT server.</summary>
    public async Task CrashAsync()
    {
        foreach (string table in TablesOfCrash) await Database.ExecuteAsync($"CREATE TABLE crash_{table} AS TABLE {table}");
        await RestartAsync(async () =>
        {
            await Database.ExecuteAsync($"TRUNCATE {string.Join(", ", TablesOfCrash)}");
            foreach (string table in TablesOfCrash) await Database.ExecuteAsync($"INSERT INTO {table} SELECT * FROM crash_{table}");
            foreach (string table in TablesOfCrash) await Database.ExecuteAsync($"DROP TABLE crash_{table}");
        });
    }

    /// <summary>A gateway of the owner's site.</summary>
    public Task<TestGateway> AddGatewayAsync() => AddGatewayAsync(Http);

    /// <summary>A gateway on the first site of that owner.</summary>
    public async Task<TestGateway> AddGatewayAsync(HttpClient owner)
    {
        JsonNode sites = JsonNode.Parse(await owner.GetStringAsync("/api/v1/sites"))!;
        string site = (string)sites["items"]![0]!["id"]!;
        HttpResponseMessage answer = await owner.PostAsJsonAsync("/api/v1/gateways", new { site, name = "Gateway" });
        JsonNode body = JsonNode.Parse(await answer.Content.ReadAsStringAsync())!;
        answer.IsSuccessStatusCode.ShouldBeTrue(body.ToJsonString());
        return new TestGateway(this, GatewayId.Parse((string)body["gateway"]!["id"]!, null), (string)body["access_token"]!, (string)body["refresh_token"]!);
    }

    /// <summary>A client signed in as a new user with that role: in the owner's organization, or as a stranger to it.</summary>
    public async Task<HttpClient> ClientAsync(string role, bool isStranger)
    {
        Guid own = await Database.ScalarAsync<Guid>("SELECT id FROM organization ORDER BY created_at LIMIT 1");
        HttpClient client = NewClient();
        await SignInAsync(await AddUserAsync(role, isStranger ? OrganizationId.New(TimeProvider.System) : new OrganizationId(own)), client);
        return client;
    }

    /// <summary>The access token of a new user with that role.</summary>
    public async Task<string> UserTokenAsync(string role, bool isStranger)
    {
        using HttpClient client = await ClientAsync(role, isStranger);
        return client.DefaultRequestHeaders.Authorization!.Parameter!;
    }

    public async Task<JsonNode> SendCommandAsync(GatewayId gateway, string name, string arguments = "{}", TimeSpan? lifetime = null)
    {
        JsonObject body = new() { ["name"] = name, ["arguments"] = JsonNode.Parse(arguments) };
        if (lifetime is { } time) body["deadline"] = (TimeProvider.System.GetUtcNow() + time).ToString("O");
        HttpResponseMessage answer = await Http.PostAsJsonAsync($"/api/v1/gateways/{gateway}/commands", body);
        string text = await answer.Content.ReadAsStringAsync();
        ((int)answer.StatusCode).ShouldBe(201, text);
        return JsonNode.Parse(text)!;
    }

    public async Task<JsonNode> CommandAsync(GatewayId gateway, string command) =>
        JsonNode.Parse(await Http.GetStringAsync($"/api/v1/gateways/{gateway}/commands/{command}"))!;

    public async Task<JsonNode> CommandShouldBecomeAsync(GatewayId gateway, string command, string state)
    {
        await Eventually.HoldsAsync(async () => (string?)(await CommandAsync(gateway, command))["state"] == state, $"the command becomes {state}");
        return await CommandAsync(gateway, command);
    }

    /// <summary>Whoever has that token.</summary>
    public HttpClient NewClient(string accessToken)
    {
        HttpClient client = NewClient();
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", accessToken);
        return client;
    }

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        await _server.DisposeAsync();
        if (OwnsDatabase) await Database.DisposeAsync();
    }

    private static Task<StepCloudServer> StartServerAsync(string connectionString, ThisNode? node = null, IOtherNodes? others = null)
    {
        WebApplicationBuilder builder = WebApplication.CreateBuilder(new WebApplicationOptions { ContentRootPath = AppContext.BaseDirectory });
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["Server:HttpPort"] = "0",
            ["Server:MqttPort"] = "0",
            ["ConnectionStrings:StepCloud"] = connectionString,
            [TestMasterKey.Variable] = TestMasterKey.Text,
            ["Passwords:MemoryMiB"] = "19",
            ["Passwords:Passes"] = "2",
            // All tests come from one address.
            ["Limits:AttemptsPerMinute"] = "100000",
            ["Limits:RenewalsPerMinute"] = "100000",
            ["Limits:UserPerSecond"] = "100000",
            ["Logging:LogLevel:Default"] = "None",
            ["Logging:LogLevel:Microsoft.AspNetCore"] = "None",
            ["Logging:LogLevel:Npgsql"] = "None",
        });
        if (others is not null) builder.Services.AddSingleton(others);
        return StepCloudServer.StartAsync(builder, new InProcessEngine(node), TimeProvider.System, CancellationToken.None);
    }

    private async Task RestartAsync(Func<Task> between)
    {
        await _server.DisposeAsync();
        await between();
        _server = await StartServerAsync(Database.ConnectionString);
        AuthenticationHeaderValue? token = Http.DefaultRequestHeaders.Authorization;
        Http.Dispose();
        Http = NewClient();
        Http.DefaultRequestHeaders.Authorization = token;
    }

    private HttpClient NewClient() => new() { BaseAddress = new Uri(_server.HttpAddress) };

    private async Task<string> AddUserAsync(string role, OrganizationId organization)
    {
        UserId id = UserId.New(TimeProvider.System);
        string hash = await _server.Services.GetRequiredService<IPasswordHasher>().HashAsync(Password, CancellationToken.None);
        await Database.ExecuteAsync(
            "INSERT INTO organization (id, name, created_at, updated_at) VALUES ($1, 'Shop', now(), now()) ON CONFLICT DO NOTHING", organization.Value);
        await Database.ExecuteAsync(
            "INSERT INTO site (id, organization_id, name, created_at, updated_at) VALUES ($1, $2, 'Workshop', now(), now())",
            SiteId.New(TimeProvider.System).Value, organization.Value);
        await Database.ExecuteAsync(
            """
            INSERT INTO app_user (id, organization_id, email, name, password_hash, roles, created_at, updated_at)
            VALUES ($1, $2, $3, 'Somebody', $4, ARRAY[$5], now(), now())
            """,
            id.Value, organization.Value, $"{id}@example.org", hash, role);
        return $"{id}@example.org";
    }

    private static async Task SignInAsync(string email, HttpClient client)
    {
        HttpResponseMessage answer = await client.PostAsJsonAsync("/api/v1/sign-in", new { email, password = Password });
        JsonNode body = JsonNode.Parse(await answer.Content.ReadAsStringAsync())!;
        answer.IsSuccessStatusCode.ShouldBeTrue(body.ToJsonString());
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", (string)body["access_token"]!);
    }
}
