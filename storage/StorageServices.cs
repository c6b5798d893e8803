using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Npgsql;
using StepCloud.Actors.Ports;
using StepCloud.Storage.Alarms;
using StepCloud.Storage.Cases;
using StepCloud.Storage.Maintenance;
using StepCloud.Storage.Notices;
using StepCloud.Storage.Charts;
using StepCloud.Storage.Cluster;
using StepCloud.Storage.Folders;
using StepCloud.Storage.Keys;
using StepCloud.Storage.Recordings;
using StepCloud.Storage.Registry;
using StepCloud.Storage.Retention;
using StepCloud.Storage.SignInCodes;
using StepCloud.Storage.Workflows;

namespace StepCloud.Storage;

public static class StorageServices
{
    /// <summary>The stores, on one pool of connections to the database that <see cref="DatabaseAddress"/> names.</summary>
    public static IServiceCollection AddStorage(this IServiceCollection services)
    {
        services.AddOptions<StorageOptions>().BindConfiguration(StorageOptions.Section).ValidateDataAnnotations().ValidateOnStart();
        services.AddSingleton<DatabaseAddress>();
        services.TryAddSingleton(new ThisNode(Guid.NewGuid(), IsOneOfMany: false));
        services.AddSingleton<NodePresence>();
        services.AddSingleton<ClusterNodes>();
        services.AddSingleton<DutiesLock>();
        services.AddSingleton(CreateDataSource);
        services.AddSingleton<StepCloudDatabase>();
        services.AddSingleton(provider => new Migrator(
            provider.GetRequiredService<NpgsqlDataSource>(), Migration.Embedded(), provider.GetRequiredService<TimeProvider>(),
            provider.GetRequiredService<ILogger<Migrator>>()));
        services.AddSingleton<StepPartitions>();
        services.AddSingleton<TelemetryPartitions>();
        services.AddSingleton<ITelemetryStore, TelemetryStore>();
        services.AddSingleton<PresenceStore>();
        services.AddSingleton<IPresenceStore>(provider => provider.GetRequiredService<PresenceStore>());
        services.AddSingleton<LiveFeed>();
        services.AddSingleton<DeviceStates>();
        services.AddSingleton<EventStoreMetrics>();
        services.AddSingleton<TelemetryMetrics>();
        services.AddSingleton<NoticeMetrics>();
        services.AddSingleton<InstallationFigures>();
        services.AddSingleton<DatabaseCondition>();
        services.AddSingleton<EventStore>();
        services.AddSingleton<IEventStore>(provider => provider.GetRequiredService<EventStore>());
        services.AddSingleton<IActorStateStore, ActorStateStore>();
        services.AddSingleton<IUserRegistry, UserRegistry>();
        services.AddSingleton<IAccountLinks, AccountLinks>();
        services.AddSingleton<ISecondFactors, SecondFactors>();
        services.AddSingleton<IInvitations, Invitations>();
        services.AddSingleton<IMembers, MemberStore>();
        services.AddSingleton<IAccessKeys, AccessKeyStore>();
        services.AddSingleton<SignInCodeStore>();
        services.AddSingleton<SignInCodeRedemption>();
        services.AddSingleton<UserQueries>();
        services.AddSingleton<OrganizationQueries>();
        services.AddSingleton<IGatewayRegistry, GatewayRegistry>();
        services.AddSingleton<DeviceRegistry>();
        services.AddSingleton<IDeviceRegistry>(provider => provider.GetRequiredService<DeviceRegistry>());
        services.AddSingleton<INoticeHandler>(provider => provider.GetRequiredService<DeviceRegistry>());
        services.AddSingleton<IGatewayChanges, GatewayChanges>();
        services.AddSingleton<IPairingStore, PairingStore>();
        services.AddSingleton<IProvisioningStore, ProvisioningStore>();
        services.AddSingleton<ISessionStore, SessionStore>();
        services.AddSingleton<ICommandStore, CommandStore>();
        services.AddSingleton<SigningKeyStore>();
        services.AddSingleton<ServerSecretStore>();
        services.AddSingleton<MasterKeyStore>();
        services.AddSingleton<KeyRing>();
        services.AddSingleton<KeyRotation>();
        services.AddSingleton<CaseStore>();
        services.AddSingleton<CaseQueries>();
        services.AddSingleton<ConsentStore>();
        services.AddSingleton<JobCases>();
        services.AddSingleton<CaseExport>();
        services.AddSingleton<UserExport>();
        services.AddSingleton<UserErasure>();
        services.AddSingleton<InstallationStore>();
        services.AddSingleton<RejectedMessageStore>();
        services.AddSingleton<Quarantine>();
        services.AddSingleton<IdempotentRequestStore>();
        services.AddSingleton<AuditTrail>();
        services.AddSingleton<IAuditTrail>(provider => provider.GetRequiredService<AuditTrail>());
        services.AddSingleton<AuditQueries>();
        services.AddSingleton<AuditHeadStore>();
        services.AddSingleton<OutgoingMailStore>();
        services.AddSingleton<MqttSessionStore>();
        services.AddSingleton<MqttSessionClaims>();
        services.AddSingleton<MqttRetainedStore>();
        services.AddSingleton<WaitingCommands>();
        services.AddSingleton<RegistryStore>();
        services.AddSingleton<RegistryImport>();
        services.AddSingleton<ModelPictures>();
        services.AddSingleton<Quotas>();
        services.AddSingleton<QuotaNotices>();
        services.AddSingleton<RetentionRules>();
        services.AddSingleton<LegalHolds>();
        services.AddSingleton<RetentionRun>();
        services.AddSingleton<StepAlarms>();
        services.AddSingleton<DeviceAlarms>();
        services.AddSingleton<GatewayAlarms>();
        services.AddSingleton<DeliveryStore>();
        services.AddSingleton<DeliveryQueries>();
        services.AddSingleton<ChannelSecrets>();
        services.AddSingleton<AlarmQueries>();
        services.AddSingleton<AlarmAcknowledgement>();
        services.AddSingleton<BlueprintStore>();
        services.AddSingleton<JobStore>();
        services.AddSingleton<JobEvaluation>();
        services.AddSingleton<JobQueries>();
        services.AddSingleton<StepVerification>();
        services.AddSingleton<JobVerification>();
        services.AddSingleton<MaintenanceRecords>();
        services.AddSingleton<RecordingStore>();
        services.AddSingleton<RecordingUploads>();
        services.AddSingleton<RecordingChecks>();
        services.AddSingleton<InstallationMarks>();
        services.AddSingleton<FolderStore>();
        services.AddSingleton<FolderLinks>();
        services.AddSingleton<SharedLinks>();
        services.AddSingleton<RecordingMoves>();
        services.AddSingleton<StepQueries>();
        services.AddSingleton<DeviceHeads>();
        services.AddSingleton<OpenSessionReads>();
        services.AddSingleton<SequenceGaps>();
        services.AddSingleton<StepTimeline>();
        services.AddSingleton<SeriesQueries>();
        services.AddSingleton<SeriesCharts>();
        services.AddSingleton<CommandQueries>();
        services.AddSingleton<SessionQueries>();
        services.AddSingleton<StepAllowance>();
        services.AddSingleton<IStepAllowance>(provider => provider.GetRequiredService<StepAllowance>());
        services.AddHostedService(provider => provider.GetRequiredService<StepAllowance>());
        services.AddHostedService<PartitionKeeper>();
        services.AddHostedService<NoticeListener>();
        services.AddHostedService<Sweeper>();
        return services;
    }

    private static NpgsqlDataSource CreateDataSource(IServiceProvider provider)
    {
        // By this name its metrics know it, which would tell user and host otherwise.
        NpgsqlDataSourceBuilder builder = new(provider.GetRequiredService<DatabaseAddress>().ConnectionString) { Name = "stepcloud" };
        builder.ConnectionStringBuilder.MaxPoolSize = provider.GetRequiredService<IOptions<StorageOptions>>().Value.ConnectionsMax;
        builder.ConnectionStringBuilder.ApplicationName = "stepcloud";
        // Statements that come again are planned once for their connection; a plan over many partitions costs more than its run.
        builder.ConnectionStringBuilder.MaxAutoPrepare = 64;
        // Finds out that a peer is gone without a word, s.
        builder.ConnectionStringBuilder.KeepAlive = 30;
        builder.UseLoggerFactory(provider.GetRequiredService<ILoggerFactory>());
        return builder.Build();
    }
}

/// <summary>Where the database is. Known only after the private one has been started, if there is one; set before the first use.</summary>
public sealed class DatabaseAddress
{
    public string ConnectionString { get; set; } = "";
}
