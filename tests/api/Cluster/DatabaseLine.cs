using System.Collections.Concurrent;
using System.Net.Sockets;
using Npgsql;
using StepCloud.Tests.Support;

namespace StepCloud.Tests.Api.Cluster;

/// <summary>A node's way to the database, which a test can cut and mend: what the others see of it is what they see of one that was killed.</summary>
internal sealed class DatabaseLine : IAsyncDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly ConcurrentDictionary<Socket, bool> _sockets = new();
    private readonly UnixDomainSocketEndPoint _database;
    private readonly Socket _listener = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
    private readonly Task _accepting;
    private volatile bool _isCut;

    public DatabaseLine(TestDatabase database)
    {
        NpgsqlConnectionStringBuilder settings = new(database.ConnectionString);
        string name = $".s.PGSQL.{settings.Port}";
        _database = new UnixDomainSocketEndPoint(Path.Combine(settings.Host!, name));
        settings.Host = _folder.Path;
        ConnectionString = settings.ConnectionString;
        _listener.Bind(new UnixDomainSocketEndPoint(_folder[name]));
        _listener.Listen();
        _accepting = AcceptAsync();
    }

    public string ConnectionString { get; }

    public void Cut()
    {
        _isCut = true;
        foreach (Socket socket in _sockets.Keys) socket.Dispose();
    }

    public void Mend() => _isCut = false;

    public async ValueTask DisposeAsync()
    {
        _listener.Dispose();
        Cut();
        await _accepting;
        _folder.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                Socket client = await _listener.AcceptAsync();
                _ = ServeAsync(client);
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // The test is over.
        }
    }

    private async Task ServeAsync(Socket client)
    {
        Socket database = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            _sockets[client] = _sockets[database] = true;
            if (_isCut) return;
            await database.ConnectAsync(_database);
            await Task.WhenAny(CopyAsync(client, database), CopyAsync(database, client));
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // Cut.
        }
        finally
        {
            client.Dispose();
            database.Dispose();
            _sockets.TryRemove(client, out _);
            _sockets.TryRemove(database, out _);
        }
    }

    private static async Task CopyAsync(Socket from, Socket to)
    {
        byte[] buffer = new byte[16 * 1024];
        try
        {
            while (await from.ReceiveAsync(buffer) is var count and > 0)
            {
                for (int sent = 0; sent < count;) sent += await to.SendAsync(buffer.AsMemory(sent, count - sent));
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // Cut.
        }
    }
}
