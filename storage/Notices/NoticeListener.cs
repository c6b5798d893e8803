using System.Threading.Channels;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace StepCloud.Storage.Notices;

/// <summary>Hears the notices of this installation, over a connection of its own that is opened anew whenever it is lost.</summary>
/// <remarks>
/// PostgreSQL's LISTEN begins with its commit, so whoever looks at the tables after it has missed nothing: that is when handlers catch up.
/// </remarks>
public sealed partial class NoticeListener(
    DatabaseAddress address, IEnumerable<INoticeHandler> handlers, NoticeMetrics metrics, TimeProvider clock, ILogger<NoticeListener> logger) : BackgroundService
{
    public const string ChannelName = "stepcloud";

    /// <summary>While the database is away nothing can be ended either; but the end may come with its first breath.</summary>
    private static readonly TimeSpan RetryDelay = TimeSpan.FromMilliseconds(250);

    private readonly INoticeHandler[] _handlers = [.. handlers];

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        bool isAway = false;
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await ListenAsync(() => isAway = false, stoppingToken);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                metrics.NotListening(isLost: false);
                return;
            }
            catch (Exception e)
            {
                metrics.NotListening(isLost: true);
                if (!isAway) LogLost(logger, e);
                isAway = true;
                await Task.Delay(RetryDelay, clock, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    private async Task ListenAsync(Action onListening, CancellationToken cancellationToken)
    {
        // Not from the pool, and never silent: a peer that is gone without a word is found out by the keep-alive, s.
        NpgsqlConnectionStringBuilder own = new(address.ConnectionString) { Pooling = false, KeepAlive = 5 };
        await using NpgsqlDataSource source = new NpgsqlDataSourceBuilder(own.ConnectionString) { Name = "stepcloud-notices" }.Build();
        await using NpgsqlConnection connection = source.CreateConnection();
        Channel<Notice> notices = Channel.CreateUnbounded<Notice>(new UnboundedChannelOptions { SingleReader = true });
        connection.Notification += (_, args) =>
        {
            if (Notice.TryParse(args.Payload) is not { } notice) return;
            metrics.Received(notice);
            notices.Writer.TryWrite(notice);
        };
        await connection.OpenAsync(cancellationToken);
        await using (NpgsqlCommand listen = new($"LISTEN {ChannelName}", connection)) await listen.ExecuteNonQueryAsync(cancellationToken);
        foreach (INoticeHandler handler in _handlers) await handler.CatchUpAsync(cancellationToken);
        metrics.Listening();
        onListening();

        while (true)
        {
            while (notices.Reader.TryRead(out Notice notice))
            {
                foreach (INoticeHandler handler in _handlers) await handler.HandleAsync(notice, cancellationToken);
                metrics.Handled();
            }

            await connection.WaitAsync(cancellationToken);
        }
    }

    [LoggerMessage(3080, LogLevel.Warning, "The connection for notices is lost; it is opened anew, and what was missed is looked at")]
    private static partial void LogLost(ILogger logger, Exception exception);
}
