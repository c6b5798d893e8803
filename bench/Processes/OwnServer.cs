using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using StepCloud.Actors.Ports;
using StepCloud.Api.Hosting;
using StepCloud.Bench.Frame;
using StepCloud.Contracts.Audit;
using StepCloud.Contracts.Ids;
using StepCloud.Storage;

namespace StepCloud.Bench.Processes;

/// <summary>The whole server in this process, with its private PostgreSQL in a folder of its own and one owner of an organization and one administrator.</summary>
internal sealed class OwnServer : IAsyncDisposable
{
    public const string Email = "owner@bench.example";
    public const string AdministratorEmail = "administrator@bench.example";
    public const string Password = "gumbo trellis oxbow quern";

    private readonly StepCloudServer _server;

    private OwnServer(StepCloudServer server, string folder, NewOrganization organization, string passwordHash)
    {
        _server = server;
        Folder = folder;
        (Organization, Site) = (organization.Id, organization.Site);
        PasswordHash = passwordHash;
    }

    /// <summary>Of its private PostgreSQL.</summary>
    public string Folder { get; }

    /// <summary>The owner's.</summary>
    public OrganizationId Organization { get; }

    /// <summary>The organization's first.</summary>
    public SiteId Site { get; }

    public Uri Address => new(_server.HttpAddress);

    public string PasswordHash { get; }

    public T Service<T>() where T : notnull => _server.Services.GetRequiredService<T>();

    /// <summary>With the settings as they are shipped, but for the limit on attempts: all of them come from here.</summary>
    public static async Task<OwnServer> StartAsync(TimeProvider time, CancellationToken cancellationToken)
    {
        var folder = Directory.CreateTempSubdirectory("stepcloud-bench-");
        // As root the cluster runs as another account.
        folder.UnixFileMode |= UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions { ContentRootPath = AppContext.BaseDirectory });
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["Server:HttpPort"] = "0",
            ["Server:MqttPort"] = "0",
            ["Server:Data"] = folder.FullName,
            ["Limits:AttemptsPerMinute"] = "1000000",
            ["Limits:AddressPerSecond"] = "1000000",
            ["Limits:UserPerSecond"] = "1000000",
            // As long as a whole scenario may last.
            ["AccessTokens:Lifetime"] = "01:00:00",
            ["Logging:LogLevel:Default"] = "None",
        });
        var server = await StepCloudServer.StartAsync(builder, time, cancellationToken);
        string hash = await server.Services.GetRequiredService<IPasswordHasher>().HashAsync(Password, cancellationToken);
        var organization = new NewOrganization(OrganizationId.New(time), "Bench", SiteId.New(time), "Workshop");
        var owner = new NewUser(UserId.New(time), organization.Id, Email, "Owner", hash, [Roles.Owner]);
        var administrator = new NewUser(UserId.New(time), null, AdministratorEmail, "Administrator", hash, [Roles.Administrator]);
        await server.Services.GetRequiredService<InstallationStore>().CreateAsync(
            new NewInstallation(organization, [owner, administrator]), AuditDoer.System("bench"), cancellationToken);
        return new OwnServer(server, folder.FullName, organization, hash);
    }

    /// <returns>An access token.</returns>
    public async Task<string> SignInAsync(HttpClient http, string email, CancellationToken cancellationToken)
    {
        using var response = await http.PostAsJsonAsync(new Uri(Address, "/api/v1/sign-in"), new { email, password = Password }, cancellationToken);
        if (!response.IsSuccessStatusCode) throw new BenchException($"{email} cannot sign in: {(int)response.StatusCode}.");
        return (string)(await response.Content.ReadFromJsonAsync<JsonNode>(cancellationToken))!["access_token"]!;
    }

    /// <summary>Stops it, and leaves its folder to others.</summary>
    public Task LeaveAsync() => _server.StopAsync(CancellationToken.None);

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        Directory.Delete(Folder, recursive: true);
    }
}
