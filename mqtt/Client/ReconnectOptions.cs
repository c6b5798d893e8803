namespace StepCloud.Mqtt.Client;

/// <summary>How <see cref="MqttReconnectingClient"/> comes back.</summary>
public sealed class ReconnectOptions
{
    /// <summary>Before the second attempt; doubled for each further one.</summary>
    public TimeSpan DelayMin { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>The delay grows no further than this.</summary>
    public TimeSpan DelayMax { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>A connection that lasted so long was a good one: the next loss begins at <see cref="DelayMin"/> again.</summary>
    public TimeSpan StableAfter { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>The source of the jitter.</summary>
    public Random Random { get; init; } = Random.Shared;

    /// <summary>
    /// Called on each new connection, to subscribe and announce; <see cref="MqttClient.ConnAck"/> says whether the
    /// Server still knows the session. If it throws, the connection is given up and the next attempt follows.
    /// </summary>
    public Func<MqttClient, CancellationToken, ValueTask>? OnConnected { get; init; }

    /// <summary>Called when a connection has ended.</summary>
    public Action<ConnectionClosed>? OnDisconnected { get; init; }

    /// <summary>True: the failure is final, such as a refusal of credentials that cannot be renewed. Default: nothing is.</summary>
    public Func<Exception, bool>? GiveUpOn { get; init; }

    /// <summary>Between half of the full delay and all of it, so that the clients of a restarted Server do not return as one.</summary>
    /// <param name="attempt">The failures so far, from 1.</param>
    public TimeSpan Delay(int attempt)
    {
        var full = Math.Min(DelayMax.TotalSeconds, DelayMin.TotalSeconds * Math.Pow(2, Math.Min(attempt, 30) - 1));
        return TimeSpan.FromSeconds(full * (0.5 + (Random.NextDouble() / 2)));
    }
}
