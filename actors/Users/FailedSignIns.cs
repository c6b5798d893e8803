namespace StepCloud.Actors.Users;

/// <summary>Which wrong passwords of one account get an entry in the audit: one for an address and minute, ten for the account and minute.</summary>
/// <remarks>
/// The chain is kept for ever, and whoever guesses chooses how often and from how many addresses. So what goes beyond is counted, and the next
/// entry tells the count: the sum over the entries is the number of wrong passwords.
/// </remarks>
public sealed class FailedSignIns(TimeProvider clock)
{
    public const int EntriesPerMinuteMax = 10;

    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    private readonly HashSet<string> _addresses = new(StringComparer.Ordinal);
    private DateTimeOffset _since = DateTimeOffset.MinValue;
    private int _unrecorded;

    /// <returns>How many wrong passwords the entry that is due now stands for; null when none is due.</returns>
    public int? Failed(string address)
    {
        _unrecorded++;
        DateTimeOffset now = clock.GetUtcNow();
        if (now - _since >= Minute)
        {
            _since = now;
            _addresses.Clear();
        }

        if (_addresses.Count >= EntriesPerMinuteMax || !_addresses.Add(address)) return null;
        return TakeUnrecorded();
    }

    /// <summary>Those that no entry has told yet; from now on it has.</summary>
    public int TakeUnrecorded()
    {
        int count = _unrecorded;
        _unrecorded = 0;
        return count;
    }
}
