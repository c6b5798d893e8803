using System.Collections.Concurrent;
using StepCloud.Api.Recordings.Format;
using StepCloud.Api.Tokens.Sealing;
using StepCloud.Contracts.Audit;
using StepCloud.Storage.Recordings;

namespace StepCloud.Api.Recordings.Files;

/// <summary>Whose a place of recordings is. Without the mark of this installation in it a place is read, and nothing else.</summary>
/// <remarks>A copy of the database has the same keys and rows, and sees production's recordings as its own: only the mark tells them apart (docs/adr/0023).</remarks>
internal sealed partial class PlaceOwnership(RecordingStore recordings, InstallationMarks marks, OpenedSecrets secrets, ILogger<PlaceOwnership> logger)
{
    /// <summary>So many of those that have lain in a place for longest tell whether it is the one that rows speak of.</summary>
    private const int WitnessesMax = 20;

    private readonly ConcurrentDictionary<string, byte> _known = new();

    /// <summary>For whoever is to write to a place or to take away from it. A new and empty one is marked; and one with the mark of an earlier version, which was ours, anew.</summary>
    /// <exception cref="StoreAwayException">It is another's, or is not the place that the rows of recordings speak of, or does not answer.</exception>
    public async Task RequireOursAsync(IRecordingPlace place, CancellationToken cancellationToken)
    {
        InstallationMark mark = await marks.FindAsync(cancellationToken);
        string? owner = await place.FindOwnerAsync(cancellationToken);
        if (owner is null ? await IsNewOrOursAsync(place, cancellationToken) : owner != mark.Text && IsOurs(owner, mark))
        {
            await place.MarkAsync(mark.Text, owner, cancellationToken);
            if (owner is not null) LogMarkedAnew(logger, place.Store, place.Location, mark.Text);
            owner = await place.FindOwnerAsync(cancellationToken);
        }

        Require(place, owner, mark);
        if (_known.ContainsKey(place.Location)) return;
        await marks.KeepAsync(place.Store, place.Location, cancellationToken);
        _known[place.Location] = 0;
    }

    /// <summary>For whoever could not read there: a folder that is not mounted, or a mistyped prefix, says nothing about a recording. Nothing is made or changed.</summary>
    /// <exception cref="StoreAwayException">The place has not the mark of this installation, or does not answer.</exception>
    public async Task RequireMarkAsync(IRecordingPlace place, CancellationToken cancellationToken) =>
        Require(place, await place.FindOwnerAsync(cancellationToken), await marks.FindAsync(cancellationToken));

    /// <summary>What somebody should know who thinks of taking a place over.</summary>
    public async Task<PlaceFacts> LookAsync(IRecordingPlace place, CancellationToken cancellationToken)
    {
        string? owner = await place.FindOwnerAsync(cancellationToken);
        (int expected, int found) = await AskWitnessesAsync(place, WitnessesMax, cancellationToken);
        return new PlaceFacts(owner, owner is not null && IsOurs(owner, await marks.FindAsync(cancellationToken)), expected, found);
    }

    /// <summary>Takes a place over, whosever it was. Entered into the audit before.</summary>
    /// <param name="former">The mark that it has; null for none.</param>
    /// <exception cref="StoreAwayException">It does not answer, or has another mark by now.</exception>
    public async Task AdoptAsync(IRecordingPlace place, string? former, AuditDoer doer, CancellationToken cancellationToken)
    {
        InstallationMark mark = await marks.FindAsync(cancellationToken);
        await marks.EnterAdoptionAsync(place.Store, place.Location, former, doer, cancellationToken);
        await place.MarkAsync(mark.Text, former, cancellationToken);
        await RequireMarkAsync(place, cancellationToken);
    }

    private bool IsOurs(string owner, InstallationMark mark) => owner == mark.Text || (mark.TakesOldMarks && owner == secrets.MasterKey.Id);

    private void Require(IRecordingPlace place, string? owner, InstallationMark mark)
    {
        if (owner is not null && IsOurs(owner, mark)) return;
        string adopt = $"When it is to be this installation's, take it over: 'stepcloud recording adopt-place {place.Store}'.";
        string problem = owner is null
            ? $"{place.Location} has not its mark, 'installation' with {mark.Text} in it, and nor is there what should be, or there is what nobody knows. Is it mounted, and is the setting right? {adopt}"
            : $"the mark of {place.Location}, 'installation', says that it is another installation's: {owner}, and not {mark.Text}. It is only read. {adopt}";
        throw new StoreAwayException(place.Store, problem) { IsNotOurs = true };
    }

    /// <summary>Of a place without a mark: it has some of those that are said to be there; or none is, nothing is there, and it was never seen with a mark.</summary>
    private async Task<bool> IsNewOrOursAsync(IRecordingPlace place, CancellationToken cancellationToken)
    {
        (int expected, int found) = await AskWitnessesAsync(place, enough: 1, cancellationToken);
        if (expected > 0) return found > 0;
        if (await marks.IsKnownAsync(place.Store, place.Location, cancellationToken)) return false;
        await foreach (PlacedName _ in place.ListAsync(cancellationToken)) return false;
        return true;
    }

    private async Task<(int Expected, int Found)> AskWitnessesAsync(IRecordingPlace place, int enough, CancellationToken cancellationToken)
    {
        List<string> witnesses = await recordings.ListOldestNamesAsync(place.Store, WitnessesMax, cancellationToken);
        int found = 0;
        foreach (string name in witnesses)
        {
            if (found == enough) break;
            try
            {
                await using IStoredBytes bytes = await place.OpenAsync(name, 0, RecordingFormat.HeaderBytes, cancellationToken);
                found++;
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // Not this one.
            }
        }

        return (witnesses.Count, found);
    }

    [LoggerMessage(4711, LogLevel.Information, "The place of recordings {Store}, {Location}, which had the mark of an earlier version, is marked with the id of this installation: {Mark}")]
    private static partial void LogMarkedAnew(ILogger logger, string store, string location, string mark);
}

/// <param name="Owner">Its mark; null for none.</param>
/// <param name="Expected">How many of this database's oldest recordings there were looked for.</param>
/// <param name="Found">How many of those are there.</param>
internal sealed record PlaceFacts(string? Owner, bool IsOurs, int Expected, int Found);
