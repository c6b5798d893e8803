using StepCloud.Tests.Faults.Injected;
using StepCloud.Tests.Faults.Plant;

namespace StepCloud.Tests.Faults;

/// <summary>One fault in a shop at work: it comes, lasts, goes, and then every gateway is heard again.</summary>
internal static class FaultRun
{
    /// <summary>Longer than the longest pause of a gateway between two tries, twice.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(120);

    /// <returns>The longest silence of a gateway meanwhile.</returns>
    public static async Task<TimeSpan> OfAsync(IFault fault, TestPlant plant, Dose dose)
    {
        plant.Ledgers.Begin();
        using CancellationTokenSource over = new();
        Task watching = plant.Ledgers.RunAsync(over.Token);
        try
        {
            await fault.InjectAsync(plant, dose);
            await Task.Delay(fault.LastsFor(dose));
            await fault.HealAsync(plant, dose);
            await plant.Ledgers.AllAreHeardAsync(TestPlant.Gateways, Patience, $"After '{fault.Name}'");
            return plant.Ledgers.LongestSilence;
        }
        finally
        {
            await over.CancelAsync();
            await watching;
        }
    }
}
