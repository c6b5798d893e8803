using StepCloud.Bench.Frame;

namespace StepCloud.Bench.Processes;

/// <summary>The program <c>stepcloud</c> as a process of its own on the database of an <see cref="OwnServer"/>: it answers reads, and does nothing else.</summary>
internal sealed class ReaderProcess : IAsyncDisposable
{
    private const string Announcement = "HTTP on ";

    /// <summary>It compares the schema and opens the secrets first, and a machine that was just filled writes behind.</summary>
    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(1);

    private ReaderProcess(ServerProcess process, Uri address)
    {
        Process = process;
        Address = address;
    }

    public ServerProcess Process { get; }

    public Uri Address { get; }

    /// <summary>With the settings as they are shipped, but for the limits of requests: all of them come from here, and from two people.</summary>
    public static async Task<ReaderProcess> StartAsync(OwnServer owner, CancellationToken cancellationToken)
    {
        Dictionary<string, string?> settings = new()
        {
            ["Limits__AddressPerSecond"] = "1000000", ["Limits__UserPerSecond"] = "1000000",
            ["Logging__LogLevel__Default"] = "None", ["Logging__LogLevel__Microsoft.AspNetCore"] = "None", ["Logging__LogLevel__Npgsql"] = "None",
        };
        var process = ServerProcess.Start(
            "stepcloud", Checkout.Program("api", "stepcloud"), settings, "serve", "--role", "reader", "--http-port", "0", "--data", owner.Folder);
        try
        {
            string line = await process.ReadLineAsync(s_patience, cancellationToken);
            if (!line.StartsWith(Announcement, StringComparison.Ordinal)) throw process.Failure($"said '{line}'");
            return new ReaderProcess(process, new Uri(line[Announcement.Length..].Split(',')[0]));
        }
        catch
        {
            await process.DisposeAsync();
            throw;
        }
    }

    public ValueTask DisposeAsync() => Process.DisposeAsync();
}
