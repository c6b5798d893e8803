using System.Runtime.InteropServices;
using Npgsql;
using StepCloud.Contracts.Ids;

namespace StepCloud.Storage;

/// <summary>The sites of a commit, held until it is through.</summary>
/// <remarks>
/// Two nodes that commit steps of one site would draw positions in one order and be seen in the other, and whoever reads on from a position would
/// miss some. So a node of a cluster holds its sites first, all in one order. A lock of its own statement: what follows sees what was committed before.
/// </remarks>
internal sealed class HeldSites
{
    private const string Text = "SELECT pg_advisory_xact_lock($1, site) FROM unnest($2) AS site";

    private readonly NpgsqlParameter<int[]> _sites = new() { TypedValue = [] };

    private HeldSites()
    {
    }

    /// <summary>Adds the statement, whose result comes before those of the ones that are added later.</summary>
    public static HeldSites AddTo(NpgsqlBatch batch)
    {
        HeldSites held = new();
        batch.BatchCommands.Add(new NpgsqlBatchCommand(Text) { Parameters = { new NpgsqlParameter<int> { TypedValue = AdvisoryLocks.StepsOfSite }, held._sites } });
        return held;
    }

    public void Set(IReadOnlyList<PendingStep> steps) => _sites.TypedValue = [.. steps.Select(step => LockOf(step.Append.Origin.Site)).Distinct().Order()];

    /// <summary>The same number on every node.</summary>
    private static int LockOf(SiteId site)
    {
        Span<int> parts = stackalloc int[4];
        MemoryMarshal.Write(MemoryMarshal.AsBytes(parts), site.Value);
        return parts[0] ^ parts[1] ^ parts[2] ^ parts[3];
    }
}
