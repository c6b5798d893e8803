using System.Globalization;
using System.Runtime.ExceptionServices;
using Shouldly;
using StepCloud.Tests.Faults.Injected;
using StepCloud.Tests.Faults.Plant;
using Xunit;
using Xunit.Abstractions;

namespace StepCloud.Tests.Faults;

/// <summary>All faults one after the other, in random order, for as long as `./test --soak` says; a few of them otherwise.</summary>
public sealed class SoakTest(ITestOutputHelper output)
{
    /// <summary>In seconds.</summary>
    private static readonly TimeSpan Duration = TimeSpan.FromSeconds(Setting("STEPCLOUD_SOAK_SECONDS") ?? 20);

    private static readonly int Seed = Setting("STEPCLOUD_SOAK_SEED") ?? Random.Shared.Next(1_000_000_000);

    /// <summary>Where what happens is told while it does; null for nowhere.</summary>
    private static readonly string? ProgressFile = Environment.GetEnvironmentVariable("STEPCLOUD_SOAK_PROGRESS");

    [Fact]
    public async Task After_any_number_of_faults_what_was_acknowledged_is_stored_once_and_as_it_was_sent()
    {
        Random order = new(Seed);
        Dose dose = Dose.Of(Duration, new Random(Seed));
        await using TestPlant plant = await TestPlant.StartAsync();
        await plant.StartShopAsync();
        Tell($"seed {Seed}; {Duration}; {TestPlant.Gateways} gateways");
        SoakTable table = new();
        long start = TimeProvider.System.GetTimestamp();
        TimeSpan Elapsed() => TimeProvider.System.GetElapsedTime(start);
        Exception? failure = null;
        IFault? last = null;
        try
        {
            for (Queue<IFault> next = new(); Elapsed() < Duration;)
            {
                if (next.Count == 0) next = new Queue<IFault>(Shuffled(order));
                last = next.Dequeue();
                TimeSpan silence = await FaultRun.OfAsync(last, plant, dose);
                table.Add(last, dose, silence);
                Tell($"{Elapsed():hh\\:mm\\:ss} {last.Name}: {plant.Ledgers.Acknowledged} steps acknowledged so far, longest silence {silence.TotalSeconds:F1} s");
            }

            await plant.StopShopAsync();
        }
        catch (Exception e)
        {
            // What was lost then is what matters, and is looked for with everything in its place.
            failure = e;
            Tell($"{Elapsed():hh\\:mm\\:ss} {last?.Name} was not survived: {e.Message}");
            await plant.MendAsync();
        }

        LedgerFindings found = await plant.VerifyAsync();
        Tell(table.Text(found, plant.Ledgers.Acknowledged, Seed));
        found.IsGood.ShouldBeTrue($"{found}");
        if (failure is not null) ExceptionDispatchInfo.Throw(failure);
    }

    private static IFault[] Shuffled(Random order)
    {
        IFault[] all = [.. Injected.Faults.All];
        order.Shuffle(all);
        return all;
    }

    private void Tell(string text)
    {
        output.WriteLine(text);
        if (ProgressFile is not null) File.AppendAllText(ProgressFile, text + "\n");
    }

    private static int? Setting(string variable) =>
        Environment.GetEnvironmentVariable(variable) is { Length: > 0 } text ? int.Parse(text, CultureInfo.InvariantCulture) : null;
}
