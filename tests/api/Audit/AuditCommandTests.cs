using System.Diagnostics;
using System.Text.Json.Nodes;
using Npgsql;
using Shouldly;
using StepCloud.Contracts.Audit;
using StepCloud.Contracts.Sessions;
using StepCloud.Storage;
using StepCloud.Tests.Support;
using Xunit;

namespace StepCloud.Tests.Api.Audit;

/// <summary>`stepcloud audit`, as the program that it is.</summary>
public sealed class AuditCommandTests
{
    [Fact]
    public async Task The_private_database_of_a_first_run_is_verified_signed_exported_and_protected_by_privilege()
    {
        using TemporaryFolder folder = new();
        string[] data = ["--data", folder["data"]];
        Result run = await RunAsync(null, ["run", "--no-sim", "--for", "1s", "--http-port", "0", "--mqtt-port", "0", .. data]);
        run.ExitCode.ShouldBe(0, run.ToString());

        Result head = await RunAsync(null, ["audit", "head", .. data]);
        head.ExitCode.ShouldBe(0, head.ToString());
        head.Lines.Length.ShouldBe(2, "the installation has a chain, and its organization");
        await File.WriteAllTextAsync(folder["heads"], head.Output);

        Result verify = await RunAsync(null, ["audit", "verify", "--heads", folder["heads"], .. data]);
        verify.ExitCode.ShouldBe(0, verify.ToString());
        verify.Lines[0].ShouldMatch("^installation: [1-9][0-9]* entries, signed up to entry [1-9][0-9]*$");
        verify.Lines[^2].ShouldBe("append-only by the database's privileges");
        verify.Lines[^1].ShouldEndWith(" entries in 2 chains; 0 broken");

        Result export = await RunAsync(null, ["audit", "export", "--out", folder["export.jsonl"], .. data]);
        export.ExitCode.ShouldBe(0, export.ToString());
        JsonNode[] lines = [.. (await File.ReadAllLinesAsync(folder["export.jsonl"])).Select(line => JsonNode.Parse(line)!)];
        lines.Select(line => (string?)line["action"]).Where(action => action is not null)
            .ShouldBe(["signing_key.created", "user.created", "audit.exported"], ignoreOrder: true);
        lines.Count(line => line["key"] is not null).ShouldBe(1);
    }

    [Fact]
    public async Task An_external_database_is_said_to_be_held_by_triggers_and_a_broken_chain_is_named()
    {
        await using TestDatabase database = await TestPostgres.CreateEmptyDatabaseAsync();
        await new Migrator(
            database.Source, Migration.Embedded(), TimeProvider.System, Microsoft.Extensions.Logging.Abstractions.NullLogger<Migrator>.Instance)
            .MigrateAsync(CancellationToken.None);
        AuditTrail trail = new(new StepCloudDatabase(database.Source, TimeProvider.System), TimeProvider.System);
        NewAuditEntry entry = new(
            null, AuditDoer.Nobody(new SessionOrigin("192.0.2.1", "test")), "thing.done", new AuditSubject("thing", "1"));
        await trail.AppendAsync([entry, entry, entry], CancellationToken.None);

        Result whole = await RunAsync(database, "audit", "verify");
        whole.ExitCode.ShouldBe(0, whole.ToString());
        whole.Lines.ShouldBe(
        [
            "installation: 3 entries, none signed",
            "append-only by triggers alone, which the database role of StepCloud could switch off: see docs/AUDIT.md, 'An external database'",
            "3 entries in 1 chains; 0 broken",
        ]);

        // Where only the trigger stands, the application's own role can do this.
        await database.ExecuteAsync("ALTER TABLE audit_entry DISABLE TRIGGER audit_entry_refuse");
        await database.ExecuteAsync("UPDATE audit_entry SET agent = 'x' WHERE sequence = 2");
        Result broken = await RunAsync(database, "audit", "verify", "--json");
        broken.ExitCode.ShouldBe(1, broken.ToString());
        JsonNode verdict = JsonNode.Parse(broken.Output)!;
        ((bool?)verdict["is_good"], (string?)verdict["protection"]).ShouldBe((false, "none"));
        JsonNode fault = verdict["chains"]!.AsArray().ShouldHaveSingleItem()!["fault"]!;
        ((long?)fault["first"], (long?)fault["last"], (string?)fault["code"]).ShouldBe((2, 2, "altered"));
        (await RunAsync(database, "audit", "verify")).Lines[0].ShouldStartWith("installation: BROKEN at entry 2: altered: ");
    }

    [Fact]
    public async Task A_database_without_an_audit_and_arguments_that_cannot_be_are_said_in_one_line()
    {
        await using TestDatabase database = await TestPostgres.CreateEmptyDatabaseAsync();
        Result empty = await RunAsync(database, "audit", "verify");
        empty.ExitCode.ShouldBe(1, empty.ToString());
        empty.Errors.Trim().ShouldContain("start the server once");
        empty.Errors.Trim().Split('\n').Length.ShouldBe(1);
        (await RunAsync(database, "audit", "export", "--organization", "x")).ExitCode.ShouldBe(2);
        (await RunAsync(database, "audit", "verify", "--heads", "/nowhere")).ExitCode.ShouldBe(2);
    }

    private static async Task<Result> RunAsync(TestDatabase? database, params string[] arguments)
    {
        ProcessStartInfo info = new("dotnet", ["exec", Path.Combine(AppContext.BaseDirectory, "stepcloud.dll"), .. arguments])
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        if (database is not null) info.Environment["STEPCLOUD_DATABASE"] = Unpooled(database);
        using CancellationTokenSource patience = new(TimeSpan.FromMinutes(4));
        using Process process = Process.Start(info)!;
        Task<string> errors = process.StandardError.ReadToEndAsync(patience.Token);
        string output = await process.StandardOutput.ReadToEndAsync(patience.Token);
        await process.WaitForExitAsync(patience.Token);
        return new Result(process.ExitCode, output, await errors);
    }

    private static string Unpooled(TestDatabase database) =>
        new NpgsqlConnectionStringBuilder(database.ConnectionString) { Pooling = false }.ConnectionString;

    private sealed record Result(int ExitCode, string Output, string Errors)
    {
        public string[] Lines => Output.TrimEnd('\n').Split('\n');
    }
}
