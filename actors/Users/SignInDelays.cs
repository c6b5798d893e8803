namespace StepCloud.Actors.Users;

/// <summary>Slows down guessing at one account, per address, so that a stranger who guesses delays himself and not the owner.</summary>
/// <remarks>Kept in memory: a restart costs an attacker more time than it gives.</remarks>
public sealed class SignInDelays(TimeProvider clock)
{
    /// <summary>Typing errors that cost nothing.</summary>
    public const int FreeFailures = 4;

    /// <summary>Addresses remembered for one account; beyond that the oldest is forgotten.</summary>
    public const int AddressesMax = 1000;

    public static readonly TimeSpan LongestDelay = TimeSpan.FromMinutes(15);

    private readonly Dictionary<string, (int Failures, DateTimeOffset Last)> _failures = new(StringComparer.Ordinal);

    /// <summary>How long that address must still wait; null when it may try.</summary>
    public TimeSpan? RetryAfter(string address)
    {
        if (!_failures.TryGetValue(address, out var seen) || seen.Failures <= FreeFailures) return null;
        TimeSpan left = seen.Last + Delay(seen.Failures) - clock.GetUtcNow();
        return left > TimeSpan.Zero ? left : null;
    }

    public void Failed(string address)
    {
        if (_failures.Count >= AddressesMax && !_failures.ContainsKey(address))
            _failures.Remove(_failures.MinBy(pair => pair.Value.Last).Key);
        _failures[address] = (_failures.GetValueOrDefault(address).Failures + 1, clock.GetUtcNow());
    }

    public void Succeeded(string address) => _failures.Remove(address);

    /// <summary>1 s after the fifth failure, doubled with each further one.</summary>
    private static TimeSpan Delay(int failures)
    {
        double seconds = Math.Pow(2, Math.Min(failures - FreeFailures - 1, 20));
        return seconds < LongestDelay.TotalSeconds ? TimeSpan.FromSeconds(seconds) : LongestDelay;
    }
}
