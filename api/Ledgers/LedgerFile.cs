using System.Buffers;
using System.Globalization;
using StepCloud.Contracts.Ids;
using StepCloud.Contracts.Steps;

namespace StepCloud.Api.Ledgers;

/// <summary>What a gateway wrote down of what it sent and what was answered, one line for each event.</summary>
/// <remarks>
/// Lines: `S id samples sha256 content-sha256` before the first sending, `A id` after the acknowledgement, `R id code` after a refusal. The first hash is of the
/// bytes that were sent and is not looked at; the second, which ledgers of older gateways have not, is a <see cref="ContentHash"/>.
/// A last line without its line feed was not finished when the gateway died, and does not count.
/// </remarks>
public sealed class LedgerFile
{
    private readonly Dictionary<StepId, Entry> _entries = [];
    private int _sent;

    public IReadOnlyDictionary<StepId, Entry> Entries => _entries;

    /// <exception cref="FormatException">A line is none of the three kinds; the message says which.</exception>
    public static async Task<LedgerFile> ReadAsync(string path, CancellationToken cancellationToken)
    {
        LedgerFile ledger = new();
        string text = await File.ReadAllTextAsync(path, cancellationToken);
        int number = 0;
        foreach (string line in text[..(text.LastIndexOf('\n') + 1)].Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            number++;
            if (!ledger.TryAdd(line.Split(' '))) throw new FormatException($"{path}, line {number}: '{line}' is no line of a ledger.");
        }

        return ledger;
    }

    private bool TryAdd(string[] fields)
    {
        if (fields.Length < 2 || !StepId.TryParse(fields[1], null, out StepId id)) return false;
        Entry entry = _entries.GetValueOrDefault(id) ?? new Entry(null, 0, null, LedgerAnswer.None);
        switch (fields)
        {
            case ["S", _, var samples, _] when TryCount(samples, out long count):
                _entries[id] = Sent(entry) with { Samples = count };
                return true;
            case ["S", _, var samples, _, var hash] when TryCount(samples, out long count) && TryHash(hash, out byte[] contentHash):
                _entries[id] = Sent(entry) with { Samples = count, ContentHash = contentHash };
                return true;
            case ["A", _]:
                _entries[id] = entry with { Answer = LedgerAnswer.Acknowledged };
                return true;
            case ["R", _, _]:
                _entries[id] = entry with { Answer = LedgerAnswer.Refused };
                return true;
            default:
                return false;
        }
    }

    /// <summary>What is sent again keeps its place.</summary>
    private Entry Sent(Entry entry) => entry.Order is null ? entry with { Order = _sent++ } : entry;

    private static bool TryCount(string text, out long count) => long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out count);

    private static bool TryHash(string text, out byte[] hash)
    {
        hash = new byte[ContentHash.Bytes];
        return Convert.FromHexString(text, hash, out int consumed, out int written) == OperationStatus.Done && consumed == text.Length && written == hash.Length;
    }

    /// <param name="Order">Among those that were sent: a gateway sends what a device did in the order in which it was done. Null when no line tells of the sending: answers come in any order.</param>
    /// <param name="Samples">Values in all series of the step.</param>
    /// <param name="ContentHash">Of all that the step said; null when no line tells it.</param>
    /// <param name="Answer">The last one, where several came.</param>
    public sealed record Entry(int? Order, long Samples, byte[]? ContentHash, LedgerAnswer Answer);
}

public enum LedgerAnswer
{
    /// <summary>Not answered yet: it may be stored or not, and will be sent again.</summary>
    None,
    Acknowledged,
    Refused,
}
