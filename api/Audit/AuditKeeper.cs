using StepCloud.Storage;

namespace StepCloud.Api.Audit;

/// <summary>Says at the start what protects the audit, and has every chain's head signed once a day.</summary>
internal sealed partial class AuditKeeper(
    AuditHeadSigner signer, StepCloudDatabase database, TimeProvider clock, ILogger<AuditKeeper> logger) : BackgroundService
{
    /// <summary>More often than once a day: a chain that began today, and a day whose first try failed, need not wait until tomorrow.</summary>
    private static readonly TimeSpan LookEvery = TimeSpan.FromHours(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using PeriodicTimer timer = new(LookEvery, clock);
        bool isSaid = false;
        do
        {
            try
            {
                if (!isSaid) Say(await AuditProtections.ReadAsync(database, stoppingToken));
                isSaid = true;
                await signer.SignDueAsync(stoppingToken);
            }
            catch (StorageException e)
            {
                LogNotSigned(logger, e);
            }
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    private void Say(AuditProtection protection)
    {
        if (protection == AuditProtection.Trigger) LogTriggerOnly(logger);
        if (protection == AuditProtection.None) LogUnprotected(logger);
    }

    [LoggerMessage(4220, LogLevel.Warning,
        "The audit is append-only by triggers alone, which this database's role could switch off: "
        + "let an administrator run the statements in docs/AUDIT.md, 'An external database'")]
    private static partial void LogTriggerOnly(ILogger logger);

    [LoggerMessage(4221, LogLevel.Error, "The triggers that keep the audit append-only are missing or switched off: run 'stepcloud audit verify'")]
    private static partial void LogUnprotected(ILogger logger);

    [LoggerMessage(4203, LogLevel.Warning, "The heads of the audit could not be signed; the next try follows within the hour")]
    private static partial void LogNotSigned(ILogger logger, Exception exception);
}
