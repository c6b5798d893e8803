using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using StepCloud.Api.Hosting;
using StepCloud.Contracts.Ids;
using StepCloud.Tests.Support;
using Xunit;

namespace StepCloud.Tests.Api.Http;

/// <summary>The real server in this process, on real sockets and a database of its own, with two organizations in it.</summary>
public sealed class ApiServer : IAsyncLifetime
{
    /// <summary>Less than an access token lives, by more than any test lasts.</summary>
    private static readonly TimeSpan TokensKept = TimeSpan.FromMinutes(8);

    private readonly Dictionary<string, (string Token, DateTimeOffset From)> _tokens = [];
    private readonly TemporaryFolder _data = new();
    private StepCloudServer? _server;
    private HttpClient? _http;

    /// <summary>Beside those that every test has.</summary>
    public (string Name, string? Value)[] Settings { get; init; } = [];

    public TimeProvider Clock { get; init; } = TimeProvider.System;

    public TestDatabase Database { get; private set; } = null!;

    /// <summary>The organization whose people and gateways most tests use.</summary>
    public Shop Own { get; private set; } = null!;

    /// <summary>A stranger to the first.</summary>
    public Shop Other { get; private set; } = null!;

    public string AdministratorEmail { get; private set; } = "";

    public IServiceProvider Services => _server!.Services;

    public Uri HttpAddress => new(_server!.HttpAddress);

    public int MqttPort => int.Parse(_server!.MqttAddress.Split(':')[^1]);

    /// <summary>Starts a server as `serve` does, on ports that the system chooses, with password hashes as cheap as the settings let them be.</summary>
    public static Task<StepCloudServer> StartServerAsync(string connectionString, params (string Name, string? Value)[] settings) =>
        StartServerAsync(connectionString, TimeProvider.System, settings);

    private static Task<StepCloudServer> StartServerAsync(string connectionString, TimeProvider clock, (string Name, string? Value)[] settings)
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
            ["Alarms:SendEvery"] = "00:00:00.100",
            ["Alarms:WebhookTimeout"] = "00:00:02",
            ["Alarms:RetryDelays:0"] = "00:00:00.100",
            ["Alarms:RetryDelays:1"] = "00:00:00.200",
            // Where tests have their receivers. The rest of this machine is forbidden.
            ["Alarms:AllowedNetworks:0"] = "127.0.0.1/32",
            ["Alarms:SettleFor"] = "00:00:00",
            ["Alarms:LookAtDevicesEvery"] = "00:00:00.200",
            ["Logging:LogLevel:Default"] = "None",
            ["Logging:LogLevel:Microsoft.AspNetCore"] = "None",
            ["Logging:LogLevel:Npgsql"] = "None",
        });
        builder.Configuration.AddInMemoryCollection(settings.ToDictionary(setting => setting.Name, setting => setting.Value));
        return StepCloudServer.StartAsync(builder, clock, CancellationToken.None);
    }

    public async Task InitializeAsync()
    {
        Database = await TestPostgres.CreateDatabaseAsync();
        _server = await StartServerAsync(Database.ConnectionString, Clock, [("Server:Data", _data.Path), .. Settings]);
        _http = new HttpClient { BaseAddress = HttpAddress };
        Seeds seeds = new(Services, Database);
        (Own, AdministratorEmail) = await seeds.InstallAsync();
        Other = await seeds.AddShopAsync("Other");
    }

    public async Task DisposeAsync()
    {
        _http?.Dispose();
        if (_server is not null) await _server.DisposeAsync();
        await Database.DisposeAsync();
        _data.Dispose();
    }

    /// <summary>Stops the server; its database stays.</summary>
    public Task StopAsync() => _server!.StopAsync(CancellationToken.None);

    /// <summary>Written as by another process: what it means for a session that was just found open counts here within 50 ms (docs/adr/0006).</summary>
    public async Task ExecuteElsewhereAsync(string sql, params object[] values)
    {
        await Database.ExecuteAsync(sql, values);
        await Task.Delay(100);
    }

    public T Service<T>() where T : notnull => Services.GetRequiredService<T>();

    /// <summary>Whoever has that token; null for nobody.</summary>
    public ApiClient With(string? token) => new(_http!, token);

    public ApiClient Anonymous => With(null);

    public async Task<ApiClient> OwnerAsync() => await UserAsync(Own.OwnerEmail);

    public async Task<ApiClient> StrangerAsync() => await UserAsync(Other.OwnerEmail);

    public async Task<ApiClient> AdministratorAsync() => await UserAsync(AdministratorEmail);

    /// <summary>Signed in once for many tests: they must not end that session.</summary>
    public async Task<ApiClient> UserAsync(string email)
    {
        DateTimeOffset now = TimeProvider.System.GetUtcNow();
        if (!_tokens.TryGetValue(email, out (string Token, DateTimeOffset From) known) || now - known.From > TokensKept)
            _tokens[email] = known = ((await Anonymous.SignInAsync(email)).AccessToken, now);
        return With(known.Token);
    }

    /// <summary>A user of the first organization that no other test has.</summary>
    public Task<string> AddUserAsync(string role = "owner") => AddUserAsync(Own.Organization, role);

    /// <param name="organization">Null for an administrator of the installation.</param>
    public Task<string> AddUserAsync(OrganizationId? organization, string role) => new Seeds(Services, Database).AddUserAsync(organization, role);

    /// <summary>Another organization, that no other test has.</summary>
    public Task<Shop> AddShopAsync(string name) => new Seeds(Services, Database).AddShopAsync(name);

    /// <summary>A new gateway of the shop (the first organization's, when none is given).</summary>
    public async Task<TestGateway> AddGatewayAsync(Shop? shop = null)
    {
        shop ??= Own;
        return await TestGateway.CreateAsync(this, shop, await UserAsync(shop.OwnerEmail));
    }
}

/// <summary>All tests that share the one server run one after the other.</summary>
[CollectionDefinition(Name)]
public sealed class ApiTests : ICollectionFixture<ApiServer>
{
    public const string Name = "api";
}
