namespace StepCloud.Tests.Faults.Injected;

/// <summary>All that is tried.</summary>
internal static class Faults
{
    public static IReadOnlyList<IFault> All { get; } =
    [
        new KilledServer(), new KilledDatabase(), new KilledGateways(),
        new StoppedDatabase(), new HeldDatabase(), new ReadOnlyDatabase(), new TakenConnections(), new FullDisk(),
        new Deadlock(), new SerializationFailure(), new UnknownCommit(),
        new PacketLoss(), new Delay(), new BlackHole(), new HalfOpenAtTheServer(), new HalfOpenAtTheGateways(),
        new SteppedClock(), new LittleMemory(), new ReturningCrowd(), new PoisonMessages(),
    ];
}
