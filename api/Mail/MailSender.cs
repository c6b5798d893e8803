using Microsoft.Extensions.Options;
using StepCloud.Api.Watching;
using StepCloud.Storage;

namespace StepCloud.Api.Mail;

/// <summary>Sends what is queued, one mail after the other, and again later what was not taken, until it is of no use any more.</summary>
internal sealed partial class MailSender(
    OutgoingMailStore queue, IMailTransport transport, MailContents contents, MailBell bell, IOptions<MailOptions> options, ApiMetrics metrics,
    TimeProvider clock, ILogger<MailSender> logger) : BackgroundService
{
    /// <summary>Looks at least this often: another process may have queued one.</summary>
    private static readonly TimeSpan LookAtLeastEvery = TimeSpan.FromSeconds(30);

    /// <summary>How long after an attempt began its mail is taken for lost with its sender: longer than any attempt lasts.</summary>
    private TimeSpan Lease => (options.Value.Timeout * 2) + TimeSpan.FromMinutes(1);

    public override Task StartAsync(CancellationToken cancellationToken)
    {
        if (options.Value.Host is null) LogFiles(logger);
        return base.StartAsync(cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            TimeSpan pause = LookAtLeastEvery;
            try
            {
                while (await queue.TakeAsync(clock.GetUtcNow(), Lease, stoppingToken) is { } mail) await SendAsync(mail, stoppingToken);
                if (await queue.FindNextDueAsync(stoppingToken) is { } due) pause = Shorter(due - clock.GetUtcNow(), pause);
            }
            catch (StorageException e)
            {
                LogDatabaseAway(logger, e);
            }

            await bell.WaitAsync(pause, clock, stoppingToken);
        }
    }

    // What became of a mail is written down even when the server stops: it would wait for the lease, or be sent a second time.
    private async Task SendAsync(QueuedMail mail, CancellationToken cancellationToken)
    {
        DateTimeOffset now = clock.GetUtcNow();
        if (mail.ExpiresAt <= now)
        {
            await queue.GiveUpAsync(mail.Id, now, "It was of no use any more.", CancellationToken.None);
            metrics.MailTried("given_up");
            LogGivenUp(logger, mail.Kind, mail.Id, mail.Attempts - 1, "expired");
            return;
        }

        using CancellationTokenSource patience = new(options.Value.Timeout, clock);
        using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancellationToken);
        try
        {
            await transport.SendAsync(mail.Id, mail.Recipient, contents.Open(mail.Id, mail.Content), either.Token);
            await queue.DeleteAsync(mail.Id, CancellationToken.None);
            metrics.MailTried("sent");
            LogSent(logger, mail.Kind, mail.Id);
        }
        catch (Exception e) when (cancellationToken.IsCancellationRequested && e is OperationCanceledException or MailRefusedException { IsPermanent: false })
        {
            // The next start need not wait for the lease to end.
            await queue.TryLaterAsync(mail.Id, clock.GetUtcNow(), "The server was stopped meanwhile.", CancellationToken.None);
        }
        catch (MailRefusedException e) when (e.IsPermanent)
        {
            await GiveUpAsync(mail, e);
        }
        catch (Exception e) when (e is MailRefusedException or OperationCanceledException)
        {
            TimeSpan wait = Backoff(mail.Attempts);
            string error = e is MailRefusedException ? e.Message : $"The server did not answer within {options.Value.Timeout}.";
            await queue.TryLaterAsync(mail.Id, clock.GetUtcNow() + wait, error, CancellationToken.None);
            metrics.MailTried("failed");
            LogRefused(logger, mail.Kind, mail.Id, mail.Attempts, wait, error);
        }
        catch (Exception e) when (e is not StorageException)
        {
            await GiveUpAsync(mail, e);
        }
    }

    // A mail that cannot even be opened must not end the server, nor stand in the way of the others.
    private async Task GiveUpAsync(QueuedMail mail, Exception exception)
    {
        await queue.GiveUpAsync(mail.Id, clock.GetUtcNow(), exception.Message, CancellationToken.None);
        metrics.MailTried("given_up");
        LogGivenUp(logger, mail.Kind, mail.Id, mail.Attempts, exception.Message);
    }

    private TimeSpan Backoff(int attempts) => Shorter(options.Value.RetryFirst * Math.Pow(2, Math.Min(attempts - 1, 20)), options.Value.RetryLongest);

    private static TimeSpan Shorter(TimeSpan one, TimeSpan other) => one < other ? Longer(one, TimeSpan.Zero) : other;

    private static TimeSpan Longer(TimeSpan one, TimeSpan other) => one > other ? one : other;

    [LoggerMessage(4400, LogLevel.Warning, "No mail server is configured (Mail:Host): mails are written as files into the folder mail of the data folder")]
    private static partial void LogFiles(ILogger logger);

    [LoggerMessage(4401, LogLevel.Information, "Mail {Mail} ({Kind}) was sent")]
    private static partial void LogSent(ILogger logger, string kind, Guid mail);

    [LoggerMessage(4402, LogLevel.Warning, "Mail {Mail} ({Kind}) was not taken at attempt {Attempts}, the next follows in {Wait}: {Error}")]
    private static partial void LogRefused(ILogger logger, string kind, Guid mail, int attempts, TimeSpan wait, string error);

    [LoggerMessage(4403, LogLevel.Error, "Mail {Mail} ({Kind}) was given up after {Attempts} attempts: {Error}")]
    private static partial void LogGivenUp(ILogger logger, string kind, Guid mail, int attempts, string error);

    [LoggerMessage(4404, LogLevel.Warning, "The queue of mails cannot be read; it is looked at again")]
    private static partial void LogDatabaseAway(ILogger logger, Exception exception);
}
