using StepCloud.Mqtt.Codec;
using StepCloud.Mqtt.Packets;

namespace StepCloud.Mqtt.Client;

/// <summary>AUTH within a connection (MQTT 5.0 §4.12.1).</summary>
internal sealed class Reauthentication(MqttClientOptions options, string? method, SendQueue output)
{
    private readonly Lock _lock = new();
    private TaskCompletionSource? _running;
    private Exception? _ended;

    /// <exception cref="InvalidOperationException">The CONNECT named no method [MQTT-4.12.0-7], or one is under way.</exception>
    public Task StartAsync(ReadOnlyMemory<byte> data)
    {
        if (method is null) throw new InvalidOperationException("The CONNECT had no Authentication Method [MQTT-4.12.0-7].");
        lock (_lock)
        {
            if (_ended is not null) return Task.FromException(_ended);
            if (_running is not null) throw new InvalidOperationException("A re-authentication is under way.");
            _running = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            Send(ReasonCode.ReAuthenticate, data);
            return _running.Task;
        }
    }

    /// <returns>False: the Server may not send AUTH on this connection.</returns>
    public bool TryReceive(AuthPacket packet, CancellationToken cancellationToken)
    {
        if (method is null) return false;
        if (packet.ReasonCode == ReasonCode.ContinueAuthentication)
        {
            // It asks the application, which may take its time: the connection is read on meanwhile.
            _ = ContinueAsync(packet, cancellationToken);
            return true;
        }
        lock (_lock)
        {
            _running?.TrySetResult();
            _running = null;
        }
        return true;
    }

    /// <summary>The connection is over, and with it what was under way.</summary>
    public void Fail(Exception reason)
    {
        lock (_lock)
        {
            _ended ??= reason;
            _running?.TrySetException(reason);
            _running = null;
        }
    }

    private async Task ContinueAsync(AuthPacket packet, CancellationToken cancellationToken)
    {
        try
        {
            if (options.OnAuthContinue is not { } next) throw new InvalidOperationException("The Server goes on with the authentication, but OnAuthContinue is not set.");
            Send(ReasonCode.ContinueAuthentication, await next(packet, cancellationToken));
        }
        catch (Exception exception)
        {
            lock (_lock)
            {
                _running?.TrySetException(exception);
                _running = null;
            }
        }
    }

    private void Send(ReasonCode code, ReadOnlyMemory<byte> data) => output.Send(
        new AuthPacket { ReasonCode = code, AuthenticationMethod = method, AuthenticationData = data },
        static (output, packet, settings) => MqttEncoder.Encode(output, packet, settings));
}
