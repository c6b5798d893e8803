using Microsoft.Extensions.Options;
using StepCloud.Api.Mail;
using StepCloud.Api.Watching;
using StepCloud.Contracts.Ids;
using StepCloud.Storage;
using StepCloud.Storage.Alarms;

namespace StepCloud.Api.Alarms.Delivery;

/// <summary>Sends what is queued: of each channel one at a time, of several channels at once, so that none waits for another.</summary>
internal sealed partial class DeliverySender(
    DeliveryStore queue, Webhook webhook, AlarmMails mails, MailBell mailBell, IOptions<AlarmOptions> options, ApiMetrics metrics,
    TimeProvider clock, ILogger<DeliverySender> logger)
    : BackgroundService
{
    /// <summary>Connections that hang at once. A channel beyond them waits for its turn.</summary>
    private const int ChannelsAtOnceMax = 64;

    private readonly Dictionary<AlarmChannelId, Task> _busy = [];

    /// <summary>How long after a try began it is taken for lost with its sender: longer than any try lasts.</summary>
    private TimeSpan Lease => options.Value.WebhookTimeout + TimeSpan.FromSeconds(20);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using PeriodicTimer timer = new(options.Value.SendEvery, clock);
        try
        {
            do
            {
                foreach (AlarmChannelId done in _busy.Where(channel => channel.Value.IsCompleted).Select(channel => channel.Key).ToArray()) _busy.Remove(done);
                await StartDueAsync(stoppingToken);
            }
            while (await timer.WaitForNextTickAsync(stoppingToken));
        }
        finally
        {
            await Task.WhenAll(_busy.Values);
        }
    }

    private async Task StartDueAsync(CancellationToken cancellationToken)
    {
        try
        {
            foreach (AlarmChannelId channel in await queue.ListDueAsync(cancellationToken))
                if (_busy.Count < ChannelsAtOnceMax && !_busy.ContainsKey(channel)) _busy.Add(channel, SendAllAsync(channel, cancellationToken));
        }
        catch (StorageException e)
        {
            LogDatabaseAway(logger, e);
        }
    }

    /// <summary>Never fails: nobody waits for it but the end.</summary>
    private async Task SendAllAsync(AlarmChannelId channel, CancellationToken cancellationToken)
    {
        try
        {
            while (await queue.TakeAsync(channel, Lease, cancellationToken) is { } delivery) await SendAsync(delivery, cancellationToken);
        }
        catch (OperationCanceledException)
        {
            // The server stops. What was being sent is due again after its lease, under the same id.
        }
        catch (Exception e)
        {
            LogChannelFailed(logger, e, channel);
        }
    }

    private async Task SendAsync(DueDelivery delivery, CancellationToken cancellationToken)
    {
        if (!delivery.IsWanted && delivery.Event != "test")
        {
            await queue.FailedAsync(delivery.Id, null, null, "The channel is out of use.", cancellationToken);
        }
        else if (delivery.Kind == "email")
        {
            if (await queue.MailAsync(delivery, address => mails.Compose(delivery, address), cancellationToken))
            {
                metrics.DeliveryTried(delivery.Kind, "delivered");
                mailBell.Ring();
            }
            else await FailedAsync(delivery, new WebhookAnswer(null, "None of its members has a verified address."), cancellationToken);
        }
        else
        {
            WebhookAnswer answer = await webhook.SendAsync(delivery, cancellationToken);
            if (answer is { Error: null, Status: { } status })
            {
                await queue.DeliveredAsync(delivery.Id, status, cancellationToken);
                metrics.DeliveryTried(delivery.Kind, "delivered");
            }
            else await FailedAsync(delivery, answer, cancellationToken);
        }
    }

    private async Task FailedAsync(DueDelivery delivery, WebhookAnswer answer, CancellationToken cancellationToken)
    {
        TimeSpan[] delays = options.Value.RetryDelays;
        // Up to a fifth more or less, so that those that failed together do not come back together.
        TimeSpan? wait = delivery.Attempts <= delays.Length ? delays[delivery.Attempts - 1] * (0.8 + (0.4 * Random.Shared.NextDouble())) : null;
        await queue.FailedAsync(delivery.Id, wait, answer.Status, answer.Error!, cancellationToken);
        metrics.DeliveryTried(delivery.Kind, wait is null ? "given_up" : "failed");
        if (wait is null) LogGivenUp(logger, delivery.Id, delivery.Channel, delivery.Attempts);
        else LogNotTaken(logger, delivery.Id, delivery.Channel, delivery.Attempts, wait.Value);
    }

    [LoggerMessage(4160, LogLevel.Warning, "Alarm deliveries cannot be read; they are looked at again")]
    private static partial void LogDatabaseAway(ILogger logger, Exception exception);

    [LoggerMessage(4161, LogLevel.Error, "Alarm channel {Channel} could not be served; it is tried again")]
    private static partial void LogChannelFailed(ILogger logger, Exception exception, AlarmChannelId channel);

    [LoggerMessage(4162, LogLevel.Warning, "Delivery {Delivery} to alarm channel {Channel} was not taken at attempt {Attempts}, the next follows in {Wait}")]
    private static partial void LogNotTaken(ILogger logger, Guid delivery, AlarmChannelId channel, int attempts, TimeSpan wait);

    [LoggerMessage(4163, LogLevel.Error, "Delivery {Delivery} to alarm channel {Channel} was given up after {Attempts} attempts")]
    private static partial void LogGivenUp(ILogger logger, Guid delivery, AlarmChannelId channel, int attempts);
}
