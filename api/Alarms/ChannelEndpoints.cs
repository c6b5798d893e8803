using System.ComponentModel;
using System.Text;
using Microsoft.AspNetCore.Http.HttpResults;
using StepCloud.Actors.Ports;
using StepCloud.Api.Alarms.Delivery;
using StepCloud.Api.Http;
using StepCloud.Api.Http.Idempotency;
using StepCloud.Contracts.Ids;
using StepCloud.Storage.Alarms;

namespace StepCloud.Api.Alarms;

/// <summary>What channels have beside what all things of the registry have: secrets, tests, and what was sent.</summary>
internal static class ChannelEndpoints
{
    private static readonly string[] States = ["pending", "delivered", "dead"];

    public static void MapAlarmChannels(this RouteGroupBuilder group)
    {
        group.MapPost("/alarm-channels/{id}/secret", MakeSecretAsync).RequirePasswordSession()
            .WithSummary("Make a webhook's secret, or a new one").WithDescription("It is shown this once, and signs what is sent from now on. docs/WEBHOOKS.md says how.")
            .Produces<ChannelSecret>().ProducesProblem(403).ProducesProblem(404).WithMetadata(AllowedRoles.ManagingAlarms, OneTransaction.Instance);
        group.MapPost("/alarm-channels/{id}/test", TestAsync)
            .WithSummary("Send a test to a channel").WithDescription("In its turn, behind what waits already. What becomes of it stands in the delivery.")
            .ProducesProblem(403).ProducesProblem(404).WithMetadata(AllowedRoles.ManagingAlarms);
        group.MapGet("/alarm-deliveries", ListAsync)
            .WithSummary("What channels were told, newest first").WithDescription("`before` takes the last page's `next`.")
            .ProducesProblem(400).ProducesProblem(403).WithMetadata(AllowedRoles.ManagingAlarms);
        group.MapPost("/alarm-deliveries/{id}/retry", RetryAsync)
            .WithSummary("Try a delivery again that was given up").WithDescription("Under the same id, and with as many tries as before.")
            .ProducesProblem(403).ProducesProblem(404).ProducesProblem(409).WithMetadata(AllowedRoles.ManagingAlarms);
    }

    private static async Task<IResult> MakeSecretAsync(
        AlarmChannelId id, HttpContext context, ChannelSecrets secrets, ISealing sealing, CancellationToken cancellationToken)
    {
        string secret = WebhookSignature.NewSecret();
        IResult Answer(bool isMade) => isMade ? TypedResults.Ok(new ChannelSecret(secret)) : Problems.NotFound("webhook");
        byte[] sealedSecret = sealing.Seal(WebhookSignature.Purpose(id.Value), Encoding.UTF8.GetBytes(secret));
        return Answer(await secrets.ReplaceAsync(
            context.Organization(), id, sealedSecret, context.UserDoer(), context.AnswerInTransaction<bool>(Answer), cancellationToken));
    }

    private static async Task<Results<Created<DeliveryResponse>, ProblemHttpResult>> TestAsync(
        AlarmChannelId id, HttpContext context, DeliveryQueries deliveries, CancellationToken cancellationToken) =>
        await deliveries.AddTestAsync(context.Organization(), id, cancellationToken) is { } row
            ? TypedResults.Created((string?)null, DeliveryResponse.Of(row))
            : Problems.NotFound("alarm channel");

    private static async Task<Results<Ok<Page<DeliveryResponse>>, ProblemHttpResult>> ListAsync(
        [Description("`pending`, `delivered` or `dead`.")] string? state, [Description("Of that channel.")] AlarmChannelId? channel,
        [Description("The `next` of the page before.")] AlarmDeliveryId? before, int? limit, HttpContext context, DeliveryQueries deliveries, CancellationToken cancellationToken)
    {
        if ((PageLimits.Check(limit) ?? Problems.UnlessOneOf("state", state, States)) is { } problem) return problem;
        int count = limit ?? PageLimits.Default;
        List<DeliveryRow> rows = await deliveries.ListAsync(context.Organization(), state, channel, before, count + 1, cancellationToken);
        return TypedResults.Ok(rows.ToPage(count, DeliveryResponse.Of, row => row.Id.ToString()));
    }

    private static async Task<Results<Ok<DeliveryResponse>, ProblemHttpResult>> RetryAsync(
        AlarmDeliveryId id, HttpContext context, DeliveryQueries deliveries, CancellationToken cancellationToken)
    {
        bool isBegun = await deliveries.RetryAsync(context.Organization(), id, cancellationToken);
        return await deliveries.FindAsync(context.Organization(), id, cancellationToken) is not { } row ? Problems.NotFound("alarm delivery")
            : isBegun ? TypedResults.Ok(DeliveryResponse.Of(row))
            : Problems.Of(ProblemKinds.NotDead, $"It is {row.State}.");
    }
}

/// <param name="Secret">Shown this once.</param>
public sealed record ChannelSecret(string Secret);

/// <param name="Id">The same at each try: `StepCloud-Delivery`, and `id` in what is sent.</param>
/// <param name="Event">`alarm.raised`, `alarm.cleared` or `test`.</param>
/// <param name="State">`pending`, `delivered` (for e-mail: handed to the queue of mails) or `dead`.</param>
/// <param name="Suppressed">Events of the same rule and device, or gateway, that this one stands for beside its own.</param>
/// <param name="NextAt">When it is tried next; null when it is not.</param>
/// <param name="LastStatus">Of the webhook's last answer; null when there was none.</param>
/// <param name="LastError">What was wrong at the last try.</param>
public sealed record DeliveryResponse(
    AlarmDeliveryId Id, AlarmChannelId Channel, AlarmId? Alarm, string Event, string State, int Attempts, int Suppressed, DateTimeOffset CreatedAt,
    DateTimeOffset? NextAt, DateTimeOffset? DeliveredAt, int? LastStatus, string? LastError)
{
    public static DeliveryResponse Of(DeliveryRow row) => new(
        row.Id, row.Channel, row.Alarm, row.Event, row.State, row.Attempts, row.Suppressed, row.CreatedAt, row.NextAt, row.DeliveredAt, row.LastStatus, row.LastError);
}
