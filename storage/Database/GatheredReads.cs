namespace StepCloud.Storage;

/// <summary>One question at a time; what is asked for meanwhile is asked for together by the next: the busier, the fewer questions.</summary>
/// <remarks>One that takes unusually long, on a connection that has died perhaps, is not waited for by the next. While there are several of these, one more begins each second.</remarks>
/// <param name="readAsync">Finds those that there are.</param>
internal sealed class GatheredReads<TKey, TValue>(Func<IReadOnlyCollection<TKey>, Task<IReadOnlyDictionary<TKey, TValue>>> readAsync, TimeProvider clock)
    where TKey : notnull
    where TValue : class
{
    private const int SlowMax = 3;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    private readonly Lock _lock = new();
    private Round? _next;
    private bool _reading;

    /// <summary>Its question begins after this call, so it sees whatever was committed before.</summary>
    /// <returns>Null when it was not found.</returns>
    /// <exception cref="StorageException">The question failed, for all who waited for it.</exception>
    public async Task<TValue?> FindAsync(TKey key, CancellationToken cancellationToken)
    {
        Round round;
        lock (_lock)
        {
            round = _next ??= new Round();
            round.Keys.Add(key);
            if (!_reading)
            {
                _reading = true;
                _ = Task.Run(ReadAllAsync, CancellationToken.None);
            }
        }

        IReadOnlyDictionary<TKey, TValue> found = await round.Answer.Task.WaitAsync(cancellationToken);
        return found.GetValueOrDefault(key);
    }

    private async Task ReadAllAsync()
    {
        List<Task> slow = [];
        while (Take() is { } round)
        {
            Task answered = AnswerAsync(round);
            await answered.WaitAsync(Patience, clock).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (answered.IsCompleted) continue;
            slow.RemoveAll(one => one.IsCompleted);
            slow.Add(answered);
            if (slow.Count > SlowMax) await ((Task)Task.WhenAny(slow)).WaitAsync(Patience, clock).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task AnswerAsync(Round round)
    {
        try
        {
            round.Answer.SetResult(await readAsync(round.Keys));
        }
        catch (Exception exception)
        {
            round.Answer.SetException(exception);
        }
    }

    private Round? Take()
    {
        lock (_lock)
        {
            Round? round = _next;
            _next = null;
            _reading = round is not null;
            return round;
        }
    }

    private sealed class Round
    {
        public HashSet<TKey> Keys { get; } = [];

        public TaskCompletionSource<IReadOnlyDictionary<TKey, TValue>> Answer { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
