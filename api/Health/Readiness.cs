using StepCloud.Api.Mqtt;
using StepCloud.Api.Settings;
using StepCloud.Storage;

namespace StepCloud.Api.Health;

/// <summary>Whether requests should be sent to this process: its database answers, MQTT listens, and it is not about to stop.</summary>
/// <remarks>The database is asked once a second at most and by one at a time, however many want to know: a flood of questions is no load for it.</remarks>
internal sealed partial class Readiness(
    StepCloudDatabase database,
    ServerOptions options,
    IHostApplicationLifetime lifetime,
    TimeProvider clock,
    ILogger<Readiness> logger,
    MqttEndpoint? mqtt = null)
{
    /// <summary>Whoever balances asks about once a second.</summary>
    private static readonly TimeSpan BelievedFor = TimeSpan.FromSeconds(1);

    private readonly Lock _lock = new();
    private Task<bool> _answer = Task.FromResult(false);
    private long? _askedAt;
    private volatile bool _isDraining;

    /// <summary>It still serves, and wants no new connections.</summary>
    public bool IsDraining => _isDraining;

    /// <summary>Says that no more should be sent here, and goes on serving for <see cref="ServerOptions.DrainFor"/>, until that is noticed.</summary>
    public async Task DrainAsync()
    {
        _isDraining = true;
        if (options.DrainFor == TimeSpan.Zero) return;
        LogDraining(logger, options.DrainFor.TotalSeconds);
        await Task.Delay(options.DrainFor, clock);
    }

    public async Task<bool> IsReadyAsync(CancellationToken cancellationToken) =>
        !_isDraining
        && !lifetime.ApplicationStopping.IsCancellationRequested
        // A reader has no MQTT.
        && mqtt is not { EndPoint: null }
        && await WhenAnsweredAsync().WaitAsync(cancellationToken);

    private Task<bool> WhenAnsweredAsync()
    {
        lock (_lock)
        {
            bool isRecent = _askedAt is { } askedAt && (!_answer.IsCompleted || clock.GetElapsedTime(askedAt) < BelievedFor);
            if (isRecent) return _answer;
            _askedAt = clock.GetTimestamp();
            return _answer = database.AnswersAsync();
        }
    }

    [LoggerMessage(4500, LogLevel.Information, "Not ready any more; it goes on serving for {Seconds} s, and then stops")]
    private static partial void LogDraining(ILogger logger, double seconds);
}
