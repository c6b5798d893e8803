using StepCloud.Api.Mqtt;
using StepCloud.Api.Settings;
using StepCloud.Api.Watching;
using StepCloud.Storage;
using StepCloud.Storage.Cluster;
using StepCloud.Storage.Notices;

namespace StepCloud.Api.Health;

/// <summary>Whether requests should be sent to this process, and why not.</summary>
/// <remarks>The database is asked once a second at most and by one at a time, however many want to know: a flood of questions is no load for it.</remarks>
internal sealed partial class Readiness
{
    /// <summary>Whoever balances asks about once a second.</summary>
    private static readonly TimeSpan BelievedFor = TimeSpan.FromSeconds(1);

    private readonly DatabaseCondition _database;
    private readonly NoticeMetrics _notices;
    private readonly NodePresence _presence;
    private readonly ThisNode _node;
    private readonly ServerOptions _options;
    private readonly IHostApplicationLifetime _lifetime;
    private readonly TimeProvider _clock;
    private readonly ILogger<Readiness> _logger;
    private readonly MqttEndpoint? _mqtt;
    private readonly Lock _lock = new();
    private Task<DatabaseAnswer> _answer = Task.FromResult(DatabaseAnswer.None);
    private long? _askedAt;
    private volatile bool _isDraining;
    private string _told = "";

    /// <param name="mqtt">Null for a reader.</param>
    public Readiness(
        DatabaseCondition database, NoticeMetrics notices, NodePresence presence, ThisNode node, ServerOptions options, IHostApplicationLifetime lifetime,
        ApiMetrics metrics, TimeProvider clock, ILogger<Readiness> logger, MqttEndpoint? mqtt = null)
    {
        (_database, _notices, _presence, _node, _options, _lifetime, _clock, _logger, _mqtt) = (database, notices, presence, node, options, lifetime, clock, logger, mqtt);
        metrics.Watch(
            "stepcloud.not_ready", "reason", () =>
            {
                // As old as the last question, which this one makes anew for the next.
                List<ReadinessReason> reasons = ReasonsOf(WhenAnswered() is { IsCompletedSuccessfully: true } answer ? answer.Result : DatabaseAnswer.Good);
                return ReadinessReason.All.Select(reason => (reason.Code, reasons.Contains(reason) ? 1L : 0L));
            },
            "{flag}", "1 for each reason why requests should not be sent to this process");
    }

    /// <summary>It still serves, and wants no new connections.</summary>
    public bool IsDraining => _isDraining;

    /// <summary>Says that no more should be sent here, and goes on serving for <see cref="ServerOptions.DrainFor"/>, until that is noticed.</summary>
    public async Task DrainAsync()
    {
        _isDraining = true;
        if (_options.DrainFor == TimeSpan.Zero) return;
        LogDraining(_logger, _options.DrainFor.TotalSeconds);
        await Task.Delay(_options.DrainFor, _clock);
    }

    /// <returns>Nothing when it is ready.</returns>
    public async Task<IReadOnlyList<ReadinessReason>> FindReasonsAsync(CancellationToken cancellationToken)
    {
        List<ReadinessReason> reasons = ReasonsOf(await WhenAnswered().WaitAsync(cancellationToken));
        string told = string.Join(", ", reasons.Select(reason => reason.Code));
        string before = Interlocked.Exchange(ref _told, told);
        if (told.Length > 0 && told != before) LogNotReady(_logger, told);
        else if (told.Length == 0 && before.Length > 0) LogReadyAgain(_logger, before);
        return reasons;
    }

    private List<ReadinessReason> ReasonsOf(DatabaseAnswer database)
    {
        List<ReadinessReason> reasons = [];
        if (_isDraining || _lifetime.ApplicationStopping.IsCancellationRequested) reasons.Add(ReadinessReason.Draining);
        if (_options.TakesIn && _mqtt is { EndPoint: null }) reasons.Add(ReadinessReason.Mqtt);
        if (database == DatabaseAnswer.None) reasons.Add(ReadinessReason.Database);
        if (database == DatabaseAnswer.SchemaIsBehind) reasons.Add(ReadinessReason.Migrations);
        if (database == DatabaseAnswer.OnlyReads && !_options.IsReader) reasons.Add(ReadinessReason.ReadOnly);
        if (!_notices.IsListening) reasons.Add(ReadinessReason.Notices);
        if (!_options.IsReader && _presence.HeldSince is null) reasons.Add(_node.IsOneOfMany ? ReadinessReason.Cluster : ReadinessReason.Actors);
        return reasons;
    }

    private Task<DatabaseAnswer> WhenAnswered()
    {
        lock (_lock)
        {
            bool isRecent = _askedAt is { } askedAt && (!_answer.IsCompleted || _clock.GetElapsedTime(askedAt) < BelievedFor);
            if (isRecent) return _answer;
            _askedAt = _clock.GetTimestamp();
            return _answer = _database.AskAsync();
        }
    }

    [LoggerMessage(4500, LogLevel.Information, "Not ready any more; it goes on serving for {Seconds} s, and then stops")]
    private static partial void LogDraining(ILogger logger, double seconds);

    [LoggerMessage(4501, LogLevel.Warning, "Not ready: {Reasons}")]
    private static partial void LogNotReady(ILogger logger, string reasons);

    [LoggerMessage(4502, LogLevel.Information, "Ready again, after: {Reasons}")]
    private static partial void LogReadyAgain(ILogger logger, string reasons);
}
