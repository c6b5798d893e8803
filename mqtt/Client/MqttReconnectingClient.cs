using StepCloud.Mqtt.Packets;

namespace StepCloud.Mqtt.Client;

/// <summary>
/// Keeps a session alive over many connections: comes back after a loss, and sends again, with DUP, what the Server has
/// not acknowledged, as long as the Server still has the session (MQTT 5.0 §4.4).
/// </summary>
/// <remarks>
/// A publication made while there is no connection waits for the next one. If the Server has lost the session, all that
/// was sent and not acknowledged fails with <see cref="MqttConnectionLostException"/>: who keeps an outbox sends it again.
/// </remarks>
public sealed class MqttReconnectingClient : IAsyncDisposable
{
    private readonly MqttClientOptions _options;
    private readonly ReconnectOptions _reconnect;
    private readonly Func<CancellationToken, ValueTask<ConnectPacket>> _connect;
    private readonly ClientSession _session;
    private readonly Inbox _inbox;
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _running;
    private MqttClient? _current;
    private int _failures;

    /// <param name="options">The client.</param>
    /// <param name="connect">
    /// Called for each attempt, so that each has fresh credentials. Clean Start and the Client Identifier decide, as
    /// always, whether there is a session to come back to.
    /// </param>
    /// <param name="reconnect">The way back.</param>
    public MqttReconnectingClient(
        MqttClientOptions options, Func<CancellationToken, ValueTask<ConnectPacket>> connect, ReconnectOptions? reconnect = null)
    {
        _options = options;
        _connect = connect;
        _reconnect = reconnect ?? new ReconnectOptions();
        _session = new ClientSession(options);
        _inbox = new Inbox(options);
        _ = _inbox.RunAsync(_stop.Token);
        _running = RunAsync();
    }

    /// <summary>The connection of this moment; null: there is none.</summary>
    public MqttClient? Current => Volatile.Read(ref _current);

    /// <summary>Completes when it was disposed; fails with what <see cref="ReconnectOptions.GiveUpOn"/> named final.</summary>
    public Task Completion => _running;

    /// <inheritdoc cref="PublishAsync(in PublishPacket, CancellationToken)"/>
    public Task<PublishResult> PublishAsync(
        string topic, ReadOnlyMemory<byte> payload, QualityOfService qos = QualityOfService.AtLeastOnce, bool retain = false,
        PublishProperties properties = default, CancellationToken cancellationToken = default) =>
        PublishAsync(Publication.Create(topic, payload, qos, retain, properties), cancellationToken);

    /// <summary>As <see cref="MqttClient.PublishAsync(in PublishPacket, CancellationToken)"/>, over as many connections as it takes.</summary>
    /// <inheritdoc cref="MqttClient.PublishAsync(in PublishPacket, CancellationToken)"/>
    public Task<PublishResult> PublishAsync(in PublishPacket message, CancellationToken cancellationToken = default)
    {
        Publication.Check(message);
        return _session.PublishAsync(message, cancellationToken);
    }

    /// <summary>Disconnects; what has no answer by then fails. A handler that is at work is told by its token and not waited for.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _stop.Dispose();
    }

    private async Task RunAsync()
    {
        Exception end = new MqttConnectionLostException("The client was disposed.");
        try
        {
            while (true)
            {
                var failure = await ConnectOnceAsync();
                if (_reconnect.GiveUpOn?.Invoke(failure) == true)
                {
                    end = failure;
                    throw failure;
                }
                var delay = _reconnect.Delay(++_failures);
                ClientLog.Waiting(_options.Logger, _failures, delay, failure);
                await Task.Delay(delay, _options.TimeProvider, _stop.Token);
            }
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            // Disposed: that is the one end it comes to by itself.
        }
        finally
        {
            _session.End(end);
        }
    }

    /// <summary>One connection from beginning to end.</summary>
    /// <returns>Why there is none, or none any more.</returns>
    private async Task<Exception> ConnectOnceAsync()
    {
        MqttClient client;
        try
        {
            client = await MqttClient.ConnectAsync(_options, await _connect(_stop.Token), _session, _inbox, _stop.Token);
        }
        catch (Exception exception) when (!_stop.IsCancellationRequested)
        {
            return exception;
        }
        var connected = _options.TimeProvider.GetTimestamp();
        Exception? failure = null;
        Volatile.Write(ref _current, client);
        try
        {
            if (_reconnect.OnConnected is { } greet) await greet(client, _stop.Token);
            await client.Closed.WaitAsync(_stop.Token);
        }
        catch (Exception exception) when (!_stop.IsCancellationRequested)
        {
            failure = exception;
        }
        finally
        {
            Volatile.Write(ref _current, null);
            await client.DisposeAsync();
        }
        var closed = await client.Closed;
        _reconnect.OnDisconnected?.Invoke(closed);
        if (_options.TimeProvider.GetElapsedTime(connected) >= _reconnect.StableAfter) _failures = 0;
        return failure ?? closed.ToException();
    }
}
