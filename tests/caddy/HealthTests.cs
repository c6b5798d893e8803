using System.Net;
using Npgsql;
using Shouldly;
using StepCloud.Tests.Support;
using StepCloud.Tests.System.Processes;
using Xunit;

namespace StepCloud.Tests.Caddy;

/// <summary>What is asked of a process itself, beside the proxy.</summary>
public sealed class HealthTests
{
    [Fact]
    public async Task A_process_says_that_it_lives_and_whether_it_is_ready_to_whoever_asks_however_often_and_is_not_ready_without_its_database()
    {
        await using Installation installation = await Installation.CreateAsync();
        await installation.StartServerAsync(("Limits__AddressPerSecond", "1"));
        int port = Installation.FreePort();
        await using BuiltProgram reader = await installation.StartReaderAsync(port);
        using HttpClient http = new();

        for (int i = 0; i < 20; i++) (await StatusAsync(http, $"{installation.HttpAddress}/health/ready")).ShouldBe(HttpStatusCode.OK);
        (await StatusAsync(http, $"{installation.HttpAddress}/health/live")).ShouldBe(HttpStatusCode.OK);
        HttpStatusCode[] others = await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => StatusAsync(http, $"{installation.HttpAddress}/api/v1/sites")));
        others.ShouldContain(HttpStatusCode.TooManyRequests, "what else comes from that address is limited");
        (await http.GetStringAsync($"http://127.0.0.1:{port}/openapi/user.json")).ShouldNotContain("/health");

        (await ReadyCommandAsync(port)).ShouldBe((0, "ready"));
        await CloseDatabaseAsync(installation.Database);
        await Eventually.HoldsAsync(
            async () => await StatusAsync(http, $"http://127.0.0.1:{port}/health/ready") == HttpStatusCode.ServiceUnavailable, "the reader without its database is not ready");
        (await StatusAsync(http, $"http://127.0.0.1:{port}/health/live")).ShouldBe(HttpStatusCode.OK, "a new process would not have it either");
        // That the notices are not heard may be noticed first.
        (int ExitCode, string Said) answer = default;
        await Eventually.HoldsAsync(
            async () => (answer = await ReadyCommandAsync(port)).Said.StartsWith("not ready: database", StringComparison.Ordinal), "the command names the database");
        answer.ExitCode.ShouldBe(1);
        (await ReadyCommandAsync(Installation.FreePort())).ShouldBe((1, "not ready"), "nobody is there");
    }

    private static async Task<HttpStatusCode> StatusAsync(HttpClient http, string address)
    {
        using HttpResponseMessage answer = await http.GetAsync(address);
        return answer.StatusCode;
    }

    private static async Task<(int ExitCode, string Said)> ReadyCommandAsync(int port)
    {
        await using BuiltProgram command = BuiltProgram.StartServer(["ready", "--http-port", $"{port}"]);
        int exitCode = await command.ExitCodeAsync();
        return (exitCode, string.Join('\n', command.Output));
    }

    /// <summary>Lets nobody in any more, and sends away who is.</summary>
    private static async Task CloseDatabaseAsync(TestDatabase database)
    {
        await using NpgsqlDataSource source = NpgsqlDataSource.Create(database.AdministratorConnectionString);
        string name = new NpgsqlConnectionStringBuilder(database.ConnectionString).Database!;
        foreach (string sql in new[] { $"ALTER DATABASE {name} ALLOW_CONNECTIONS false", $"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'" })
        {
            await using NpgsqlCommand command = source.CreateCommand(sql);
            await command.ExecuteNonQueryAsync();
        }
    }
}
