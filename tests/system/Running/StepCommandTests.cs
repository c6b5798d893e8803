using System.Text.Json;
using Shouldly;
using StepCloud.Tests.System.Processes;
using Xunit;

namespace StepCloud.Tests.System.Running;

/// <summary>`stepcloud step` on the database of a shop that ran.</summary>
public sealed class StepCommandTests
{
    [Fact]
    public async Task Stored_steps_are_verified_and_an_altered_one_is_named()
    {
        await using Installation installation = await Installation.CreateAsync();
        using StepCloud.Tests.Support.TemporaryFolder folder = new();
        await using (BuiltProgram run = BuiltProgram.StartServer(
            ["run", "--data", folder.Path, "--http-port", "0", "--mqtt-port", "0", "--for", "8s"], ("STEPCLOUD_DATABASE", installation.Database.ConnectionString)))
        {
            (await run.ExitCodeAsync()).ShouldBe(0, run.ToString());
        }

        long stored = await installation.Database.ScalarAsync<long>("SELECT count(*) FROM step_event");
        stored.ShouldBeGreaterThan(0);
        JsonElement good = await installation.JsonAsync(0, ["step", "verify"]);
        (good.GetProperty("steps").GetInt64(), good.GetProperty("broken_count").GetInt64()).ShouldBe((stored, 0));

        Guid altered = await installation.Database.ScalarAsync<Guid>("UPDATE step_event SET label = label || '!' WHERE id = (SELECT id FROM step_event ORDER BY id LIMIT 1) RETURNING id");
        JsonElement bad = await installation.JsonAsync(1, ["step", "verify"]);
        bad.GetProperty("broken").EnumerateArray().ShouldHaveSingleItem().GetProperty("step").GetGuid().ShouldBe(altered);
        await installation.RefusalAsync(2, ["step", "verify", "--organization", "nonsense"]);
    }
}
