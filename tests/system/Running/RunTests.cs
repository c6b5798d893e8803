using Shouldly;
using StepCloud.Tests.Support;
using StepCloud.Tests.System.Processes;
using Xunit;

namespace StepCloud.Tests.System.Running;

public sealed class RunTests
{
    private const string Verdict = @"^stored [1-9]\d* steps, [1-9]\d* samples; 0 lost, 0 duplicate$";

    [Fact]
    public async Task Run_stores_what_the_shop_sends_counts_it_and_goes_on_with_the_same_data_at_the_next_start()
    {
        using TemporaryFolder folder = new();
        await using (BuiltProgram first = Start(folder, "--for", "12s"))
        {
            (await first.ExitCodeAsync()).ShouldBe(0, first.ToString());
            first.Output.ShouldContain(line => line.Contains("administrator"));
            first.Output.ShouldContain(line => line.Contains("gateways online 3"), first.ToString());
            first.Output[^1].ShouldMatch(Verdict);
        }

        await using BuiltProgram second = Start(folder, "--for", "8s");
        (await second.ExitCodeAsync()).ShouldBe(0, second.ToString());
        second.Output.ShouldNotContain(line => line.Contains("administrator"), "the passwords are shown once");
        second.Output[^1].ShouldMatch(Verdict);
    }

    [Fact]
    public async Task Ctrl_C_stops_everything_and_still_counts()
    {
        using TemporaryFolder folder = new();
        await using BuiltProgram run = Start(folder);
        await run.LineAsync("gateways online 3");
        run.Signal("INT");
        (await run.ExitCodeAsync()).ShouldBe(0, run.ToString());
        run.Output[^1].ShouldMatch(Verdict);
        Directory.GetFiles(folder.Path, "postmaster.pid", SearchOption.AllDirectories).ShouldBeEmpty("the database was stopped");
    }

    [Fact]
    public async Task A_server_killed_with_its_private_database_running_is_taken_up_by_the_next()
    {
        using TemporaryFolder folder = new();
        await using (BuiltProgram killed = Start(folder))
        {
            await killed.LineAsync("gateways online 3");
            await killed.KillAsync();
        }

        await using BuiltProgram next = Start(folder, "--for", "8s");
        (await next.ExitCodeAsync()).ShouldBe(0, next.ToString());
        next.Output[^1].ShouldMatch(Verdict);
    }

    [Fact]
    public async Task Without_the_simulation_it_only_serves()
    {
        using TemporaryFolder folder = new();
        await using BuiltProgram run = Start(folder, "--no-sim", "--for", "2s");
        (await run.ExitCodeAsync()).ShouldBe(0, run.ToString());
        run.Output.ShouldNotContain(line => line.StartsWith("stored"));
    }

    [Fact]
    public async Task An_existing_PostgreSQL_serves_as_well()
    {
        using TemporaryFolder folder = new();
        await using TestDatabase database = await TestPostgres.CreateEmptyDatabaseAsync();
        await using BuiltProgram run = BuiltProgram.StartServer(
            ["run", "--data", folder.Path, "--http-port", "0", "--mqtt-port", "0", "--for", "10s"],
            ("STEPCLOUD_DATABASE", database.ConnectionString));
        (await run.ExitCodeAsync()).ShouldBe(0, run.ToString());
        run.Output[^1].ShouldMatch(Verdict);
        Directory.Exists(Path.Combine(folder.Path, "postgres")).ShouldBeFalse();
        (await database.ScalarAsync<long>("SELECT count(*) FROM step_event")).ShouldBeGreaterThan(0);
    }

    [Fact]
    public async Task Two_servers_never_own_one_database()
    {
        await using Installation installation = await Installation.CreateAsync();
        await installation.StartServerAsync();
        using TemporaryFolder folder = new();
        await using BuiltProgram second = BuiltProgram.StartServer(
            ["serve", "--http-port", "0", "--mqtt-port", "0", "--data", folder.Path],
            ("STEPCLOUD_DATABASE", installation.Database.ConnectionString));
        (await second.ExitCodeAsync()).ShouldBe(1);
        second.Errors.ShouldContain(line => line.Contains("Another StepCloud process owns the actors"));
    }

    private static BuiltProgram Start(TemporaryFolder folder, params string[] more) => BuiltProgram.StartServer(
        ["run", "--data", folder.Path, "--http-port", "0", "--mqtt-port", "0", .. more]);
}
