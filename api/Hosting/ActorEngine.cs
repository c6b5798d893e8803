using StepCloud.Actors.Hosting;
using StepCloud.Api.Settings;
using StepCloud.Storage.Cluster;

namespace StepCloud.Api.Hosting;

/// <summary>What runs the actors: this process alone, or a distributed engine on several. All else of the server is the same.</summary>
public abstract class ActorEngine
{
    /// <summary>The roles that the program can take beside `reader`.</summary>
    public abstract IReadOnlyList<string> Roles { get; }

    /// <summary>Adds the actors (`IActors`) and what runs them. Started before everything else of the server, and stopped after it.</summary>
    /// <param name="database">A connection string; null when the database is a private one that is not started yet.</param>
    /// <exception cref="SettingException">It cannot be with these settings.</exception>
    public abstract void AddTo(WebApplicationBuilder builder, ServerOptions options, string? database);

    /// <summary>This process among those of the installation.</summary>
    public abstract ThisNode Node { get; }
}

/// <summary>The actors in this process alone.</summary>
/// <param name="node">One of several processes, where those have no actor in common: the tests of what nodes share beside the actors.</param>
public sealed class InProcessEngine(ThisNode? node = null) : ActorEngine
{
    public override IReadOnlyList<string> Roles { get; } = [ServerOptions.All];

    public override ThisNode Node { get; } = node ?? new ThisNode(Guid.NewGuid(), IsOneOfMany: false);

    public override void AddTo(WebApplicationBuilder builder, ServerOptions options, string? database) => builder.Services.AddInProcessActors();
}
