using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.OpenApi;
using StepCloud.Api.Gateways;
using StepCloud.Api.Http;
using StepCloud.Api.Registry;
using StepCloud.Contracts.Audit;
using StepCloud.Contracts.Ids;
using StepCloud.Contracts.Steps;
using StepCloud.Storage;

namespace StepCloud.Api.Admin;

/// <summary>The quarantine of refused messages: look, mend, send on their way again, or dismiss.</summary>
internal static class QuarantineEndpoints
{
    private const string Path = "/rejected-messages";

    private static readonly string[] States = ["open", "replayed", "dismissed"];

    public static void MapQuarantine(this RouteGroupBuilder group)
    {
        group.MapGet(Path, ListAsync)
            .WithSummary("Refused messages, newest first")
            .WithDescription("Without their bytes. `before` takes the last page's `next`; `state` is `open`, `replayed` or `dismissed`.").ProducesProblem(400);
        group.MapGet(Path + "/{id}", FindAsync).WithSummary("A refused message, with its reasons and what became of it").ProducesProblem(404);
        group.MapGet(Path + "/{id}/payload", FindPayloadAsync)
            .WithSummary("The bytes of a refused message, as they came").Produces(200, contentType: "application/octet-stream").ProducesProblem(404);
        group.MapPost(Path + "/{id}/replay", ReplayAsync)
            .WithSummary("Send a refused message on its way again")
            .WithDescription(
                "As its gateway, with the mended bytes that are sent, or without a body with those that came. What was stored before is recognized by its id. "
                + "While something of it is refused it stays open.")
            .Accepts<object>(isOptional: true, "application/json").Produces<ReplayResponse>().ProducesProblem(404).ProducesProblem(409).ProducesProblem(503)
            .WithMetadata(new RequestSizeLimit(StepLimits.MessageBytesMax))
            .AddOpenApiOperationTransformer((operation, _, _) =>
            {
                // Any message of a gateway; the documents of gateways say what they are.
                operation.RequestBody!.Content!["application/json"] = new OpenApiMediaType
                {
                    Schema = new OpenApiSchema { Description = "The mended message." },
                    Example = new JsonObject { ["device"] = "0198c0de-0000-7000-8000-000000000001", ["source"] = "printer-1", ["model"] = "Asiga MAX UV385" },
                };
                return Task.CompletedTask;
            });
        group.MapPost(Path + "/{id}/dismiss", DismissAsync)
            .WithSummary("Say that a refused message is not worth mending").WithDescription("It stays readable, and can be replayed still.")
            .ProducesProblem(400).ProducesProblem(404).ProducesProblem(409);
    }

    private static async Task<Results<Ok<Page<RejectedMessageResponse>>, ProblemHttpResult>> ListAsync(
        Guid? before, GatewayId? gateway, string? state, int? limit, Quarantine quarantine, CancellationToken cancellationToken)
    {
        if ((PageLimits.Check(limit) ?? Problems.UnlessOneOf("state", state, States)) is { } problem) return problem;
        int count = limit ?? PageLimits.Default;
        IReadOnlyList<QuarantinedMessage> messages = await quarantine.ListAsync(gateway, state, before, count + 1, cancellationToken);
        return TypedResults.Ok(messages.ToPage(count, RejectedMessageResponse.Of, message => message.Id.ToString()));
    }

    private static async Task<Results<Ok<RejectedMessageResponse>, ProblemHttpResult>> FindAsync(
        RegistryId id, Quarantine quarantine, CancellationToken cancellationToken) =>
        await quarantine.FindAsync(id.Value, cancellationToken) is { } message
            ? TypedResults.Ok(RejectedMessageResponse.Of(message))
            : Problems.NotFound("refused message");

    private static async Task<Results<FileContentHttpResult, ProblemHttpResult>> FindPayloadAsync(
        RegistryId id, Quarantine quarantine, CancellationToken cancellationToken) =>
        await quarantine.FindPayloadAsync(id.Value, cancellationToken) is { } payload
            ? TypedResults.File(payload, "application/octet-stream", $"{id.Value}.bin")
            : Problems.NotFound("refused message");

    private static async Task<Results<Ok<ReplayResponse>, ProblemHttpResult>> ReplayAsync(
        RegistryId id, HttpContext context, Quarantine quarantine, QuarantineReplay replay, CancellationToken cancellationToken)
    {
        if (await quarantine.FindAsync(id.Value, cancellationToken) is not { } message) return Problems.NotFound("refused message");
        using MemoryStream body = new();
        await context.Request.Body.CopyToAsync(body, cancellationToken);
        (ReplayResponse? response, ProblemHttpResult? problem) = await replay.RunAsync(
            message, body.Length > 0 ? body.ToArray() : null, RegistryScope.Of(context).Doer, cancellationToken);
        return response is null ? problem! : TypedResults.Ok(response);
    }

    private static async Task<Results<Ok<RejectedMessageResponse>, ProblemHttpResult>> DismissAsync(
        RegistryId id, DismissRequest request, HttpContext context, Quarantine quarantine, CancellationToken cancellationToken)
    {
        if (ReasonText.Read(request.Reason, out string reason) is { } fault) return Problems.InvalidRequest("/reason", fault);
        AuditDoer doer = RegistryScope.Of(context).Doer;
        QuarantinedMessage? message = await quarantine.DismissAsync(id.Value, reason, doer, cancellationToken)
            ?? await quarantine.FindAsync(id.Value, cancellationToken);
        return message is null ? Problems.NotFound("refused message")
            : message.State == "replayed" ? Problems.AlreadyReplayed()
            : TypedResults.Ok(RejectedMessageResponse.Of(message));
    }
}

/// <param name="Reason">Why; it stands beside the message.</param>
public sealed record DismissRequest(string Reason);

/// <param name="State">`open` while something of it is refused.</param>
/// <param name="Results">What became of each element, in their order.</param>
public sealed record ReplayResponse(string State, IReadOnlyList<UplinkElement> Results);

/// <param name="Reasons">One for each refused element: `index`, `id`, `code`, `reason`.</param>
/// <param name="State">`open`, `replayed` or `dismissed`.</param>
/// <param name="Replay">The last time it was sent on its way again; null when it never was.</param>
/// <param name="Dismissal">Null when it never was dismissed.</param>
public sealed record RejectedMessageResponse(
    Guid Id, DateTimeOffset ReceivedAt, GatewayId? Gateway, string Source, string Topic, int PayloadBytes, RawJson Reasons, string State,
    ReplayOfMessage? Replay, DismissalOfMessage? Dismissal)
{
    public static RejectedMessageResponse Of(QuarantinedMessage message) => new(
        message.Id, message.ReceivedAt, message.GatewayId is { } gateway ? new GatewayId(gateway) : null, message.Source, message.Topic,
        message.PayloadBytes, new RawJson(message.Reasons), message.State,
        message is { ReplayedAt: { } at, ReplayedBy: { } by, ReplayResults: { } results } ? new ReplayOfMessage(at, by, message.IsMended, new RawJson(results)) : null,
        message is { DismissedAt: { } dismissedAt, DismissedBy: { } dismissedBy, DismissReason: { } reason }
            ? new DismissalOfMessage(dismissedAt, dismissedBy, reason)
            : null);
}

/// <param name="Mended">With other bytes than those that had come.</param>
/// <param name="Results">What became of each element, in their order.</param>
public sealed record ReplayOfMessage(DateTimeOffset At, string By, bool Mended, RawJson Results);

public sealed record DismissalOfMessage(DateTimeOffset At, string By, string Reason);
