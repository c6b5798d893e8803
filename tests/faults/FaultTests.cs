using Shouldly;
using StepCloud.Tests.Faults.Injected;
using StepCloud.Tests.Faults.Plant;
using Xunit;
using Xunit.Abstractions;

namespace StepCloud.Tests.Faults;

/// <summary>Each fault once, a little of it. The soak does the same for longer: <see cref="SoakTest"/>.</summary>
/// <remarks>Two plants at once, each with what can go wrong of one kind: most of the time is spent waiting for somebody to come back.</remarks>
public abstract class FaultTests(FaultTests.RunningPlant running, ITestOutputHelper output) : IClassFixture<FaultTests.RunningPlant>
{
    protected static TheoryData<string> NamesOf(IEnumerable<string> names) => [.. names];

    protected async Task TryAsync(string fault)
    {
        int seed = Random.Shared.Next();
        TestPlant plant = running.Plant;
        await plant.MendAsync();
        await plant.StartShopAsync();
        TimeSpan silence = await FaultRun.OfAsync(Injected.Faults.All.Single(one => one.Name == fault), plant, Dose.Small(new Random(seed)));
        await plant.StopShopAsync();
        LedgerFindings found = await plant.VerifyAsync();
        output.WriteLine($"{fault} (seed {seed}): the longest silence of a gateway was {silence.TotalSeconds:F1} s. In all {found}");
        found.IsGood.ShouldBeTrue($"{found}");
    }

    public sealed class RunningPlant : IAsyncLifetime
    {
        internal TestPlant Plant { get; private set; } = null!;

        public async Task InitializeAsync() => Plant = await TestPlant.StartAsync();

        public async Task DisposeAsync() => await Plant.DisposeAsync();
    }
}

/// <summary>What happens to PostgreSQL.</summary>
public sealed class DatabaseFaultTests(FaultTests.RunningPlant running, ITestOutputHelper output) : FaultTests(running, output)
{
    public static TheoryData<string> Names => NamesOf(Injected.Faults.OfTheDatabase.Select(fault => fault.Name));

    [Theory]
    [MemberData(nameof(Names))]
    public Task Nothing_acknowledged_is_lost_doubled_altered_or_out_of_order_and_every_gateway_is_heard_again(string fault) => TryAsync(fault);
}

/// <summary>What happens to the server, to the gateways and to the way between them.</summary>
public sealed class ServerFaultTests(FaultTests.RunningPlant running, ITestOutputHelper output) : FaultTests(running, output)
{
    public static TheoryData<string> Names => NamesOf(Injected.Faults.OfServerAndGateways.Select(fault => fault.Name));

    [Theory]
    [MemberData(nameof(Names))]
    public Task Nothing_acknowledged_is_lost_doubled_altered_or_out_of_order_and_every_gateway_is_heard_again(string fault) => TryAsync(fault);
}
