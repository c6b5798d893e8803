using Microsoft.Extensions.Logging.Abstractions;
using StepCloud.Storage;

namespace StepCloud.Tests.Storage;

/// <summary>The test assembly as a program: an owner of a private cluster that a test can kill.</summary>
internal static class Program
{
    public const string Ready = "ready";

    private static async Task<int> Main(string[] args)
    {
        PrivatePostgresOptions options = new()
        {
            DataDirectory = args[0],
            StopWithOwner = args.Contains("--watched"),
            DeleteWithOwner = args.Contains("--watched"),
        };
        await using PrivatePostgres postgres = await PrivatePostgres.StartAsync(
            options, NullLoggerFactory.Instance, TimeProvider.System, CancellationToken.None);
        Console.WriteLine(Ready);
        await Console.In.ReadLineAsync();
        return 0;
    }
}
