using System.Net;
using Shouldly;
using StepCloud.Tests.Faults.Network;
using StepCloud.Tests.Faults.Plant;

namespace StepCloud.Tests.Faults.Injected;

/// <summary>One packet in five does not arrive, in either direction.</summary>
internal sealed class PacketLoss : IFault
{
    private static readonly string[] Rules = ["INPUT -m statistic --mode random --probability 0.2 -j DROP", "OUTPUT -m statistic --mode random --probability 0.2 -j DROP"];

    public string Name => "network: a fifth of the packets lost";

    public async Task InjectAsync(TestPlant plant, Dose dose)
    {
        foreach (string rule in Rules) await ShopLine.RuleAsync(plant, $"-A {rule}");
    }

    public TimeSpan LastsFor(Dose dose) => dose.Outage;

    public async Task HealAsync(TestPlant plant, Dose dose)
    {
        foreach (string rule in Rules) await ShopLine.RuleAsync(plant, $"-D {rule}");
    }
}

/// <summary>Half a second each way, for everything.</summary>
internal sealed class Delay : IFault
{
    private SlowLine? _line;

    public string Name => "network: half a second of delay";

    public async Task InjectAsync(TestPlant plant, Dose dose)
    {
        string server = $"-p tcp -d {ShopLine.Of(plant).OwnAddress} --dport {plant.Installation.MqttPort}";
        _line = new SlowLine(new IPEndPoint(IPAddress.Loopback, plant.Installation.MqttPort), TimeSpan.FromSeconds(0.5));
        await ShopLine.RuleAsync(plant, $"-t nat -A OUTPUT {server} -j DNAT --to-destination {ShopLine.Of(plant).OwnAddress}:{_line.Port}");
        await EndConnectionsAsync(plant, server);
    }

    public TimeSpan LastsFor(Dose dose) => dose.Outage;

    public async Task HealAsync(TestPlant plant, Dose dose)
    {
        await ShopLine.RuleAsync(plant, "-t nat -F OUTPUT");
        await _line!.DisposeAsync();
        _line.Connections.ShouldBeGreaterThanOrEqualTo(TestPlant.Gateways, "gateways had a way around it");
    }

    // Those that are open stay on their way: they are reset, and the gateways come over the slow line.
    private static async Task EndConnectionsAsync(TestPlant plant, string server)
    {
        await ShopLine.RuleAsync(plant, $"-A OUTPUT {server} -j REJECT --reject-with tcp-reset");
        await Task.Delay(TimeSpan.FromSeconds(2));
        await ShopLine.RuleAsync(plant, $"-D OUTPUT {server} -j REJECT --reject-with tcp-reset");
    }
}

/// <summary>What is sent vanishes, and nobody is told.</summary>
internal sealed class BlackHole : IFault
{
    public string Name => "network: black hole";

    public Task InjectAsync(TestPlant plant, Dose dose)
    {
        ShopLine.Of(plant).Cut(0);
        return Task.CompletedTask;
    }

    public TimeSpan LastsFor(Dose dose) => dose.Outage;

    public Task HealAsync(TestPlant plant, Dose dose)
    {
        ShopLine.Of(plant).Mend(0);
        return Task.CompletedTask;
    }
}

/// <summary>The gateways are gone and the server cannot know: to it their connections are open when they come back.</summary>
internal sealed class HalfOpenAtTheServer : IFault
{
    public string Name => "network: half-open at the server";

    public async Task InjectAsync(TestPlant plant, Dose dose)
    {
        ShopLine.Of(plant).Cut(0);
        await plant.KillShopAsync();
    }

    public TimeSpan LastsFor(Dose dose) => dose.Outage / 2;

    public async Task HealAsync(TestPlant plant, Dose dose)
    {
        ShopLine.Of(plant).Mend(0);
        await plant.StartShopAsync();
    }
}

/// <summary>The server is another process, and the gateways cannot know: to them their connections are open.</summary>
internal sealed class HalfOpenAtTheGateways : IFault
{
    public string Name => "network: half-open at the gateways";

    public async Task InjectAsync(TestPlant plant, Dose dose)
    {
        ShopLine.Of(plant).Cut(0);
        await plant.KillServerAsync();
        await plant.StartServerAsync();
    }

    public TimeSpan LastsFor(Dose dose) => dose.Outage / 2;

    public Task HealAsync(TestPlant plant, Dose dose)
    {
        ShopLine.Of(plant).Mend(0);
        return Task.CompletedTask;
    }
}
