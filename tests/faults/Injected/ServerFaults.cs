using Shouldly;
using StepCloud.Tests.Faults.Plant;

namespace StepCloud.Tests.Faults.Injected;

/// <summary>The server's clock is stepped by hours while it runs, forth and back; nobody else's is.</summary>
/// <remarks>
/// libfaketime stands between the process and the system's clock, and reads the offset anew every second. The clock that only ascends is left as it
/// is, as a step of the real one leaves it.
/// </remarks>
internal sealed class SteppedClock : IFault
{
    private static readonly string[] Steps = ["+2h", "-2h", "+0"];

    private static readonly string Library =
        Directory.GetDirectories("/usr/lib", "*-linux-gnu").Select(folder => Path.Combine(folder, "faketime", "libfaketimeMT.so.1")).FirstOrDefault(File.Exists)
        ?? throw new InvalidOperationException("There is no libfaketimeMT.so.1: install Debian's package libfaketime, as ./test does.");

    public string Name => "server's clock stepped";

    public int CountOf(Dose dose) => Steps.Length;

    public async Task InjectAsync(TestPlant plant, Dose dose)
    {
        string file = Path.Combine(plant.Installation.GatewayData, "clock");
        await File.WriteAllTextAsync(file, "+0\n");
        await plant.StopServerAsync();
        await plant.StartServerAsync(
            ("LD_PRELOAD", Library), ("FAKETIME_TIMESTAMP_FILE", file), ("FAKETIME_CACHE_DURATION", "1"), ("FAKETIME_DONT_FAKE_MONOTONIC", "1"), ("DONT_FAKE_MONOTONIC", "1"));
        foreach (string step in Steps)
        {
            await File.WriteAllTextAsync(file, $"{step}\n");
            await Task.Delay(TimeSpan.FromSeconds(2));
            (await AheadOfUsAsync(plant)).TotalHours.ShouldBe(step switch { "+2h" => 2, "-2h" => -2, _ => 0 }, 0.1, "the server has another clock");
            await plant.Ledgers.AllAreHeardAsync(TestPlant.Gateways, TimeSpan.FromSeconds(90), $"With the server's clock at {step}");
        }
    }

    public TimeSpan LastsFor(Dose dose) => TimeSpan.Zero;

    public async Task HealAsync(TestPlant plant, Dose dose)
    {
        // Not in order: waiting for the end of a process is done by its clocks, which are not of one mind.
        await plant.KillServerAsync();
        await plant.StartServerAsync();
    }

    /// <summary>By the Date of an answer.</summary>
    private static async Task<TimeSpan> AheadOfUsAsync(TestPlant plant)
    {
        using HttpClient http = new();
        using HttpResponseMessage answer = await http.GetAsync($"{plant.Installation.HttpAddress}/health/live");
        return answer.Headers.Date!.Value - DateTimeOffset.UtcNow;
    }
}

/// <summary>The server may have little memory, and comes back to gateways that have kept much for it. When it is not enough it ends, and is started again.</summary>
internal sealed class LittleMemory : IFault
{
    private const long Bytes = 96 << 20;

    public string Name => "server with 96 MiB of memory";

    public async Task InjectAsync(TestPlant plant, Dose dose)
    {
        await plant.StopServerAsync();
        await Task.Delay(dose.Outage);
        await plant.StartServerAsync(("DOTNET_GCHeapHardLimit", $"{Bytes:X}"));
    }

    public TimeSpan LastsFor(Dose dose) => dose.Outage;

    public async Task HealAsync(TestPlant plant, Dose dose)
    {
        await plant.ReviveServerAsync();
        await plant.Ledgers.AllAreHeardAsync(TestPlant.Gateways, TimeSpan.FromSeconds(90), "With little memory");
        await plant.StopServerAsync();
        await plant.StartServerAsync();
    }
}

/// <summary>Many gateways lose their server, and come back at once.</summary>
internal sealed class ReturningCrowd : IFault
{
    public string Name => "many gateways reconnect at once";

    public int CountOf(Dose dose) => dose.Crowd;

    public async Task InjectAsync(TestPlant plant, Dose dose)
    {
        await plant.Crowd.StartAsync(dose.Crowd);
        await plant.KillServerAsync();
    }

    public TimeSpan LastsFor(Dose dose) => TimeSpan.FromSeconds(3);

    public async Task HealAsync(TestPlant plant, Dose dose)
    {
        await plant.StartServerAsync();
        await plant.Crowd.AllAreOnlineAsync(dose.Crowd);
        await plant.Crowd.StopAsync();
    }
}

/// <summary>One step in ten is none that a server may store; after an outage they travel in arrays with their neighbours.</summary>
internal sealed class PoisonMessages : IFault
{
    private long _before;

    public string Name => "poison in every batch";

    public async Task InjectAsync(TestPlant plant, Dose dose)
    {
        _before = (await plant.VerifyAsync()).Refused;
        await plant.StopShopAsync();
        await plant.StartShopAsync("--poison", "10");
        await plant.KillServerAsync();
        await Task.Delay(dose.Outage);
        await plant.StartServerAsync();
    }

    public TimeSpan LastsFor(Dose dose) => dose.Outage;

    public async Task HealAsync(TestPlant plant, Dose dose)
    {
        await plant.Ledgers.AllAreHeardAsync(TestPlant.Gateways, TimeSpan.FromSeconds(90), "With poison");
        await plant.StopShopAsync();
        LedgerFindings found = await plant.VerifyAsync();
        found.Refused.ShouldBeGreaterThan(_before + TestPlant.Gateways, "nobody sent any poison");
        await plant.StartShopAsync();
    }
}
