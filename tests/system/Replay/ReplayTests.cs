using Shouldly;
using StepCloud.Tests.System.Processes;
using Xunit;

namespace StepCloud.Tests.System.Replay;

public sealed class ReplayTests
{
    private const string AllByContents = @"^0: stored (\d+) steps, \d+ samples; 0 lost, 0 duplicate; 0 refused; \1 judged by their contents, 0 only by their number of samples$";

    [Fact]
    public Task A_small_recording_replayed_twice_is_stored_once_and_bit_for_bit() => ReplayTwiceAsync([Recording.OwnFile]);

    [Fact]
    public Task The_twelve_recorded_runs_replayed_twice_are_stored_once_and_bit_for_bit()
    {
        Recording.SharedFiles.Length.ShouldBe(12, "the recorded runs stand in ../shared/data/cnc-mill beside the checkout");
        return ReplayTwiceAsync(Recording.SharedFiles);
    }

    [Fact]
    public async Task Server_and_gateway_killed_in_mid_replay_leave_the_same_end_as_if_nothing_had_happened()
    {
        string[] files = Recording.SharedFiles.Length > 0 ? Recording.SharedFiles : [Recording.OwnFile];
        await using Installation installation = await Installation.CreateAsync();
        BuiltProgram server = await installation.StartServerAsync();
        await installation.EnrollAsync(1);
        Random random = new(4);

        for (int kill = 0; kill < 6; kill++)
        {
            await using BuiltProgram replay = installation.StartReplay(files);
            // Early, so that each time something is under way; a replay that was quicker is as good.
            await Task.Delay(random.Next(300, 2500));
            if (kill % 3 != 0) await server.KillAsync();
            if (kill % 3 != 1) await replay.KillAsync();
            if (server.HasExited) server = await installation.StartServerAsync();
            if (kill % 3 == 1) (await replay.ExitCodeAsync()).ShouldBe(0, $"{replay}: the gateway lives through the server's death");
        }

        await using BuiltProgram last = installation.StartReplay(files);
        (await last.ExitCodeAsync()).ShouldBe(0, last.ToString());
        await installation.Database.ShouldHoldEveryStepOnceAsync([.. files.Select(Recording.Read)]);
        (await installation.VerifyLedgersAsync()).ShouldMatch(AllByContents);
    }

    private static async Task ReplayTwiceAsync(string[] files)
    {
        await using Installation installation = await Installation.CreateAsync();
        await installation.StartServerAsync();
        await installation.EnrollAsync(1);
        for (int times = 0; times < 2; times++)
        {
            await using BuiltProgram replay = installation.StartReplay(files);
            (await replay.ExitCodeAsync()).ShouldBe(0, replay.ToString());
            await installation.Database.ShouldHoldEveryStepOnceAsync([.. files.Select(Recording.Read)]);
        }

        (await installation.VerifyLedgersAsync()).ShouldMatch(AllByContents);
    }
}
