using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;
using StepCloud.Api.Hosting;
using StepCloud.Api.Mail;
using StepCloud.Storage;
using StepCloud.Storage.Registry;

namespace StepCloud.Api.Registry;

/// <summary>Looks now and then whether somebody has to be told that a plan's room runs out.</summary>
internal sealed partial class QuotaTeller(
    QuotaNotices notices, QuotaMails mails, MailBell bell, IOptions<QuotaOptions> options, TimeProvider clock, ILogger<QuotaTeller> logger)
    : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using PeriodicTimer timer = new(options.Value.LookEvery, clock);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                if (await notices.TellAsync(mails.Compose, stoppingToken) > 0) bell.Ring();
            }
            catch (StorageException e)
            {
                LogNotTold(logger, e);
            }
        }
    }

    [LoggerMessage(4140, LogLevel.Warning, "Whose plan has little room left could not be looked at; it is tried again at the next time")]
    private static partial void LogNotTold(ILogger logger, Exception exception);
}

/// <summary>When plans are looked at.</summary>
public sealed class QuotaOptions
{
    public const string Section = "Quotas";

    /// <summary>How often it is looked whose plan has little room left. Each look counts what all organizations have.</summary>
    [Range(typeof(TimeSpan), "00:00:00.100", "1.00:00:00")]
    public TimeSpan LookEvery { get; set; } = TimeSpan.FromMinutes(10);
}

internal static class QuotaServices
{
    public static IServiceCollection AddQuotaTelling(this IServiceCollection services)
    {
        services.AddOptions<QuotaOptions>().BindConfiguration(QuotaOptions.Section).ValidateDataAnnotations().ValidateOnStart();
        services.AddSingleton<QuotaMails>();
        services.AddDuty<QuotaTeller>();
        return services;
    }
}
