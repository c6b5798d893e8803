using System.Diagnostics;
using System.Globalization;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.Options;
using StepCloud.Actors.Gateways;
using StepCloud.Actors.Ports;
using StepCloud.Api.Http;
using StepCloud.Api.Mail;
using StepCloud.Api.Passwords;
using StepCloud.Contracts.Audit;
using StepCloud.Contracts.Ids;
using StepCloud.Storage.Folders;

namespace StepCloud.Api.Folders;

/// <summary>Lets whoever comes with a link, and with its password where it has one, read for a while.</summary>
/// <remarks>
/// What he shows from then on is a cookie of the link's own addresses, since a browser sends nothing else when it saves a file or seeks in a film
/// (docs/adr/0021). The link itself is in a header, and in no address that a server sees.
/// </remarks>
internal sealed class LinkOpening(SharedLinks links, IPasswordHasher passwords, IRefreshTokens tokens, FolderLinkMails mails, MailBell bell, IOptions<MailOptions> mail)
{
    public const string Cookie = "stepcloud_shared";

    public async Task<Results<Ok<SharedLinkOpened>, ProblemHttpResult>> OpenAsync(HttpContext context, string? token, string? password, CancellationToken cancellationToken)
    {
        // Unknown, ended and expired: one answer, so that nothing is learnt from it.
        if (string.IsNullOrEmpty(token) || await links.FindAsync(tokens.Hash(token), cancellationToken) is not { } link) return Problems.Of(ProblemKinds.UnknownLink);
        AuditDoer doer = AuditDoer.Nobody(context.Origin());
        string network = RemoteNetwork.Of(context.Connection.RemoteIpAddress);
        bool tried = link.PasswordHash is not null;
        if (tried && await CheckAsync(context, link, network, password, doer, cancellationToken) is { } problem) return problem;
        string grant = tokens.Create();
        switch (await links.OpenAsync(link, tokens.Hash(grant), network, tried, doer, cancellationToken))
        {
            case OpenLinkOutcome.Opened { Folder: var opened }:
                context.Response.Cookies.Append(Cookie, grant, new CookieOptions
                {
                    Path = $"/api/v1/shared/{link.Id}", HttpOnly = true, SameSite = SameSiteMode.Strict, Secure = context.Request.IsHttps || SharedPage.IsHttps(mail.Value.PublicUrl), MaxAge = SharedLinks.GrantMax,
                });
                return TypedResults.Ok(new SharedLinkOpened(link.Id, opened.Organization, opened.Folder, opened.ExpiresAt, opened.DownloadsLeft));
            case OpenLinkOutcome.Gone: return Problems.Of(ProblemKinds.UnknownLink);
            case OpenLinkOutcome.TooMany full: return TooMany(context, full);
            default: throw new UnreachableException();
        }
    }

    /// <returns>Null when whoever asks has not opened the link, or not lately, or it holds no more.</returns>
    public async Task<SharedGrant?> FindAsync(HttpContext context, FolderLinkId link, CancellationToken cancellationToken) =>
        context.Request.Cookies[Cookie] is { Length: > 0 } grant ? await links.FindGrantAsync(link, tokens.Hash(grant), cancellationToken) : null;

    private async Task<ProblemHttpResult?> CheckAsync(HttpContext context, SharedLink link, string network, string? password, AuditDoer doer, CancellationToken cancellationToken)
    {
        if (password is null) return Problems.Of(ProblemKinds.LinkPasswordNeeded);
        if (await links.TakeTryAsync(link, network, cancellationToken) is { } wait) return context.Delayed(wait);
        try
        {
            // Whoever goes away meanwhile has tried nevertheless, and is entered.
            if (await passwords.VerifyAsync(password, link.PasswordHash!, CancellationToken.None) != PasswordVerdict.Wrong) return null;
        }
        catch (HashingBusyException)
        {
            await links.GiveTryBackAsync(link, network, CancellationToken.None);
            throw;
        }

        if (await links.RefuseTryAsync(link, doer, mails.Paused, CancellationToken.None)) bell.Ring();
        return Problems.Of(ProblemKinds.WrongLinkPassword);
    }

    private static ProblemHttpResult TooMany(HttpContext context, OpenLinkOutcome.TooMany full)
    {
        double seconds = Math.Max(1, Math.Ceiling(full.RetryAfter.TotalSeconds));
        context.Response.Headers.RetryAfter = seconds.ToString(CultureInfo.InvariantCulture);
        return Problems.Of(ProblemKinds.TooManyRequests, full.OfNetwork ? $"It is open {SharedLinks.GrantsOfNetworkMax} times from there." : $"{SharedLinks.GrantsMax} people have it open.", ("retry_after_seconds", seconds));
    }
}
