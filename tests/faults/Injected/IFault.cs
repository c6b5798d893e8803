using StepCloud.Tests.Faults.Plant;

namespace StepCloud.Tests.Faults.Injected;

/// <summary>Something that goes wrong in a plant at work, for a while. The bounded tests and the soak use the same.</summary>
internal interface IFault
{
    /// <summary>What goes wrong, as a table tells it.</summary>
    string Name { get; }

    /// <summary>How many faults it counts for.</summary>
    int CountOf(Dose dose) => 1;

    /// <param name="dose">How much of it.</param>
    Task InjectAsync(TestPlant plant, Dose dose);

    /// <summary>How long it lasts after it was injected.</summary>
    TimeSpan LastsFor(Dose dose);

    /// <summary>Ends it, and fails when it has not been what it says: a fault that did not happen proves nothing.</summary>
    Task HealAsync(TestPlant plant, Dose dose);
}

/// <summary>How much of a fault: a little in each run of the tests, much in the soak.</summary>
/// <param name="Random">For what is to happen at random times.</param>
/// <param name="Kills">Of a process that is killed, one after the other.</param>
/// <param name="Outage">How long something is away.</param>
/// <param name="Crowd">Gateways that come back at once.</param>
internal sealed record Dose(Random Random, int Kills, TimeSpan Outage, int Crowd)
{
    public static Dose Small(Random random) => new(random, Kills: 2, Outage: TimeSpan.FromSeconds(5), Crowd: 200);

    /// <summary>Such that each kind has its turn.</summary>
    public static Dose Of(TimeSpan duration, Random random) => duration.TotalMinutes switch
    {
        < 5 => Small(random),
        < 20 => new(random, Kills: 5, Outage: TimeSpan.FromSeconds(15), Crowd: 500),
        _ => new(random, Kills: 15, Outage: TimeSpan.FromSeconds(60), Crowd: 1000),
    };

    /// <summary>Up to two seconds.</summary>
    public Task RandomMomentAsync() => Task.Delay(Random.Next(2000));
}
