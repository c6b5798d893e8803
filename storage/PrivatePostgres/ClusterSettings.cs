using System.Globalization;

namespace StepCloud.Storage;

/// <summary>The server's settings, written anew at every start, so that a newer program brings its own to an older cluster.</summary>
internal static class ClusterSettings
{
    public const string FileName = "stepcloud.conf";

    /// <summary>The line that `postgresql.conf` gets when the cluster is made.</summary>
    public const string Include = $"\ninclude_if_exists = '{FileName}'\n";

    public static string Text(string socketDirectory, int connectionsMax) => string.Create(CultureInfo.InvariantCulture, $"""
        # Written by StepCloud at every start: changes belong into postgresql.auto.conf (ALTER SYSTEM).

        # Nobody but this machine's owner of the folder can connect: no TCP port, one private socket.
        listen_addresses = ''
        port = 5432
        unix_socket_directories = '{socketDirectory.Replace("'", "''", StringComparison.Ordinal)}'
        unix_socket_permissions = 0700
        password_encryption = 'scram-sha-256'
        max_connections = {connectionsMax}

        # A step is acknowledged when it is committed, and committed means on the disk.
        fsync = on
        synchronous_commit = on
        full_page_writes = on

        # A small machine with other work: a fixed share of its memory instead of a quarter.
        shared_buffers = '128MB'
        # Series are sent in big parameters and sorted rarely.
        work_mem = '8MB'
        maintenance_work_mem = '64MB'
        # Fewer checkpoints under a replayed back-log, hence fewer full page images; 1 GB is replayed in seconds.
        max_wal_size = '1GB'
        checkpoint_timeout = '15min'
        # Many short statements: compiling them costs more than it saves, and two cores have better to do than to share one query.
        jit = off
        max_parallel_workers_per_gather = 0
        # A client that hangs in a transaction would hold back vacuum for ever.
        idle_in_transaction_session_timeout = '5min'

        # A ring of seven files, one for each day of the week.
        logging_collector = on
        log_directory = 'log'
        log_filename = 'postgresql-%a.log'
        log_truncate_on_rotation = on
        log_rotation_age = '1d'
        log_rotation_size = 0
        log_line_prefix = '%m [%p] %a '
        # Details and statements can hold what a device or a person sent; the log is not the place for it.
        log_error_verbosity = terse
        log_min_error_statement = panic
        log_timezone = 'UTC'
        timezone = 'UTC'

        """);
}
