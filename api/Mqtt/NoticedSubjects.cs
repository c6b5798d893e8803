namespace StepCloud.Api.Mqtt;

/// <summary>What notices have named and nobody has looked at yet, each once. The listener goes on at once; what comes during a look is looked at together after it.</summary>
internal sealed partial class NoticedSubjects(TimeProvider clock, ILogger logger) : IDisposable
{
    private static readonly TimeSpan RetryDelay = TimeSpan.FromSeconds(1);

    private readonly Lock _gate = new();
    private readonly SemaphoreSlim _bell = new(0, 1);
    private HashSet<Guid> _subjects = [];
    private bool _isAll;

    public void Add(Guid subject) => Add([subject], isAll: false);

    /// <summary>Notices may have been missed: everything is to be looked at.</summary>
    public void AddAll() => Add([], isAll: true);

    /// <param name="look">With the subjects; null for everything. What it could not do is tried again.</param>
    public async Task RunAsync(Func<IReadOnlyCollection<Guid>?, Task> look, CancellationToken stoppingToken)
    {
        while (true)
        {
            await _bell.WaitAsync(stoppingToken);
            HashSet<Guid> subjects;
            bool isAll;
            lock (_gate) (subjects, isAll, _subjects, _isAll) = (_subjects, _isAll, [], false);
            try
            {
                await look(isAll ? null : subjects);
            }
            catch (Exception e) when (e is not OperationCanceledException || !stoppingToken.IsCancellationRequested)
            {
                LogNotLooked(logger, e);
                Add(subjects, isAll);
                await Task.Delay(RetryDelay, clock, stoppingToken);
            }
        }
    }

    public void Dispose() => _bell.Dispose();

    private void Add(IEnumerable<Guid> subjects, bool isAll)
    {
        lock (_gate)
        {
            _subjects.UnionWith(subjects);
            _isAll |= isAll;
            if (_bell.CurrentCount == 0) _bell.Release();
        }
    }

    [LoggerMessage(4112, LogLevel.Warning, "What other nodes have told could not be looked at; it is tried again")]
    private static partial void LogNotLooked(ILogger logger, Exception exception);
}
