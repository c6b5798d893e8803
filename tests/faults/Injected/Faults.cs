namespace StepCloud.Tests.Faults.Injected;

/// <summary>All that is tried.</summary>
internal static class Faults
{
    public static IReadOnlyList<IFault> OfTheDatabase { get; } =
    [
        new KilledDatabase(), new StoppedDatabase(), new HeldDatabase(), new ReadOnlyDatabase(), new TakenConnections(), new FullDisk(),
        new Deadlock(), new SerializationFailure(), new UnknownCommit(),
    ];

    public static IReadOnlyList<IFault> OfServerAndGateways { get; } =
    [
        new KilledServer(), new KilledGateways(),
        new PacketLoss(), new Delay(), new BlackHole(), new HalfOpenAtTheServer(), new HalfOpenAtTheGateways(),
        new SteppedClock(), new LittleMemory(), new ReturningCrowd(), new PoisonMessages(),
    ];

    public static IReadOnlyList<IFault> All { get; } = [.. OfTheDatabase, .. OfServerAndGateways];
}
