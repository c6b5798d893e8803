using StepCloud.Contracts.Ids;

namespace StepCloud.Api.Ledgers;

/// <summary>What came of holding ledgers against the database.</summary>
/// <param name="Steps">In the database.</param>
/// <param name="Samples">In the database, counted value by value.</param>
/// <param name="Lost">Acknowledged, and not in the database.</param>
/// <param name="Duplicate">In the database, and beyond what was sent.</param>
/// <param name="Altered">In the database, and not as it was sent.</param>
/// <param name="OutOfOrder">Committed after a step of the same device that was sent later.</param>
/// <param name="Refused">Answered with a refusal.</param>
/// <param name="NotInQuarantine">Of those the ones that no refused message of the gateway tells of.</param>
/// <param name="ByContents">Steps in the database whose hash was held against the one in the ledger.</param>
/// <param name="BySamplesOnly">Steps in the database of which the ledger tells no hash, only how many samples they had: an older gateway wrote it.</param>
/// <param name="Thinned">Steps whose samples retention took away, as the audit says: of them the hash was compared, and no samples.</param>
/// <param name="AlteredSteps">Of them the first thousand; <paramref name="Altered"/> is of all.</param>
public sealed record LedgerVerdict(
    long Steps, long Samples, long Lost, long Duplicate, long Altered, long OutOfOrder, long Refused, long NotInQuarantine, long ByContents, long BySamplesOnly, long Thinned,
    IReadOnlyList<AlteredStep> AlteredSteps)
{
    internal const int AlteredNamedMax = 1000;

    public static readonly LedgerVerdict Nothing = new(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, []);

    public bool IsGood => Lost == 0 && Duplicate == 0 && Altered == 0 && OutOfOrder == 0 && NotInQuarantine == 0;

    public static LedgerVerdict operator +(LedgerVerdict a, LedgerVerdict b) => new(
        a.Steps + b.Steps, a.Samples + b.Samples, a.Lost + b.Lost, a.Duplicate + b.Duplicate, a.Altered + b.Altered, a.OutOfOrder + b.OutOfOrder, a.Refused + b.Refused,
        a.NotInQuarantine + b.NotInQuarantine, a.ByContents + b.ByContents, a.BySamplesOnly + b.BySamplesOnly, a.Thinned + b.Thinned,
        [.. a.AlteredSteps.Concat(b.AlteredSteps).Take(AlteredNamedMax)]);

    public override string ToString()
    {
        string text = $"stored {Steps} steps, {Samples} samples; {Lost} lost, {Duplicate} duplicate";
        if (Altered > 0) text += $", {Altered} altered";
        if (OutOfOrder > 0) text += $", {OutOfOrder} out of order";
        return NotInQuarantine > 0 ? $"{text}, {NotInQuarantine} refused and not in the quarantine" : text;
    }
}

/// <param name="Fault">For a person.</param>
public sealed record AlteredStep(GatewayId Gateway, StepId Step, string Fault);
