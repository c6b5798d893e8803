using Microsoft.Extensions.Options;

namespace StepCloud.Api.Tokens;

/// <summary>
/// Keeps the key ring like the database: reads it again every so often, and soon when a token names a key that is not in it. Rotates when it
/// is time.
/// </summary>
/// <remarks>A notice from another process is quicker, and may be lost: this is what holds without one.</remarks>
internal sealed partial class SigningKeyKeeper(
    SigningKeys keys, SigningKeyRotation rotation, IOptions<SigningKeyOptions> options, TimeProvider clock, ILogger<SigningKeyKeeper> logger)
    : BackgroundService
{
    /// <summary>The least time between two reads. Whoever sends tokens with made-up key ids causes one small query in it, and no more.</summary>
    internal static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            await TendAsync(stoppingToken);
            await QuietlyAsync(Task.Delay(Pause, clock, stoppingToken));
            await QuietlyAsync(keys.UnknownKeyAsked.WaitAsync(options.Value.ReloadEvery - Pause, clock, stoppingToken));
        }
    }

    private async Task TendAsync(CancellationToken cancellationToken)
    {
        try
        {
            if (await rotation.TendAsync(cancellationToken) is { } next)
                LogPublished(logger, next.KeyId, next.Life.SignsFrom);
            await keys.LoadAsync(cancellationToken);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The loop ends.
        }
        catch (Exception e)
        {
            // The ring in use stays, and the next try follows: a damaged key or an absent database must not end the server.
            LogNotLoaded(logger, e);
        }
    }

    /// <summary>However it ends: the time being over is not an error.</summary>
    private static async Task QuietlyAsync(Task wait) => await wait.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);

    [LoggerMessage(4210, LogLevel.Information, "The signing key {KeyId} is published; it signs from {SignsFrom:O}")]
    private static partial void LogPublished(ILogger logger, string keyId, DateTimeOffset signsFrom);

    [LoggerMessage(4211, LogLevel.Warning, "The signing keys could not be read again; those in use stay until the next try")]
    private static partial void LogNotLoaded(ILogger logger, Exception exception);
}
