namespace StepCloud.Storage;

/// <summary>The account that a cluster's files belong to and its server runs as: this process's own, unless that is root.</summary>
/// <param name="User">Null when it is this process's own account.</param>
internal sealed record ClusterAccount(string? User, IReadOnlyList<string> Prefix)
{
    private static readonly TimeSpan ToolTimeout = TimeSpan.FromSeconds(30);

    /// <summary>True when commands run as another account than this process's.</summary>
    public bool IsOther => User is not null;

    public static async Task<ClusterAccount> ChooseAsync(string ordinaryUser, TimeProvider clock, CancellationToken cancellationToken)
    {
        if (!Environment.IsPrivilegedProcess)
            return new ClusterAccount(null, []);

        // setpriv keeps no session and forks nothing; runuser (through PAM) is there where setpriv is too old.
        IReadOnlyList<string>[] ways =
        [
            ["setpriv", $"--reuid={ordinaryUser}", $"--regid={ordinaryUser}", "--init-groups", "--"],
            ["runuser", "-u", ordinaryUser, "--"],
        ];
        string said = "";
        foreach (IReadOnlyList<string> way in ways)
        {
            OsCommandResult tried = await OsCommand.RunAsync([.. way, "true"], ToolTimeout, clock, cancellationToken);
            if (tried.Succeeded)
                return new ClusterAccount(ordinaryUser, way);
            said = tried.Said;
        }

        throw new PrivatePostgresException(
            PrivatePostgresFailure.NoOrdinaryUser,
            $"PostgreSQL does not run as root, and nothing can be run as the user '{ordinaryUser}' ({said}): "
            + "install PostgreSQL, which makes that user (apt-get install postgresql), or start StepCloud as an ordinary user");
    }

    public Task<OsCommandResult> RunAsync(
        IReadOnlyList<string> command, TimeSpan timeout, TimeProvider clock, CancellationToken cancellationToken) =>
        OsCommand.RunAsync([.. Prefix, .. command], timeout, clock, cancellationToken);

    /// <summary>Makes a folder that only this account may enter (and root).</summary>
    public async Task MakePrivateDirectoryAsync(string path, TimeProvider clock, CancellationToken cancellationToken)
    {
        if (User is null)
        {
            Directory.CreateDirectory(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            return;
        }

        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        await RequireAsync(["install", "-d", "-m", "0700", "-o", User, "-g", User, path], path, clock, cancellationToken);
    }

    /// <summary>Gives the file, which only this process could read so far, to the account.</summary>
    public async Task TakeOverAsync(string file, TimeProvider clock, CancellationToken cancellationToken)
    {
        if (User is not null)
            await RequireAsync(["chown", $"{User}:{User}", file], file, clock, cancellationToken);
    }

    public async Task<bool> CanReachAsync(string directory, TimeProvider clock, CancellationToken cancellationToken) =>
        User is null || (await RunAsync(["ls", directory], ToolTimeout, clock, cancellationToken)).Succeeded;

    private static async Task RequireAsync(IReadOnlyList<string> command, string path, TimeProvider clock, CancellationToken cancellationToken)
    {
        OsCommandResult result = await OsCommand.RunAsync(command, ToolTimeout, clock, cancellationToken);
        if (!result.Succeeded)
            throw new PrivatePostgresException(PrivatePostgresFailure.Unreachable, $"{path} cannot be prepared for the cluster: {result.Said}");
    }
}
