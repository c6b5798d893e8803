using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using Shouldly;
using StepCloud.Actors.Ports;
using StepCloud.Api.Hosting;
using StepCloud.Contracts.Audit;
using StepCloud.Contracts.Ids;
using StepCloud.Storage;
using StepCloud.Tests.Api.Ingress;
using StepCloud.Tests.Support;
using Xunit;

namespace StepCloud.Tests.Api.Http;

/// <summary>PostgreSQL is killed under a server that is at work.</summary>
public sealed class DatabaseOutageTests
{
    private readonly ConcurrentDictionary<string, int> _answers = new();
    private HttpClient _http = null!;

    [Fact]
    public async Task While_PostgreSQL_is_killed_and_restarted_answers_wait_or_are_503_and_no_step_is_lost_or_doubled()
    {
        using TemporaryFolder folder = new();
        PrivatePostgresOptions options = new() { DataDirectory = folder["data"], StopWithOwner = true };
        await using PrivatePostgres postgres = await PrivatePostgres.StartAsync(
            options, NullLoggerFactory.Instance, TimeProvider.System, CancellationToken.None);
        await using StepCloudServer server = await ApiServer.StartServerAsync(postgres.ConnectionString);
        _http = new HttpClient { BaseAddress = new Uri(server.HttpAddress), Timeout = TimeSpan.FromMinutes(3) };
        SiteId site = await InstallAsync(server.Services);
        ApiClient owner = new(_http, (await new ApiClient(_http, null).SignInAsync("owner@own.example")).AccessToken);
        JsonNode created = await owner.PostAsync("/api/v1/gateways", new JsonObject { ["site"] = site.ToString(), ["name"] = "G" }).ShouldAnswerAsync(201);
        ApiClient gateway = new(_http, Tokens.Of(created).AccessToken);
        DeviceId device = DeviceId.New(TimeProvider.System);
        await gateway.PostAsync("/gateway/api/v1/devices", TestGateway.Announcement(device)).ShouldAnswerAsync(200);

        using CancellationTokenSource enough = new();
        Task<string[]>[] senders = [SendAsync(gateway, device, enough.Token), SendAsync(gateway, device, enough.Token)];
        Task[] readers = [ReadAsync(owner, device, enough.Token), SignInAsync(enough.Token), RefuseAsync(gateway, enough.Token)];
        for (int kill = 0; kill < 2; kill++)
        {
            await Task.Delay(TimeSpan.FromSeconds(1));
            await KillAsync(postgres);
        }

        await Task.Delay(TimeSpan.FromSeconds(1));
        await enough.CancelAsync();
        string[] sent = [.. (await Task.WhenAll(senders)).SelectMany(ids => ids)];
        await Task.WhenAll(readers);

        _answers.Keys.ShouldBeSubsetOf(["POST steps 200", "POST steps 503", "GET 200", "GET 503", "sign-in 200", "sign-in 503", "refused 422", "refused 503"]);
        _answers.Keys.ShouldContain(answer => answer.EndsWith(" 503", StringComparison.Ordinal), "no request met the outage");
        await owner.GetAsync($"/api/v1/devices/{device}").ShouldAnswerAsync(200);
        await using NpgsqlDataSource database = NpgsqlDataSource.Create(postgres.ConnectionString);
        await using NpgsqlCommand command = database.CreateCommand("SELECT id FROM step_event WHERE device_id = $1");
        command.Parameters.Add(new NpgsqlParameter { Value = device.Value });
        await using NpgsqlDataReader reader = await command.ExecuteReaderAsync();
        List<string> stored = [];
        while (await reader.ReadAsync()) stored.Add(reader.GetGuid(0).ToString());
        stored.ShouldBe(sent, ignoreOrder: true);
    }

    private static async Task<SiteId> InstallAsync(IServiceProvider services)
    {
        string hash = await services.GetRequiredService<IPasswordHasher>().HashAsync(Seeds.Password, CancellationToken.None);
        NewOrganization organization = new(OrganizationId.New(TimeProvider.System), "Own", SiteId.New(TimeProvider.System), "Workshop");
        NewUser owner = new(UserId.New(TimeProvider.System), organization.Id, "owner@own.example", "Owner", hash, [Roles.Owner]);
        await services.GetRequiredService<InstallationStore>().CreateAsync(new NewInstallation(organization, [owner]), AuditDoer.System("test"), CancellationToken.None);
        return organization.Site;
    }

    private static async Task KillAsync(PrivatePostgres postgres)
    {
        using (Process process = Process.GetProcessById(postgres.ProcessId.ShouldNotBeNull()))
        {
            process.Kill();
            await process.WaitForExitAsync();
        }

        await Eventually.HoldsAsync(() => AnswersAsync(postgres), "PostgreSQL answers again");
    }

    private static async Task<bool> AnswersAsync(PrivatePostgres postgres)
    {
        string unpooled = new NpgsqlConnectionStringBuilder(postgres.ConnectionString) { Pooling = false }.ConnectionString;
        try
        {
            await using NpgsqlConnection connection = new(unpooled);
            await connection.OpenAsync();
            return postgres.ProcessId is not null;
        }
        catch (NpgsqlException)
        {
            return false;
        }
    }

    /// <summary>As a gateway does: each step until it is acknowledged.</summary>
    private async Task<string[]> SendAsync(ApiClient gateway, DeviceId device, CancellationToken cancellationToken)
    {
        List<string> sent = [];
        while (!cancellationToken.IsCancellationRequested)
        {
            JsonObject step = TestGateway.Step(device);
            while (await CountAsync("POST steps", gateway.PostAsync("/gateway/api/v1/steps", step)) == 503) await Task.Delay(20, CancellationToken.None);
            sent.Add((string)step["id"]!);
            await Task.Delay(10, CancellationToken.None);
        }

        return [.. sent];
    }

    private async Task ReadAsync(ApiClient owner, DeviceId device, CancellationToken cancellationToken)
    {
        string[] paths = [$"/api/v1/devices/{device}", "/api/v1/devices", "/api/v1/sites", $"/api/v1/devices/{device}/steps?limit=5"];
        for (int i = 0; !cancellationToken.IsCancellationRequested; i++)
        {
            await CountAsync("GET", owner.GetAsync(paths[i % paths.Length]));
            await Task.Delay(10, CancellationToken.None);
        }
    }

    private async Task SignInAsync(CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            await CountAsync("sign-in", new ApiClient(_http, null).TrySignInAsync("owner@own.example", Seeds.Password));
            await Task.Delay(50, CancellationToken.None);
        }
    }

    private async Task RefuseAsync(ApiClient gateway, CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            await CountAsync("refused", gateway.PostAsync("/gateway/api/v1/steps", StepJson.Bytes("{")));
            await Task.Delay(50, CancellationToken.None);
        }
    }

    private async Task<int> CountAsync(string what, Task<HttpResponseMessage> sending)
    {
        HttpResponseMessage answer = await sending;
        int status = (int)answer.StatusCode;
        string body = await answer.Content.ReadAsStringAsync();
        _answers.AddOrUpdate($"{what} {status}{(status is 200 or 422 or 503 ? "" : " " + body)}", 1, (_, count) => count + 1);
        if (status == 503)
        {
            answer.Headers.RetryAfter.ShouldNotBeNull();
            await Task.FromResult(answer).ShouldBeProblemAsync(503, (string?)JsonNode.Parse(body)!["code"] == "busy" ? "busy" : "unavailable");
        }

        return status;
    }
}
