using System.Diagnostics;
using System.Text.Json;
using Microsoft.AspNetCore.Http.HttpResults;
using StepCloud.Api.Http;
using StepCloud.Contracts;
using StepCloud.Contracts.Commands;
using StepCloud.Contracts.Ids;
using StepCloud.Storage;

namespace StepCloud.Api.Gateways;

/// <summary>Commands to gateways, as users send and follow them.</summary>
internal static class CommandEndpoints
{
    public static void MapCommands(this RouteGroupBuilder group)
    {
        group.MapPost("/gateways/{id}/commands", SendAsync)
            .WithSummary("Send a command to a gateway")
            .WithDescription(
                "It reaches a connected gateway at once, and an absent one when it is back, until the deadline. Its `state` tells how far it has come: "
                + "`queued`, `sent` (handed to the gateway's session), `delivered` (acknowledged by the gateway), `answered`, `expired` (not delivered in time).")
            .ProducesProblem(400).ProducesProblem(403).ProducesProblem(404).ProducesProblem(409).WithMetadata(AllowedRoles.SendingCommands);
        group.MapGet("/gateways/{id}/commands", ListAsync)
            .WithSummary("The commands to a gateway, newest first").WithDescription("`before` takes the last page's `next`.")
            .ProducesProblem(400).ProducesProblem(404);
        group.MapGet("/gateways/{id}/commands/{command}", FindAsync).WithSummary("A command, and what came of it").ProducesProblem(404);
    }

    private static async Task<Results<Created<CommandResponse>, ProblemHttpResult>> SendAsync(
        GatewayId id, SendCommandRequest request, HttpContext context, IActors actors, CommandQueries commands, TimeProvider clock,
        CancellationToken cancellationToken)
    {
        if (request.Check(clock.GetUtcNow()) is { } problem) return problem;
        UserId sender = new(context.AccessToken().Holder);
        SendCommandOutcome outcome = await actors.User(sender).SendCommandAsync(id, request.ToCommand(clock), context.Origin(), cancellationToken);
        switch (outcome)
        {
            case SendCommandOutcome.Taken taken:
                CommandRow row = await commands.FindAsync(context.Organization(), id, taken.Command.Id, cancellationToken)
                    ?? throw new UnreachableException();
                return TypedResults.Created($"/api/v1/gateways/{id}/commands/{taken.Command.Id}", CommandResponse.Of(row, clock.GetUtcNow()));
            case SendCommandOutcome.UnknownGateway: return Problems.NotFound("gateway");
            case SendCommandOutcome.NotAllowed: return Problems.NotAllowed(AllowedRoles.SendingCommands.Sentence);
            case SendCommandOutcome.IdTaken: return Problems.IdTaken();
            case SendCommandOutcome.TooMany tooMany:
                return Problems.Of(
                    ProblemKinds.TooManyCommands, $"{tooMany.OpenMax} are open already. Wait until they are answered or expired.");
            default: throw new UnreachableException();
        }
    }

    private static async Task<Results<Ok<Page<CommandResponse>>, ProblemHttpResult>> ListAsync(
        GatewayId id, CommandId? before, int? limit, HttpContext context, CommandQueries commands, TimeProvider clock,
        CancellationToken cancellationToken)
    {
        if (PageLimits.Check(limit) is { } problem) return problem;
        int count = limit ?? PageLimits.Default;
        if (await commands.ListAsync(context.Organization(), id, before, count + 1, cancellationToken) is not { } rows) return Problems.NotFound("gateway");
        DateTimeOffset now = clock.GetUtcNow();
        return TypedResults.Ok(rows.ToPage(count, row => CommandResponse.Of(row, now), row => row.Id.ToString()));
    }

    private static async Task<Results<Ok<CommandResponse>, ProblemHttpResult>> FindAsync(
        GatewayId id, CommandId command, HttpContext context, CommandQueries commands, TimeProvider clock, CancellationToken cancellationToken) =>
        await commands.FindAsync(context.Organization(), id, command, cancellationToken) is { } row
            ? TypedResults.Ok(CommandResponse.Of(row, clock.GetUtcNow()))
            : Problems.NotFound("command");
}

