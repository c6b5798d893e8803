using StepCloud.Actors.Hosting;
using StepCloud.Api.Settings;
using StepCloud.Api.Settings.Catalogue;
using StepCloud.Storage.Cluster;

namespace StepCloud.Api.Hosting;

/// <summary>What runs the actors: this process alone, or a distributed engine on several. All else of the server is the same.</summary>
public abstract class ActorEngine
{
    /// <summary>The roles that the program can take beside `reader`.</summary>
    public abstract IReadOnlyList<string> Roles { get; }

    /// <summary>Its processes find each other in the database, so that none of them can have a private one.</summary>
    public virtual bool NeedsSharedDatabase => false;

    /// <summary>Adds the actors (`IActors`) and what runs them. Started before everything else of the server, and stopped after it.</summary>
    /// <param name="database">A connection string; null when the database is a private one that is not started yet.</param>
    public abstract void AddTo(WebApplicationBuilder builder, ServerOptions options, string? database);

    /// <summary>This process among those of the installation.</summary>
    public abstract ThisNode Node { get; }

    /// <summary>What it cannot be, with settings that are right by themselves; of a process that is no reader.</summary>
    internal IEnumerable<SettingFault> FaultsOf(ServerOptions options, bool isDatabaseGiven)
    {
        if (!Roles.Contains(options.Role))
        {
            yield return new SettingFault(
                $"{ServerOptions.Section}:{nameof(ServerOptions.Role)}",
                $"this program can be {string.Join(", ", Roles)} or reader; 'actors' and 'front' are roles of 'stepcloud-silo'.", From: null);
        }

        if (NeedsSharedDatabase && !isDatabaseGiven)
        {
            yield return new SettingFault(
                SettingsCheck.DatabaseVariable,
                "the nodes of a cluster share a database: say where it is, such as Host=db;Database=stepcloud;Username=stepcloud;Password=...", From: null);
        }
    }
}

/// <summary>The actors in this process alone.</summary>
/// <param name="node">One of several processes, where those have no actor in common: the tests of what nodes share beside the actors.</param>
public sealed class InProcessEngine(ThisNode? node = null) : ActorEngine
{
    public override IReadOnlyList<string> Roles { get; } = [ServerOptions.All];

    public override ThisNode Node { get; } = node ?? new ThisNode(Guid.NewGuid(), IsOneOfMany: false);

    public override void AddTo(WebApplicationBuilder builder, ServerOptions options, string? database) => builder.Services.AddInProcessActors();
}
