using System.Threading.Channels;
using StepCloud.Actors.Ports;
using StepCloud.Api.Mail;
using StepCloud.Api.Watching;
using StepCloud.Contracts.Audit;
using StepCloud.Contracts.Sessions;

namespace StepCloud.Api.Users;

/// <summary>Works off the requests for a new password, apart from the requests themselves: what is done for an account that exists takes nobody's answer longer.</summary>
/// <remarks>Kept in memory: who asked just before a crash asks again. What was queued as mail is not lost.</remarks>
internal sealed partial class RecoveryRequests(
    IUserRegistry users, IAccountLinks links, IRefreshTokens tokens, LinkMails mails, MailBell bell, ApiMetrics metrics, TimeProvider clock, ILogger<RecoveryRequests> logger)
    : BackgroundService
{
    /// <summary>At a millisecond each, a second of work; beyond that whoever asks is told to come back.</summary>
    private const int WaitingMax = 1000;

    private readonly Channel<(string Email, SessionOrigin Origin)> _waiting =
        Channel.CreateBounded<(string, SessionOrigin)>(new BoundedChannelOptions(WaitingMax) { SingleReader = true });

    /// <returns>False when too many wait.</returns>
    public bool TryAdd(string email, SessionOrigin origin)
    {
        if (_waiting.Writer.TryWrite((email, origin))) return true;
        metrics.RefusedAsBusy("recovery");
        return false;
    }

    public override Task StartAsync(CancellationToken cancellationToken)
    {
        metrics.Watch("stepcloud.recovery.waiting", () => _waiting.Reader.Count, "{request}", "Requests for a new password that wait for their mail to be written");
        return base.StartAsync(cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await foreach ((string email, SessionOrigin origin) in _waiting.Reader.ReadAllAsync(stoppingToken))
        {
            try
            {
                await SendLinkAsync(email, origin, stoppingToken);
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                LogFailed(logger, e);
            }
        }
    }

    private async Task SendLinkAsync(string email, SessionOrigin origin, CancellationToken cancellationToken)
    {
        if (await users.FindByEmailAsync(email, cancellationToken) is not { } id) return;
        if ((await users.FindAsync(id, cancellationToken))?.Email is not { } address) return;
        string token = tokens.Create();
        DateTimeOffset expiresAt = clock.GetUtcNow() + LinkMails.RecoveryLifetime;
        AccountLink link = new(tokens.Hash(token), AccountLinkKind.Recovery, id, expiresAt);
        // To the address that the account has, not as it was typed.
        if (await links.AddAsync(link, mails.Recovery(address, token, expiresAt), AuditDoer.Nobody(origin), cancellationToken)) bell.Ring();
    }

    [LoggerMessage(4410, LogLevel.Warning, "A request for a new password was lost, and whoever asked must ask again")]
    private static partial void LogFailed(ILogger logger, Exception exception);
}
