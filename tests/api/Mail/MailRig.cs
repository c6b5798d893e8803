using StepCloud.Api.Hosting;
using StepCloud.Tests.Api.Http;
using StepCloud.Tests.Support;
using Xunit;

namespace StepCloud.Tests.Api.Mail;

/// <summary>A server of its own whose mails go to a real SMTP server.</summary>
public sealed class MailRig : IAsyncLifetime
{
    private StepCloudServer? _server;
    private HttpClient? _http;

    internal SmtpServer Smtp { get; private set; } = null!;

    public TestDatabase Database { get; private set; } = null!;

    public Shop Own { get; private set; } = null!;

    public Shop Other { get; private set; } = null!;

    public string AdministratorEmail { get; private set; } = "";

    public ApiClient Anonymous => new(_http!, null);

    public async Task InitializeAsync()
    {
        Smtp = await SmtpServer.StartAsync();
        Database = await TestPostgres.CreateDatabaseAsync();
        _server = await ApiServer.StartServerAsync(Database.ConnectionString, [.. Settings(Smtp.Port), ("Mail:StartTls", "false")]);
        _http = new HttpClient { BaseAddress = new Uri(_server.HttpAddress) };
        Seeds seeds = new(_server.Services, Database);
        (Own, AdministratorEmail) = await seeds.InstallAsync();
        Other = await seeds.AddShopAsync("Other");
    }

    public async Task DisposeAsync()
    {
        _http?.Dispose();
        if (_server is not null) await _server.DisposeAsync();
        await Database.DisposeAsync();
        await Smtp.DisposeAsync();
    }

    public static (string Name, string? Value)[] Settings(int port, string host = "127.0.0.1") =>
    [
        ("Mail:Host", host), ("Mail:Port", $"{port}"), ("Mail:From", "StepCloud <stepcloud@own.example>"),
        ("Mail:PublicUrl", "https://stepcloud.own.example"), ("Mail:RetryFirst", "00:00:00.050"), ("Mail:RetryLongest", "00:00:00.200"),
    ];

    public ApiClient With(string token) => new(_http!, token);

    public async Task<ApiClient> UserAsync(string email) => With((await Anonymous.SignInAsync(email)).AccessToken);

    public Task<string> AddUserAsync(string role = "owner") => new Seeds(_server!.Services, Database).AddUserAsync(Own.Organization, role);

    public Task<long> CountAsync(string from) => Database.ScalarAsync<long>($"SELECT count(*) FROM {from}");
}

[CollectionDefinition(Name)]
public sealed class MailCollection : ICollectionFixture<MailRig>
{
    public const string Name = "mail";
}
