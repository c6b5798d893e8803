using System.Net;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using StepCloud.Api.Health;
using StepCloud.Api.Mqtt;
using StepCloud.Api.Settings;
using StepCloud.Api.Tokens;
using StepCloud.Api.Tokens.Sealing;
using StepCloud.Api.Watching;
using StepCloud.Storage;
using StepCloud.Storage.Cluster;

namespace StepCloud.Api.Hosting;

/// <summary>StepCloud in one process: its database, its actors, its HTTP and MQTT endpoints, from start to stop.</summary>
/// <remarks>Started in the order in which one part needs the other, and stopped in the reverse one: no new work, what is under way, then the database.</remarks>
public sealed class StepCloudServer : IAsyncDisposable
{
    /// <summary>A predecessor that was killed is gone when the kernel has closed its sockets; one that stops takes a little longer.</summary>
    private static readonly TimeSpan OwnershipPatience = TimeSpan.FromSeconds(20);

    private readonly WebApplication _app;
    private readonly PrivatePostgres? _postgres;
    private readonly ActorOwnership? _ownership;
    private int _stopped;

    private StepCloudServer(WebApplication app, PrivatePostgres? postgres, ActorOwnership? ownership)
    {
        _app = app;
        _postgres = postgres;
        _ownership = ownership;
    }

    public IServiceProvider Services => _app.Services;

    /// <summary>Such as `http://127.0.0.1:8080`.</summary>
    public string HttpAddress { get; private init; } = "";

    /// <summary>Such as `127.0.0.1:1883`; empty where the role has no MQTT.</summary>
    public string MqttAddress { get; private init; } = "";

    /// <summary>For whoever starts it: where MQTT is, or what else the process is for.</summary>
    public string Does => _app.Services.GetRequiredService<ServerOptions>() switch
    {
        { IsReader: true } => "reading only",
        { Serves: false } => "which says whether it is well: it runs actors only",
        _ => $"MQTT on {MqttAddress}",
    };

    /// <summary>Completes when the server must not go on: it was told to stop, or another process has become the owner of the actors.</summary>
    /// <param name="cancellationToken">Ends the waiting. The server goes on: whoever waits stops it in his own order.</param>
    public async Task WhenStoppingAsync(CancellationToken cancellationToken)
    {
        TaskCompletionSource stopping = new(TaskCreationOptions.RunContinuationsAsynchronously);
        await using CancellationTokenRegistration told = _app.Lifetime.ApplicationStopping.Register(() => stopping.TrySetResult());
        await using CancellationTokenRegistration cancelled = cancellationToken.Register(() => stopping.TrySetResult());
        await (_ownership is { } ownership ? Task.WhenAny(ownership.Lost, stopping.Task) : stopping.Task);
    }

    /// <exception cref="SettingException">A setting is wrong; nothing was started.</exception>
    /// <exception cref="StartException">It cannot start; the message says why.</exception>
    public static Task<StepCloudServer> StartAsync(WebApplicationBuilder builder, TimeProvider clock, CancellationToken cancellationToken) =>
        StartAsync(builder, new InProcessEngine(), clock, cancellationToken);

    /// <param name="engine">What runs the actors.</param>
    /// <exception cref="SettingException">A setting is wrong; nothing was started.</exception>
    /// <exception cref="StartException">It cannot start; the message says why.</exception>
    public static async Task<StepCloudServer> StartAsync(WebApplicationBuilder builder, ActorEngine engine, TimeProvider clock, CancellationToken cancellationToken)
    {
        IReadOnlyList<string> strangeSettings = SettingsCheck.RequireAll(builder.Configuration, engine);
        ServerOptions options = SettingsCheck.ReadServer(builder.Configuration);
        string? database = SettingsCheck.ReadDatabase(builder.Configuration);
        MasterKeySetting? masterKey = MasterKeySetting.Read(builder.Configuration, isDatabaseGiven: database is not null);
        using ILoggerFactory loggers = LoggerFactory.Create(logging => logging.AddConfiguration(builder.Configuration.GetSection("Logging")).AddTracedConsole());
        StrangeSettings.Tell(strangeSettings, loggers);
        PrivatePostgres? postgres = null;
        ActorOwnership? ownership = null;
        WebApplication? app = null;
        try
        {
            app = Compose(builder, engine, options, database, clock);
            SettingsCheck.CheckAll(app.Services);
            if (database is null && options.IsReader)
            {
                database = await RunningCluster.FindAsync(
                    new PrivatePostgresOptions { DataDirectory = options.Data }, OwnershipPatience, clock, cancellationToken)
                    ?? throw new StartException($"A reader needs a running server, and none runs on the data folder {options.Data}.");
            }
            else if (database is null)
            {
                postgres = await PrivatePostgres.StartAsync(
                    new PrivatePostgresOptions { DataDirectory = options.Data }, loggers, clock, cancellationToken);
            }

            app.Services.GetRequiredService<DatabaseAddress>().ConnectionString = database ?? postgres!.ConnectionString;
            if (options.IsReader) await PrepareReaderAsync(app.Services, masterKey, cancellationToken);
            else ownership = await PrepareAsync(app.Services, postgres, masterKey, clock, loggers, cancellationToken);
            await app.StartAsync(cancellationToken);
            return new StepCloudServer(app, postgres, ownership)
            {
                HttpAddress = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First(),
                MqttAddress = app.Services.GetService<MqttEndpoint>()?.EndPoint?.ToString() ?? "",
            };
        }
        catch (Exception e)
        {
            if (app is not null) await EndAsync(app);
            if (ownership is not null) await ownership.DisposeAsync();
            if (postgres is not null) await postgres.DisposeAsync();
            if (StartException.For(e, options) is { } clear) throw clear;
            throw;
        }
    }

