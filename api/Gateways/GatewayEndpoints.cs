using Microsoft.AspNetCore.Http.HttpResults;
using StepCloud.Api.Http;
using StepCloud.Api.Ingress;
using StepCloud.Api.Pairing;
using StepCloud.Api.Recordings;
using StepCloud.Contracts;
using StepCloud.Contracts.Commands;
using StepCloud.Contracts.Gateways;
using StepCloud.Contracts.Ids;
using StepCloud.Contracts.Refusals;
using StepCloud.Contracts.Sessions;
using StepCloud.Contracts.Steps;

namespace StepCloud.Api.Gateways;

/// <summary>The API of gateways, `/gateway/api/v1`: what MQTT does, for those who only speak HTTP.</summary>
internal static class GatewayEndpoints
{
    /// <summary>How long a request waits while the database is away. MQTT waits without end; an HTTP client has a time-out of its own, often a minute.</summary>
    private static readonly TimeSpan CommitPatience = TimeSpan.FromSeconds(30);

    public static void MapGatewayApi(this IEndpointRouteBuilder app)
    {
        RouteGroupBuilder group = app.MapGroup("/gateway/api/v1").Document(OpenApiDocuments.Gateway).CheckQueries().RequireAuthorization(Policies.Gateway);
        group.MapRefresh(HolderKind.Gateway);
        group.MapDeviceAuthorization();
        group.MapProvision();
        app.MapPairingPage();
        Describe(
            group.MapPost("/steps", (HttpContext context, Uplink uplink, TimeProvider clock, CancellationToken cancellationToken) =>
                AcceptAsync(UplinkKind.Steps, default, context, uplink, clock, cancellationToken)),
            "Send a step, or an array of steps", UplinkBody.Steps);
        Describe(
            group.MapPost("/telemetry", (HttpContext context, Uplink uplink, TimeProvider clock, CancellationToken cancellationToken) =>
                AcceptAsync(UplinkKind.Telemetry, default, context, uplink, clock, cancellationToken)),
            "Send telemetry of what devices do now: an element, or an array of them", UplinkBody.Telemetry);
        Describe(
            group.MapPost("/devices", (HttpContext context, Uplink uplink, TimeProvider clock, CancellationToken cancellationToken) =>
                AcceptAsync(UplinkKind.Devices, default, context, uplink, clock, cancellationToken)),
            "Announce a device, or an array of devices", UplinkBody.Announcements);
        Describe(
            group.MapPost("/commands/{id}/result",
                (CommandId id, HttpContext context, Uplink uplink, TimeProvider clock, CancellationToken cancellationToken) =>
                    AcceptAsync(UplinkKind.CommandResult, id, context, uplink, clock, cancellationToken)),
            "Answer a command", UplinkBody.CommandResult);
        group.MapGatewayRecordings();
        group.MapGatewaySelf();
        group.MapGet("/commands", FetchCommandsAsync)
            .WithSummary("The commands that wait for an answer, oldest first")
            .WithDescription("For gateways without MQTT: ask every now and then. They count as sent from then on.");
    }

    private static async Task<Ok<CommandsResponse>> FetchCommandsAsync(HttpContext context, IActors actors, CancellationToken cancellationToken)
    {
        IGateway gateway = actors.Gateway(new GatewayId(context.AccessToken().Holder));
        return TypedResults.Ok(new CommandsResponse([.. (await gateway.FetchCommandsAsync(cancellationToken)).Select(CommandToDo.Of)]));
    }

    private static void Describe(RouteHandlerBuilder route, string summary, UplinkBody body) =>
        route.WithSummary(summary)
            .WithDescription("Answered after the commit. What is refused is named element by element; do not send it again as it is.")
            .Accepts<object>("application/json")
            .Produces<UplinkResponse>()
            .ProducesProblem(422)
            .ProducesProblem(503)
            .WithMetadata(new RequestSizeLimit(StepLimits.MessageBytesMax), body);

    private static async Task<Results<Ok<UplinkResponse>, ProblemHttpResult>> AcceptAsync(
        UplinkKind kind, CommandId command, HttpContext context, Uplink uplink, TimeProvider clock, CancellationToken cancellationToken)
    {
        byte[] body = await ReadBodyAsync(context.Request, cancellationToken);
        GatewayId gateway = new(context.AccessToken().Holder);
        UplinkMessage message = new(kind, "http", context.Request.Path, body, Command: command);

        using CancellationTokenSource patience = new(CommitPatience, clock);
        using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancellationToken);
        IReadOnlyList<UplinkAnswer> answers;
        try
        {
            answers = await uplink.AcceptAsync(gateway, context.Origin(), [message], either.Token);
        }
        catch (OperationCanceledException) when (patience.IsCancellationRequested)
        {
            context.Response.Headers.RetryAfter = "5";
            return Problems.Of(
                ProblemKinds.Busy, "The store could not commit in time. Send the same again: what was stored meanwhile is recognized by its id.");
        }

        UplinkResponse response = UplinkResponse.Of(answers[0]);
        return answers[0].FirstRefusal is { } first
            ? Problems.UplinkRefused(first.Reason, response.Results)
            : TypedResults.Ok(response);
    }

    private static async Task<byte[]> ReadBodyAsync(HttpRequest request, CancellationToken cancellationToken)
    {
        int expected = (int)Math.Min(request.ContentLength ?? 4096, StepLimits.MessageBytesMax);
        using MemoryStream body = new(expected);
        await request.Body.CopyToAsync(body, cancellationToken);
        return body.Length == body.Capacity ? body.GetBuffer() : body.ToArray();
    }
}

public sealed record CommandsResponse(IReadOnlyList<CommandToDo> Commands);

/// <summary>A command as a gateway gets it, the same over MQTT and HTTP.</summary>
/// <param name="Arguments">A JSON object.</param>
public sealed record CommandToDo(CommandId Id, string Name, RawJson Arguments, DateTimeOffset CreatedAt, DateTimeOffset Deadline)
{
    public static CommandToDo Of(GatewayCommand command) =>
        new(command.Id, command.Name, new RawJson(command.Arguments), command.CreatedAt, command.Deadline);
}

/// <summary>What became of each element, in their order.</summary>
public sealed record UplinkResponse(IReadOnlyList<UplinkElement> Results)
{
    public static UplinkResponse Of(UplinkAnswer answer) => new([.. answer.Results.Select(UplinkElement.Of)]);
}

/// <param name="Outcome">`stored`, `already_stored`, `known` or `refused`.</param>
/// <param name="Model">For a device: the catalogue's model that it matched.</param>
/// <param name="Code">For a refused one: why, stable.</param>
/// <param name="Reason">For a refused one: why, in a sentence.</param>
public sealed record UplinkElement(int Index, Guid? Id, string Outcome, string? Model, string? Code, string? Reason)
{
    public static UplinkElement Of(UplinkResult result) => new(
        result.Index,
        result.Id,
        result.Outcome,
        result.Model,
        result.Refusal is { } refusal ? RefusalCodes.Wire(refusal.Code) : null,
        result.Refusal?.Reason);
}