/// <param name="Name">A word that the gateway knows.</param>
/// <param name="Arguments">A JSON object; `{}` when it is left out.</param>
/// <param name="Deadline">Until when it may reach the gateway, at most 30 days ahead; an hour from now when it is left out.</param>
/// <param name="Id">Made by the client (UUIDv7) when it wants to know it beforehand; otherwise the server makes it.</param>
public sealed record SendCommandRequest(string Name, JsonElement? Arguments = null, DateTimeOffset? Deadline = null, CommandId? Id = null)
{
    internal ProblemHttpResult? Check(DateTimeOffset now)
    {
        if (string.IsNullOrWhiteSpace(Name) || Name.Length > CommandLimits.NameCharsMax)
            return Problems.InvalidRequest("/name", $"The name must have 1 to {CommandLimits.NameCharsMax} characters.");
        if (Name.Contains('\0')) return Problems.InvalidRequest("/name", "The name may not hold the character U+0000.");
        if (Arguments is { } arguments)
        {
            if (arguments.ValueKind != JsonValueKind.Object) return Problems.InvalidRequest("/arguments", "The arguments must be an object.");
            if (System.Text.Encoding.UTF8.GetByteCount(arguments.GetRawText()) > CommandLimits.ArgumentsBytesMax)
                return Problems.InvalidRequest("/arguments", $"The arguments can take {CommandLimits.ArgumentsBytesMax} bytes.");
        }

        if (Deadline is { } deadline && (deadline <= now || deadline > now + CommandLimits.LifetimeMax))
            return Problems.InvalidRequest("/deadline", $"The deadline must be ahead, by {CommandLimits.LifetimeMax.TotalDays} days at most.");
        return Id?.Value == Guid.Empty ? Problems.InvalidRequest("/id", "The nil UUID names nothing.") : null;
    }

    internal GatewayCommand ToCommand(TimeProvider clock)
    {
        DateTimeOffset now = clock.GetUtcNow();
        return new GatewayCommand(
            Id ?? CommandId.New(clock), Name.Trim(), Arguments?.GetRawText() ?? "{}", now, Deadline ?? now + CommandLimits.LifetimeDefault);
    }
}

/// <param name="State">`queued`, `sent`, `delivered`, `answered` or `expired`.</param>
/// <param name="Problem">Why it has not reached the gateway, if that is known.</param>
/// <param name="Answer">Null until the gateway has answered.</param>
public sealed record CommandResponse(
    CommandId Id,
    GatewayId Gateway,
    string Name,
    RawJson Arguments,
    string State,
    string? Problem,
    UserId CreatedBy,
    DateTimeOffset CreatedAt,
    DateTimeOffset Deadline,
    DateTimeOffset? SentAt,
    DateTimeOffset? DeliveredAt,
    DateTimeOffset? AnsweredAt,
    CommandAnswerResponse? Answer)
{
    public static CommandResponse Of(CommandRow row, DateTimeOffset now) => new(
        new CommandId(row.Id), new GatewayId(row.GatewayId), row.Name, new RawJson(row.Arguments), StateOf(row, now), row.Problem,
        new UserId(row.CreatedBy), row.CreatedAt, row.Deadline, row.SentAt, row.DeliveredAt, row.AnsweredAt,
        row.Outcome is { } outcome
            ? new CommandAnswerResponse(
                CommandWords.Of((CommandResult)outcome), row.Message ?? "", row.Result is { } result ? new RawJson(result) : null)
            : null);

    private static string StateOf(CommandRow row, DateTimeOffset now) => row switch
    {
        { AnsweredAt: not null } => CommandWords.Answered,
        { DeliveredAt: not null } => CommandWords.Delivered,
        _ when row.Deadline <= now => CommandWords.Expired,
        { SentAt: not null } => CommandWords.Sent,
        _ => CommandWords.Queued,
    };
}

/// <param name="Outcome">`done`, `failed` or `refused`.</param>
/// <param name="Result">Whatever JSON the gateway gave.</param>
public sealed record CommandAnswerResponse(string Outcome, string Message, RawJson? Result);