    /// <summary>Before the stop of a process that another can do the work of: see <see cref="ServerOptions.DrainFor"/>.</summary>
    public Task DrainAsync() => _app.Services.GetRequiredService<Readiness>().DrainAsync();

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        if (Interlocked.Exchange(ref _stopped, 1) != 0) return;
        await _app.StopAsync(cancellationToken);
        await _app.DisposeAsync();
        if (_ownership is not null) await _ownership.DisposeAsync();
        if (_postgres is not null) await _postgres.DisposeAsync();
    }

    public async ValueTask DisposeAsync() => await StopAsync(CancellationToken.None);

    /// <summary>What has begun already ends before what it works with is gone, and nothing of it is called a failure.</summary>
    private static async Task EndAsync(WebApplication app)
    {
        try
        {
            await app.StopAsync(CancellationToken.None);
        }
        catch (Exception)
        {
            // Why it did not start is what is told.
        }

        await app.DisposeAsync();
    }

    private static WebApplication Compose(WebApplicationBuilder builder, ActorEngine engine, ServerOptions options, string? database, TimeProvider clock)
    {
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            // What most routes take is a few lines of JSON; those that take more say so (RequestSizeLimit).
            kestrel.Limits.MaxRequestBodySize = 1024 * 1024;
            kestrel.Listen(new IPEndPoint(options.ParsedAddress, options.HttpPort));
        });
        builder.Logging.ClearProviders().AddTracedConsole();
        builder.Services.AddSingleton(clock);
        builder.Services.AddSingleton(options);
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = options.StopTimeout);
        builder.Services.AddSingleton<IHostLifetime, CommandLifetime>();
        builder.Services.AddSingleton(engine.Node);
        builder.AddWatching(engine.Node);
        if (!options.IsReader) engine.AddTo(builder, options, database);
        builder.Services.AddStepCloud(options);
        WebApplication app = builder.Build();
        app.UseStepCloud();
        return app;
    }

    /// <summary>What must be so before the first request: the schema, the partitions, the keys, and that nobody else runs the actors.</summary>
    private static async Task<ActorOwnership> PrepareAsync(
        IServiceProvider services, PrivatePostgres? postgres, MasterKeySetting? masterKey, TimeProvider clock, ILoggerFactory loggers,
        CancellationToken cancellationToken)
    {
        await services.GetRequiredService<Migrator>().MigrateAsync(cancellationToken);
        if (postgres is not null) await postgres.ProtectAuditAsync(cancellationToken);
        await services.OpenSecretsAsync(masterKey, cancellationToken);
        ActorOwnership ownership = await ActorOwnership.TryTakeAsync(
            services.GetRequiredService<DatabaseAddress>().ConnectionString, services.GetRequiredService<ThisNode>(), services.GetRequiredService<NodePresence>(),
            OwnershipPatience, clock, loggers.CreateLogger<ActorOwnership>(), cancellationToken)
            ?? throw new StartException("Another StepCloud process owns the actors of this database. Stop it first.");
        PresenceStore presence = services.GetRequiredService<PresenceStore>();
        if (services.GetRequiredService<ThisNode>().IsOneOfMany)
        {
            await services.GetRequiredService<ClusterNodes>().EnterAsync(Environment.MachineName, cancellationToken);
            await presence.DisconnectStrayAsync(clock.GetUtcNow(), cancellationToken);
        }
        else
        {
            await presence.DisconnectAllAsync(clock.GetUtcNow(), cancellationToken);
        }

        await services.GetRequiredService<StepPartitions>().EnsureAheadAsync(cancellationToken);
        await services.GetRequiredService<TelemetryPartitions>().EnsureAheadAsync(cancellationToken);
        await services.GetRequiredService<SigningKeys>().LoadAsync(cancellationToken);
        return ownership;
    }

    /// <summary>A reader leaves the schema to the main process, and waits for no lock.</summary>
    private static async Task PrepareReaderAsync(IServiceProvider services, MasterKeySetting? masterKey, CancellationToken cancellationToken)
    {
        await services.GetRequiredService<Migrator>().RequireCurrentAsync(cancellationToken);
        await services.OpenSecretsAsync(masterKey, cancellationToken);
        await services.GetRequiredService<SigningKeys>().LoadAsync(cancellationToken);
    }

    /// <summary>Signals are the command's: it decides in which order everything stops.</summary>
    private sealed class CommandLifetime : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
