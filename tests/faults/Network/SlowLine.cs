using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Threading.Channels;

namespace StepCloud.Tests.Faults.Network;

/// <summary>A line over which everything takes its time: what comes in at one end goes out at the other so much later.</summary>
internal sealed class SlowLine : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Any, 0);
    private readonly CancellationTokenSource _cut = new();
    private readonly IPEndPoint _server;
    private readonly TimeSpan _delay;
    private readonly Task _accepting;
    private int _connections;

    public SlowLine(IPEndPoint server, TimeSpan delay)
    {
        _server = server;
        _delay = delay;
        _listener.Start();
        _accepting = AcceptAsync();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>How many were made over it.</summary>
    public int Connections => _connections;

    public async ValueTask DisposeAsync()
    {
        await _cut.CancelAsync();
        _listener.Stop();
        await _accepting;
        _cut.Dispose();
    }

    private async Task AcceptAsync()
    {
        List<Task> lines = [];
        try
        {
            while (true) lines.Add(CarryAsync(await _listener.AcceptTcpClientAsync(_cut.Token)));
        }
        catch (OperationCanceledException)
        {
            await Task.WhenAll(lines);
        }
    }

    private async Task CarryAsync(TcpClient gateway)
    {
        Interlocked.Increment(ref _connections);
        using (gateway)
        using (TcpClient server = new())
        using (CancellationTokenSource end = CancellationTokenSource.CreateLinkedTokenSource(_cut.Token))
        {
            try
            {
                await server.ConnectAsync(_server, end.Token);
                NetworkStream there = server.GetStream(), here = gateway.GetStream();
                await Task.WhenAny(CarryAsync(here, there, end.Token), CarryAsync(there, here, end.Token));
                await end.CancelAsync();
            }
            catch (Exception e) when (e is SocketException or OperationCanceledException)
            {
                // The gateway finds its connection closed.
            }
        }
    }

    private async Task CarryAsync(NetworkStream from, NetworkStream to, CancellationToken cancellationToken)
    {
        Channel<(long Due, byte[] Bytes)> under = Channel.CreateBounded<(long, byte[])>(1000);
        Task delivering = DeliverAsync(under.Reader, to, cancellationToken);
        try
        {
            byte[] buffer = new byte[16 * 1024];
            for (int count; (count = await from.ReadAsync(buffer, cancellationToken)) > 0;)
                await under.Writer.WriteAsync((Stopwatch.GetTimestamp() + (long)(_delay.TotalSeconds * Stopwatch.Frequency), buffer[..count]), cancellationToken);
        }
        catch (Exception e) when (e is IOException or OperationCanceledException)
        {
            // As if it had been closed.
        }

        under.Writer.Complete();
        await delivering;
    }

    private static async Task DeliverAsync(ChannelReader<(long Due, byte[] Bytes)> under, NetworkStream to, CancellationToken cancellationToken)
    {
        try
        {
            await foreach ((long due, byte[] bytes) in under.ReadAllAsync(cancellationToken))
            {
                if (Stopwatch.GetElapsedTime(Stopwatch.GetTimestamp(), due) is { Ticks: > 0 } rest) await Task.Delay(rest, cancellationToken);
                await to.WriteAsync(bytes, cancellationToken);
            }
        }
        catch (Exception e) when (e is IOException or OperationCanceledException)
        {
            // Nobody is there to have the rest.
        }
    }
}
