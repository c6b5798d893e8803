using Microsoft.Extensions.Options;
using Orleans.Configuration;
using Orleans.Serialization;
using Orleans.Serialization.Cloning;
using Orleans.Serialization.Configuration;
using StepCloud.Actors.Hosting;
using StepCloud.Api.Hosting;
using StepCloud.Api.Http.Protection;
using StepCloud.Api.Mqtt.Relay;
using StepCloud.Api.Settings;
using StepCloud.Contracts;
using StepCloud.Silo.Calls;
using StepCloud.Silo.Grains;
using StepCloud.Silo.Placement;
using StepCloud.Storage.Cluster;
using ClusterIdentity = Orleans.Configuration.ClusterOptions;

namespace StepCloud.Silo;

/// <summary>The actors on an Orleans cluster, whose members find each other in the installation's database.</summary>
public sealed class ClusterEngine : ActorEngine
{
    /// <summary>A call may wait for the database for long, as it may in one process. A node that dies breaks its calls at once.</summary>
    private static readonly TimeSpan CallPatience = TimeSpan.FromMinutes(5);

    /// <summary>No port for clients of Orleans.</summary>
    private const int NoClients = 0;

    public override IReadOnlyList<string> Roles { get; } = [ServerOptions.All, ServerOptions.Actors, ServerOptions.Front];

    public override bool NeedsSharedDatabase => true;

    public override ThisNode Node { get; } = new(Guid.NewGuid(), IsOneOfMany: true);

    public override void AddTo(WebApplicationBuilder builder, ServerOptions options, string? database)
    {
        if (database is null) throw new InvalidOperationException("The settings were not checked.");
        ClusterOptions cluster = SettingsCheck.Read<ClusterOptions>(builder.Configuration, ClusterOptions.Section);
        builder.UseOrleans(silo => Configure(silo, cluster, database));
        // Not a client of Orleans: one of those is not told when a node dies, and waits for its answers until they are overdue.
        if (!options.RunsActors) builder.Services.PostConfigure<GrainTypeOptions>(types => types.Classes.RemoveWhere(grain => grain.Assembly == typeof(ClusterEngine).Assembly && grain != typeof(RelayGrain)));
        builder.Services.AddSerializer(serializer => serializer.AddJsonSerializer(ContractJson.IsContract, isCopyable: null, json => json.Configure(settings => settings.SerializerOptions = ContractJson.Options)));
        builder.Services.AddSingleton<IGeneralizedCopier, ContractCopier>();
        builder.Services.Configure<ExceptionSerializationOptions>(exceptions => exceptions.SupportedNamespacePrefixes.Add("StepCloud"));
        builder.Services.Configure<TypeManifestOptions>(types => types.AddAllowedAssembly(typeof(IActors).Assembly));
        builder.Services.AddSingleton<IActors, ClusterActors>();
        builder.Services.AddSingleton<ISharedBuckets, ClusterBuckets>();
        builder.Services.AddSingleton<IOtherNodes, OtherNodes>();
        builder.Services.AddPlacementDirector<NodePlacement, NodePlacementDirector>();
        builder.Services.AddSingleton<IOutgoingGrainCallFilter, TracedCalls>();
        builder.Services.AddSingleton<IOutgoingGrainCallFilter, RepeatedCalls>();
        builder.Services.AddActors();
    }

    private static void Configure(ISiloBuilder silo, ClusterOptions cluster, string database)
    {
        silo.Configure<ClusterIdentity>(identity => (identity.ClusterId, identity.ServiceId) = (cluster.Id, cluster.Id));
        silo.ConfigureEndpoints(cluster.ParsedAddress, cluster.SiloPort, NoClients);
        silo.UseAdoNetClustering(adoNet => (adoNet.Invariant, adoNet.ConnectionString) = ("Npgsql", database));
        silo.Configure<ClusterMembershipOptions>(membership =>
        {
            membership.ProbeTimeout = cluster.ProbeTimeout;
            membership.NumMissedProbesLimit = cluster.ProbesMissedMax;
            membership.NumVotesForDeathDeclaration = 2;
            membership.TableRefreshTimeout = TimeSpan.FromSeconds(5);
            membership.IAmAliveTablePublishTimeout = TimeSpan.FromSeconds(5);
            membership.DefunctSiloExpiration = TimeSpan.FromDays(1);
            membership.DefunctSiloCleanupPeriod = TimeSpan.FromHours(1);
        });
        silo.Configure<SiloMessagingOptions>(messaging => (messaging.ResponseTimeout, messaging.SystemResponseTimeout) = (CallPatience, TimeSpan.FromSeconds(30)));
        silo.Services.AddOptions<SiloMessagingOptions>().Configure<IOptions<ActorHostOptions>>((messaging, actors) => messaging.MaxEnqueuedRequestsHardLimit = actors.Value.WaitingCallsMax);
        silo.Services.AddOptions<GrainCollectionOptions>().Configure<IOptions<ActorHostOptions>>((collection, actors) =>
        {
            collection.CollectionQuantum = TimeSpan.FromSeconds(Math.Clamp(actors.Value.IdleTimeout.TotalSeconds / 2, 1, 60));
            collection.CollectionAge = actors.Value.IdleTimeout + collection.CollectionQuantum;
        });
        silo.Services.AddSingleton<RefusedWrites>();
        // The first of them is around the second, so that a conflict is told on its trace.
        silo.AddIncomingGrainCallFilter<TracedTurns>();
        silo.AddIncomingGrainCallFilter<ConflictingActivations>();
    }
}
