using System.Text.Json;
using Shouldly;
using StepCloud.Tests.Support;
using StepCloud.Tests.System.Processes;
using Xunit;

namespace StepCloud.Tests.System.Running;

/// <summary>`stepcloud step` on the database of a shop that ran.</summary>
public sealed class StepCommandTests
{
    [Fact]
    public async Task Stored_steps_are_verified_and_an_altered_one_is_named()
    {
        using TemporaryFolder folder = new();
        await using TestDatabase database = await TestPostgres.CreateEmptyDatabaseAsync();
        await using (BuiltProgram run = Start(database, "run", "--data", folder.Path, "--http-port", "0", "--mqtt-port", "0", "--for", "8s"))
        {
            (await run.ExitCodeAsync()).ShouldBe(0, run.ToString());
        }

        long stored = await database.ScalarAsync<long>("SELECT count(*) FROM step_event");
        stored.ShouldBeGreaterThan(0);
        JsonElement good = await VerifyAsync(database, 0);
        (good.GetProperty("steps").GetInt64(), good.GetProperty("broken_count").GetInt64()).ShouldBe((stored, 0));

        Guid altered = await database.ScalarAsync<Guid>(
            "UPDATE step_event SET label = label || '!' WHERE id = (SELECT id FROM step_event ORDER BY id LIMIT 1) RETURNING id");
        JsonElement bad = await VerifyAsync(database, 1);
        bad.GetProperty("broken").EnumerateArray().ShouldHaveSingleItem().GetProperty("step").GetGuid().ShouldBe(altered);
        await using BuiltProgram wrong = Start(database, "step", "verify", "--organization", "nonsense");
        (await wrong.ExitCodeAsync()).ShouldBe(2, wrong.ToString());
    }

    private static async Task<JsonElement> VerifyAsync(TestDatabase database, int exitCode)
    {
        await using BuiltProgram command = Start(database, "step", "verify", "--json");
        (await command.ExitCodeAsync()).ShouldBe(exitCode, command.ToString());
        return JsonDocument.Parse(command.Output.Single(line => line.Length > 0)).RootElement;
    }

    private static BuiltProgram Start(TestDatabase database, params string[] arguments) =>
        BuiltProgram.StartServer(arguments, ("STEPCLOUD_DATABASE", database.ConnectionString));
}
