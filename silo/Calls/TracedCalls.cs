using System.Diagnostics;
using StepCloud.Api.Watching;

namespace StepCloud.Silo.Calls;

/// <summary>A trace goes along with a call of an actor: by its `traceparent`, as over HTTP and MQTT.</summary>
/// <remarks>
/// Not Orleans' own propagation: that begins a span for every call, traced or not, and puts into it what exceptions say, which may quote values. Here a call
/// that nobody traces costs a comparison on either side.
/// </remarks>
internal sealed class TracedCalls : IOutgoingGrainCallFilter
{
    /// <summary>What the caller's activity is found by in the context that goes along with a call.</summary>
    public const string Parent = "traceparent";

    public const string State = "tracestate";

    /// <remarks>Asynchronous, although it need not be: what it sets is then there for this call alone, and not for those that the caller makes afterwards.</remarks>
    public async Task Invoke(IOutgoingGrainCallContext context)
    {
        if (Activity.Current is { Recorded: true } caller)
        {
            RequestContext.Set(Parent, caller.Id!);
            if (caller.TraceStateString is { Length: > 0 } state) RequestContext.Set(State, state);
        }

        await context.Invoke();
    }
}

/// <summary>The span of a call at its actor, wherever that is; what is logged within carries the trace's id.</summary>
internal sealed class TracedTurns : IIncomingGrainCallFilter, IDisposable
{
    private readonly ActivitySource _source = new(ClusterWatching.SourceName);

    public Task Invoke(IIncomingGrainCallContext context) =>
        RequestContext.Get(TracedCalls.Parent) is string parent && _source.HasListeners() ? InvokeAsync(context, parent) : context.Invoke();

    public void Dispose() => _source.Dispose();

    private async Task InvokeAsync(IIncomingGrainCallContext context, string parent)
    {
        // From a node of ours, which has decided already that it is recorded: so it is not remote, and the sampler follows it.
        bool isTraced = ActivityContext.TryParse(parent, RequestContext.Get(TracedCalls.State) as string, isRemote: false, out ActivityContext caller);
        using Activity? span = isTraced ? _source.StartActivity("actor call", ActivityKind.Internal, caller) : null;
        // Names of OpenTelemetry's semantic conventions for calls.
        span?.SetTag("rpc.system", "orleans").SetTag("rpc.service", context.InterfaceMethod?.DeclaringType?.Name ?? context.InterfaceName).SetTag("rpc.method", context.MethodName);
        try
        {
            await context.Invoke();
        }
        catch (Exception e)
        {
            // Its name, and not what it says, which may quote a value.
            span?.SetTag("error.type", e.GetType().FullName).SetStatus(ActivityStatusCode.Error);
            throw;
        }
    }
}
