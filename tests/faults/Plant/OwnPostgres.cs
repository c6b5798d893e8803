using System.Diagnostics;
using System.Globalization;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using StepCloud.Storage;
using StepCloud.Tests.Support;

namespace StepCloud.Tests.Faults.Plant;

/// <summary>A PostgreSQL that nobody starts again when it has ended, on a disk of its own: it may be killed, stopped, starved and held.</summary>
internal sealed class OwnPostgres : IAsyncDisposable
{
    private static readonly string Programs = Directory.GetDirectories("/usr/lib/postgresql").Max()! + "/bin";

    private readonly TemporaryFolder _folder;
    private readonly Process _guard;
    private readonly string _data;

    private OwnPostgres(TemporaryFolder folder, SmallDisk? disk, string data, TestDatabase database)
    {
        _folder = folder;
        _data = data;
        Disk = disk;
        Database = database;
        _guard = StartGuard(data, disk?.Folder ?? "", folder.Path);
    }

    /// <summary>Null where nobody may mount one.</summary>
    public SmallDisk? Disk { get; }

    public TestDatabase Database { get; }

    /// <summary>Of the superuser, in the database of the application, whatever the server's default for transactions is now.</summary>
    public string AdministratorConnectionString => new NpgsqlConnectionStringBuilder(Database.AdministratorConnectionString)
    {
        Database = new NpgsqlConnectionStringBuilder(Database.ConnectionString).Database, Pooling = false, Options = "-c default_transaction_read_only=off",
    }.ConnectionString;

    /// <summary>With the schema of this program, and running.</summary>
    public static async Task<OwnPostgres> StartNewAsync()
    {
        TemporaryFolder folder = new();
        SmallDisk? disk = Environment.IsPrivilegedProcess ? await SmallDisk.MountAsync(folder.Path) : null;
        PrivatePostgresOptions options = new() { DataDirectory = disk?.Folder ?? folder.Path, ConnectionsMax = 60 };
        TestDatabase database;
        string data;
        // Made and settled as every installation's is; from then on it is ours.
        await using (PrivatePostgres made = await PrivatePostgres.StartAsync(options, NullLoggerFactory.Instance, TimeProvider.System, CancellationToken.None))
        {
            database = new TestDatabase(made.ConnectionString, made.AdministratorConnectionString);
            data = Path.GetDirectoryName(made.LogDirectory)!;
            await new Migrator(database.Source, Migration.Embedded(), TimeProvider.System, NullLogger<Migrator>.Instance).MigrateAsync(CancellationToken.None);
            await made.ProtectAuditAsync(CancellationToken.None);
        }

        OwnPostgres postgres = new(folder, disk, data, database);
        await postgres.StartAsync();
        // Connections to the one that made it.
        database.Source.Clear();
        return postgres;
    }

    public bool IsRunning => ProcessId is { } id && FolderOf(id) == _data;

    /// <summary>Returns when it takes connections.</summary>
    public async Task StartAsync()
    {
        // Its number can be that of a process which has ended and which nobody has asked about yet: PostgreSQL would believe that it runs.
        if (Processes().Length == 0)
        {
            File.Delete(PidFile);
            File.Delete(Path.Combine(new NpgsqlConnectionStringBuilder(Database.ConnectionString).Host!, ".s.PGSQL.5432.lock"));
        }

        await ControlAsync("start", "-w", "-t", "120", "-l", Path.Combine(_data, "start.log"));
    }

    /// <summary>In order: open transactions are undone, what is committed is on the disk.</summary>
    public Task StopAsync() => ControlAsync("stop", "-m", "fast", "-t", "60");

    /// <summary>SIGKILL for each of its processes: nothing of it runs any more.</summary>
    public async Task KillAsync()
    {
        // More than once: one can have been begun between the list and the signal.
        await Eventually.HoldsAsync(
            async () =>
            {
                int[] left = Processes();
                await SignalAsync("KILL", left);
                return left.Length == 0;
            },
            "no process of PostgreSQL is left");
    }

    /// <summary>None of its processes gets any further until <see cref="ContinueAsync"/>; the kernel goes on taking what is sent to them.</summary>
    public Task HoldAsync() => SignalAsync("STOP", Processes());

    public Task ContinueAsync() => SignalAsync("CONT", Processes());

    public async Task ReloadAsync(string sql)
    {
        await ExecuteAsync(sql);
        await ExecuteAsync("SELECT pg_reload_conf()");
    }

    public async Task ExecuteAsync(string sql)
    {
        await using NpgsqlConnection connection = new(AdministratorConnectionString);
        await connection.OpenAsync();
        await using NpgsqlCommand command = new(sql, connection);
        await command.ExecuteNonQueryAsync();
    }

    public async Task<T> ScalarAsync<T>(string sql)
    {
        await using NpgsqlConnection connection = new(AdministratorConnectionString);
        await connection.OpenAsync();
        await using NpgsqlCommand command = new(sql, connection);
        return (T)(await command.ExecuteScalarAsync())!;
    }

    public async ValueTask DisposeAsync()
    {
        if (IsRunning) await StopAsync();
        await Database.DisposeAsync();
        await _guard.StandardInput.WriteLineAsync("done");
        _guard.Dispose();
        if (Disk is not null) await Disk.DisposeAsync();
        _folder.Dispose();
    }

    private int? ProcessId
    {
        get
        {
            return File.Exists(PidFile) && int.TryParse(File.ReadLines(PidFile).FirstOrDefault(), CultureInfo.InvariantCulture, out int id) ? id : null;
        }
    }

    private string PidFile => Path.Combine(_data, "postmaster.pid");

    /// <summary>All work in the folder of the data.</summary>
    private int[] Processes() =>
        [.. Process.GetProcesses().Select(process => process.Id).Where(id => FolderOf(id) == _data).OrderBy(id => id != ProcessId)];

    private static string? FolderOf(int id)
    {
        try
        {
            return new FileInfo($"/proc/{id}/cwd").LinkTarget;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    // Between the list and the signal one of them may have ended.
    private static Task SignalAsync(string signal, int[] processes) =>
        OsTool.TryAsync("kill", [$"-{signal}", .. processes.Select(id => id.ToString(CultureInfo.InvariantCulture))]);

    private Task ControlAsync(string what, params string[] more)
    {
        string[] command = [$"{Programs}/pg_ctl", what, "-s", "-D", _data, .. more];
        return Environment.IsPrivilegedProcess
            ? OsTool.RunAsync("setpriv", ["--reuid=postgres", "--regid=postgres", "--init-groups", .. command])
            : OsTool.RunAsync(command[0], command[1..]);
    }

    /// <summary>Cleans up after a run of the tests that was killed: the end of its standard input tells it.</summary>
    private static Process StartGuard(string data, string disk, string folder) => Process.Start(new ProcessStartInfo("setsid",
        [
            "sh", "-c",
            """
            trap '' INT TERM HUP
            read -r line && exit 0
            pid=$(head -n 1 "$1/postmaster.pid") && kill -CONT "$pid" && kill -QUIT "$pid" && sleep 5
            [ -z "$2" ] || umount -l "$2"
            rm -rf "$3"
            """,
            "guard", data, disk, folder,
        ]) { UseShellExecute = false, RedirectStandardInput = true, WorkingDirectory = "/" })!;
}
