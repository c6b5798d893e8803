namespace StepCloud.Storage;

/// <summary>A private cluster that another process owns, for commands that work beside a running server.</summary>
public static class RunningCluster
{
    private static readonly TimeSpan LookEvery = TimeSpan.FromMilliseconds(200);

    /// <summary>Is there a cluster in that data folder, running or not?</summary>
    public static bool Exists(string dataDirectory) => Directory.Exists(Path.Combine(dataDirectory, "postgres"));

    /// <summary>How to connect to it, in the application's role; waits a while for one that is just starting.</summary>
    /// <returns>Null when no server of it runs.</returns>
    public static async Task<string?> FindAsync(
        PrivatePostgresOptions options, TimeSpan patience, TimeProvider clock, CancellationToken cancellationToken)
    {
        ClusterAccount account = await ClusterAccount.ChooseAsync(options.OrdinaryUser, clock, cancellationToken);
        (ClusterHome home, _) = await ClusterHome.OpenAsync(options, account, clock, cancellationToken);
        long start = clock.GetTimestamp();
        while (true)
        {
            if (Postmaster.FindRunning(home.Data) is { IsReady: true } server)
                return ClusterLogins.Read(home, server.SocketDirectory, options.Database).Application;
            if (clock.GetElapsedTime(start) >= patience)
                return null;
            await Task.Delay(LookEvery, clock, cancellationToken);
        }
    }
}
