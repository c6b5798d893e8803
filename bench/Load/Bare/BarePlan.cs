namespace StepCloud.Bench.Load.Bare;

/// <summary>How PostgreSQL alone is given its rows.</summary>
/// <param name="Connections">Each of its own thread, and with its own devices.</param>
internal sealed record BarePlan(BareWay Way, int Connections, int StepsPerCommit)
{
    public string Name => $"{(Way == BareWay.Unnest ? "INSERT from unnest" : "binary COPY")}, {Connections} connection{(Connections == 1 ? "" : "s")}, {StepsPerCommit:N0} a commit";

    /// <summary>What is tried before the rounds.</summary>
    public static IEnumerable<BarePlan> All(bool quick) =>
        from way in (BareWay[])[BareWay.Unnest, BareWay.Copy]
        from connections in quick ? (int[])[2] : [1, 2, 4]
        from steps in quick ? (int[])[1000] : [500, 2000]
        select new BarePlan(way, connections, steps);
}

internal enum BareWay
{
    Unnest,
    Copy,
}
