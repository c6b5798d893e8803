using System.Net.Sockets;
using System.Text;
using Shouldly;
using StepCloud.Api.Settings;
using StepCloud.Contracts.Ids;
using StepCloud.Tests.Api.Http;
using StepCloud.Tests.Support;
using Xunit;

namespace StepCloud.Tests.Api.Recordings;

/// <summary>A server whose recordings can be looked for on its disk.</summary>
public sealed class RecordingServer : IAsyncLifetime
{
    public ApiServer Server { get; } = new() { Settings = [("Recordings:MiBMax", "8"), ("Recordings:SilenceMax", "00:00:05"), ("Recordings:KeepFreeMiB", "1")] };

    public TestGateway Gateway { get; private set; } = null!;

    public DeviceId Device { get; private set; }

    /// <summary>The data folder: recordings are in it.</summary>
    public string Data => Server.Service<ServerOptions>().Data;

    public async Task InitializeAsync()
    {
        await Server.InitializeAsync();
        Gateway = await Server.AddGatewayAsync();
        Device = await Gateway.AddDeviceAsync();
    }

    public Task DisposeAsync() => Server.DisposeAsync();

    /// <summary>The files of recordings, which lie two folders deep.</summary>
    public static string[] FilesIn(string folder) => [.. AllIn(folder).Where(path => Path.GetRelativePath(folder, path).Count(c => c == '/') == 2)];

    public string[] Files() => FilesIn(Path.Combine(Data, "recordings"));

    private static string[] AllIn(string folder) => Directory.Exists(folder) ? Directory.GetFiles(folder, "*", SearchOption.AllDirectories) : [];

    public Task<long> CountRowsAsync() => Server.Database.ScalarAsync<long>("SELECT count(*) FROM recording");

    /// <summary>How many files and rows there are, to be compared with what is there later.</summary>
    public async Task<(int Files, long Rows, long Keys)> RemainsAsync() =>
        (Files().Length, await CountRowsAsync(), await Server.Database.ScalarAsync<long>("SELECT count(*) FROM wrapped_key WHERE purpose = 'recording'"));

    public Task ShouldRemainAsync((int Files, long Rows, long Keys) before) =>
        Eventually.HoldsAsync(async () => await RemainsAsync() == before, "nothing remains of what was refused");

    /// <summary>Begins a request by hand, so that it can be left in the middle.</summary>
    public async Task<TcpClient> BeginAsync(ApiClient sender, string method, string path, long length, byte[] body, params string[] headers)
    {
        TcpClient connection = new();
        await connection.ConnectAsync(Server.HttpAddress.Host, Server.HttpAddress.Port);
        string head = $"{method} {path} HTTP/1.1\r\nHost: {Server.HttpAddress.Authority}\r\nAuthorization: Bearer {sender.Token}\r\nContent-Length: {length}\r\n"
            + string.Concat(headers.Select(header => header + "\r\n")) + "\r\n";
        await connection.GetStream().WriteAsync(Encoding.ASCII.GetBytes(head));
        await connection.GetStream().WriteAsync(body);
        await connection.GetStream().FlushAsync();
        return connection;
    }

    /// <summary>Looks through every file of the data folder, and every column of the recordings, for bytes that must not be there.</summary>
    public async Task ShouldNotHoldAsync(byte[] known)
    {
        Files().ShouldNotBeEmpty();
        foreach (string file in AllIn(Data)) (await File.ReadAllBytesAsync(file)).AsSpan().IndexOf(known).ShouldBe(-1, file);
        foreach (string table in (string[])["recording", "wrapped_key", "audit_entry"])
        {
            string rows = await Server.Database.ScalarAsync<string>($"SELECT coalesce(string_agg(encode(convert_to(t::text, 'UTF8'), 'hex'), ' '), '') FROM {table} AS t");
            rows.ShouldNotContain(Convert.ToHexStringLower(known), Case.Sensitive, table);
            // A bytea stands in such a text as hexadecimal digits.
            rows.ShouldNotContain(Convert.ToHexStringLower(Encoding.ASCII.GetBytes(Convert.ToHexStringLower(known))), Case.Sensitive, table);
        }
    }
}
