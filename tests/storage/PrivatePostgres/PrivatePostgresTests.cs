using System.Diagnostics;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using Shouldly;
using StepCloud.Storage;
using StepCloud.Tests.Support;
using Xunit;

namespace StepCloud.Tests.Storage;

public sealed class PrivatePostgresTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private string DataDirectory => _folder["data"];

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_new_cluster_is_private_durable_and_not_run_by_root()
    {
        await using PrivatePostgres postgres = await StartAsync();

        (await ScalarAsync(postgres, "SELECT current_database()")).ShouldBe("stepcloud");
        (await ScalarAsync(postgres, "SELECT usesuper FROM pg_user WHERE usename = current_user")).ShouldBe(false);
        (await SettingAsync(postgres, "listen_addresses")).ShouldBe("");
        (await SettingAsync(postgres, "fsync")).ShouldBe("on");
        (await SettingAsync(postgres, "synchronous_commit")).ShouldBe("on");
        (await SettingAsync(postgres, "full_page_writes")).ShouldBe("on");
        (await SettingAsync(postgres, "data_checksums")).ShouldBe("on");
        (await SettingAsync(postgres, "server_encoding")).ShouldBe("UTF8");
        (await ScalarAsync(postgres, "SELECT lower('Ä')")).ShouldBe("ä");

        string process = await File.ReadAllTextAsync($"/proc/{postgres.ProcessId}/status");
        process.ShouldNotContain("\nUid:\t0\t");
        File.GetUnixFileMode(Path.Combine(DataDirectory, "postgres", "password"))
            .ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite);
    }

    [Fact]
    public async Task Without_the_password_nobody_gets_in()
    {
        await using PrivatePostgres postgres = await StartAsync();
        NpgsqlConnectionStringBuilder wrong = new(postgres.AdministratorConnectionString) { Password = "wrong" };
        await using NpgsqlConnection connection = new(wrong.ConnectionString);

        (await Should.ThrowAsync<PostgresException>(() => connection.OpenAsync())).SqlState.ShouldBe(PostgresErrorCodes.InvalidPassword);
    }

    [Fact]
    public async Task A_second_start_goes_on_with_the_same_data()
    {
        await using (PrivatePostgres first = await StartAsync())
            await ScalarAsync(first, "CREATE TABLE kept AS SELECT 42 AS answer");

        await using PrivatePostgres second = await StartAsync();
        (await ScalarAsync(second, "SELECT answer FROM kept")).ShouldBe(42);
    }

    [Fact]
    public async Task A_stop_leaves_no_process_and_can_be_repeated()
    {
        PrivatePostgres postgres = await StartAsync();
        int processId = postgres.ProcessId.ShouldNotBeNull();

        await postgres.StopAsync();
        await postgres.StopAsync();

        postgres.ProcessId.ShouldBeNull();
        // Init may take its time to reap it.
        await Eventually.HoldsAsync(() => !Directory.Exists($"/proc/{processId}"), "the process is gone");
    }

    [Fact]
    public async Task While_one_process_owns_the_cluster_another_is_refused()
    {
        await using PrivatePostgres postgres = await StartAsync();

        (await Should.ThrowAsync<PrivatePostgresException>(StartAsync)).Failure.ShouldBe(PrivatePostgresFailure.InUse);
        (await ScalarAsync(postgres, "SELECT 1")).ShouldBe(1);
    }

    [Fact]
    public async Task The_server_that_a_killed_owner_left_behind_is_taken_over()
    {
        int left;
        using (ClusterOwner owner = await ClusterOwner.StartAsync(DataDirectory, watched: false))
        {
            left = PostmasterId();
            await owner.KillAsync();
        }

        await using PrivatePostgres postgres = await StartAsync();

        postgres.ProcessId.ShouldBe(left);
        (await ScalarAsync(postgres, "SELECT 1")).ShouldBe(1);
    }

    [Fact]
    public async Task A_watched_server_ends_with_its_owner_and_its_folder_is_deleted()
    {
        using ClusterOwner owner = await ClusterOwner.StartAsync(DataDirectory, watched: true);
        int server = PostmasterId();

        await owner.KillAsync();

        await Eventually.HoldsAsync(() => !Directory.Exists($"/proc/{server}"), "the server ended");
        await Eventually.HoldsAsync(() => !Directory.Exists(DataDirectory), "the folder was deleted");
    }

    [Fact]
    public async Task A_server_that_is_killed_is_started_again_and_nothing_committed_is_lost()
    {
        await using PrivatePostgres postgres = await StartAsync();
        await ScalarAsync(postgres, "CREATE TABLE kept AS SELECT 42 AS answer");
        int killed = postgres.ProcessId.ShouldNotBeNull();

        Process.GetProcessById(killed).Kill();

        await Eventually.HoldsAsync(() => postgres.ProcessId is { } id && id != killed, "another server runs");
        await Eventually.HoldsAsync(() => CanConnectAsync(postgres), "it takes connections");
        (await ScalarAsync(postgres, "SELECT answer FROM kept")).ShouldBe(42);
    }

    [Fact]
    public async Task A_stale_pid_file_whose_number_is_now_another_process_is_seen_through()
    {
        await using (PrivatePostgres first = await StartAsync())
            await ScalarAsync(first, "CREATE TABLE kept AS SELECT 42 AS answer");
        string[] stale = [$"{Environment.ProcessId}", Path.Combine(DataDirectory, "postgres", "data"), "1", "5432", "/nowhere", "", "0 0", "ready"];
        await File.WriteAllLinesAsync(Path.Combine(DataDirectory, "postgres", "data", "postmaster.pid"), stale);

        await using PrivatePostgres second = await StartAsync();

        (await ScalarAsync(second, "SELECT answer FROM kept")).ShouldBe(42);
    }

    [Fact]
    public async Task What_a_crash_left_half_made_is_made_anew()
    {
        await using (await StartAsync())
        {
        }

        string home = Path.Combine(DataDirectory, "postgres");
        Directory.Move(Path.Combine(home, "data"), Path.Combine(home, "data.new"));
        File.Delete(Path.Combine(home, "data.new", "PG_VERSION"));

        await using PrivatePostgres postgres = await StartAsync();
        (await ScalarAsync(postgres, "SELECT 1")).ShouldBe(1);
    }

    [Fact]
    public async Task A_data_folder_that_the_ordinary_user_cannot_reach_leads_to_one_that_it_can()
    {
        using TemporaryFolder shared = new();
        string closed = _folder["closed"];
        Directory.CreateDirectory(closed, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        PrivatePostgresOptions options = new() { DataDirectory = Path.Combine(closed, "data"), SharedDirectory = shared.Path };
        DirectoryInfo home = new(Path.Combine(options.DataDirectory, "postgres"));

        await using (PrivatePostgres first = await StartAsync(options))
            await ScalarAsync(first, "CREATE TABLE kept AS SELECT 42 AS answer");
        await using (PrivatePostgres second = await StartAsync(options))
            (await ScalarAsync(second, "SELECT answer FROM kept")).ShouldBe(42);

        // An ordinary user runs the server as itself, and needs no other folder.
        if (Environment.IsPrivilegedProcess)
            home.LinkTarget.ShouldNotBeNull().ShouldStartWith(shared.Path);
        else
            home.LinkTarget.ShouldBeNull();
    }

    [Fact]
    public async Task A_path_that_is_too_long_for_a_socket_is_no_obstacle()
    {
        using TemporaryFolder shared = new();
        string deep = Path.Combine(_folder.Path, new string('d', 100), new string('e', 100));
        PrivatePostgresOptions options = new() { DataDirectory = deep, SharedDirectory = shared.Path };

        await using PrivatePostgres postgres = await StartAsync(options);

        (await ScalarAsync(postgres, "SELECT 1")).ShouldBe(1);
    }

    [Theory]
    [InlineData(1500)]
    [InlineData(2500)]
    [InlineData(3500)]
    public async Task A_start_that_is_given_up_leaves_no_server_behind(int milliseconds)
    {
        // Whatever the start is just doing then: making the cluster, starting the server, or connecting to it.
        using CancellationTokenSource patience = new(milliseconds);
        PrivatePostgresOptions options = new() { DataDirectory = DataDirectory };
        try
        {
            await using PrivatePostgres postgres = await PrivatePostgres.StartAsync(options, NullLoggerFactory.Instance, TimeProvider.System, patience.Token);
        }
        catch (OperationCanceledException)
        {
            patience.IsCancellationRequested.ShouldBeTrue();
        }

        await Eventually.HoldsAsync(() => !Postmaster.AnyProcessIn(Path.Combine(DataDirectory, "postgres", "data")), "no process works in the folder");
        await using PrivatePostgres again = await StartAsync();
        (await ScalarAsync(again, "SELECT 1")).ShouldBe(1);
    }

    [Fact]
    public async Task Without_PostgreSQL_the_error_says_how_to_get_it()
    {
        PrivatePostgresOptions options = new() { DataDirectory = DataDirectory, BinDirectory = _folder.Path };

        PrivatePostgresException exception = await Should.ThrowAsync<PrivatePostgresException>(() => StartAsync(options));

        exception.Failure.ShouldBe(PrivatePostgresFailure.NotInstalled);
        exception.Message.ShouldContain("apt-get install postgresql");
    }

    [Fact]
    public async Task A_cluster_of_a_version_that_is_not_installed_is_refused()
    {
        await using (await StartAsync())
        {
        }

        await File.WriteAllTextAsync(Path.Combine(DataDirectory, "postgres", "data", "PG_VERSION"), "14\n");

        (await Should.ThrowAsync<PrivatePostgresException>(StartAsync)).Failure.ShouldBe(PrivatePostgresFailure.OtherVersion);
    }

    private Task<PrivatePostgres> StartAsync() => StartAsync(new PrivatePostgresOptions { DataDirectory = DataDirectory, StopWithOwner = true });

    private static Task<PrivatePostgres> StartAsync(PrivatePostgresOptions options) =>
        PrivatePostgres.StartAsync(options, NullLoggerFactory.Instance, TimeProvider.System, CancellationToken.None);

    private int PostmasterId() => int.Parse(File.ReadLines(Path.Combine(DataDirectory, "postgres", "data", "postmaster.pid")).First());

    private static Task<object?> SettingAsync(PrivatePostgres postgres, string name) => ScalarAsync(postgres, $"SHOW {name}");

    private static async Task<object?> ScalarAsync(PrivatePostgres postgres, string sql)
    {
        await using NpgsqlDataSource source = NpgsqlDataSource.Create(postgres.ConnectionString);
        await using NpgsqlCommand command = source.CreateCommand(sql);
        return await command.ExecuteScalarAsync();
    }

    private static async Task<bool> CanConnectAsync(PrivatePostgres postgres)
    {
        try
        {
            return await ScalarAsync(postgres, "SELECT 1") is 1;
        }
        catch (NpgsqlException)
        {
            return false;
        }
    }
}
