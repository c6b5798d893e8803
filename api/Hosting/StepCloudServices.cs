using System.Text.Json;
using System.Text.Json.Serialization;
using StepCloud.Actors.Hosting;
using StepCloud.Actors.Ports;
using StepCloud.Api.Admin;
using StepCloud.Api.Alarms;
using StepCloud.Api.Audit;
using StepCloud.Api.Folders;
using StepCloud.Api.Gateways;
using StepCloud.Api.Health;
using StepCloud.Api.Http;
using StepCloud.Api.Http.Idempotency;
using StepCloud.Api.Http.Protection;
using StepCloud.Api.Ingress;
using StepCloud.Api.Ledgers;
using StepCloud.Api.Live;
using StepCloud.Api.Mail;
using StepCloud.Api.Mqtt;
using StepCloud.Api.Pairing;
using StepCloud.Api.Passwords;
using StepCloud.Api.Recordings;
using StepCloud.Api.Registry;
using StepCloud.Api.Settings;
using StepCloud.Api.Steps;
using StepCloud.Api.Tokens;
using StepCloud.Api.Tokens.Sealing;
using StepCloud.Api.Users;
using StepCloud.Api.Workflows;
using StepCloud.Api.Workflows.Records;
using StepCloud.Api.Watching;
using StepCloud.Contracts;
using StepCloud.Storage;
using StepCloud.Storage.Notices;
using StepCloud.Storage.Retention;

namespace StepCloud.Api.Hosting;

/// <summary>What the application is made of.</summary>
internal static class StepCloudServices
{
    /// <remarks>The actors are the engine's, which has added them before; but for a reader, which has none.</remarks>
    public static IServiceCollection AddStepCloud(this IServiceCollection services, ServerOptions options)
    {
        services.AddStorage();
        if (options.IsReader) services.AddSingleton<IActors, ReaderActors>();
        else services.AddGatewayMqtt();
        if (options.TakesIn) services.AddMqttEntries();
        if (options.RunsActors) services.AddQuotaTelling().AddAlarms().AddWorkflows().AddDuty<RetentionKeeper>().AddRecordingDuties().AddDuty<InstallationWatch>().AddHostedService<Duties>();
        services.AddTokens();
        services.AddAudit();
        services.AddRecordSigning();
        services.AddMail();
        services.AddAccounts();
        services.AddPairing();
        services.AddRecordings();
        services.AddFolders();
        services.AddSingleton<Uplink>();
        services.AddSingleton<WrittenSteps>();
        services.AddLive();
        services.AddSingleton<QuarantineReplay>();
        services.AddSingleton<LedgerVerifier>();
        services.AddSingleton<Readiness>();
        services.AddProtection();
        services.AddAccessTokens();
        services.AddOpenApiDocuments();
        services.AddProblemDetails(options => options.CustomizeProblemDetails = Problems.Complete);
        services.AddSingleton<IProblemDetailsWriter, AnyoneProblemWriter>();
        services.AddExceptionHandler<ProblemExceptionHandler>();
        services.Configure<RouteHandlerOptions>(options => options.ThrowOnBadRequest = true);
        services.ConfigureHttpJsonOptions(options =>
        {
            options.SerializerOptions.PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower;
            options.SerializerOptions.DictionaryKeyPolicy = null;
            options.SerializerOptions.UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow;
            options.SerializerOptions.RespectNullableAnnotations = true;
            options.SerializerOptions.RespectRequiredConstructorParameters = true;
            options.SerializerOptions.NumberHandling = JsonNumberHandling.Strict;
        });
        return services;
    }

    public static void UseStepCloud(this WebApplication app)
    {
        ServerOptions options = app.Services.GetRequiredService<ServerOptions>();
        app.UseHttpSpans();
        app.UseDraining();
        app.UseSecurityHeaders();
        app.UseRateLimitHeader();
        app.UseExceptionHandler();
        if (options.IsReader) app.Use(RefuseToWrite);
        // Not the framework's own page: it answers whoever does not ask for JSON with a line of text.
        app.UseStatusCodePages(context => Problems.OfStatus(context.HttpContext).ExecuteAsync(context.HttpContext));
        app.MapHealth();
        app.MapMetrics();
        if (options.Serves) app.UseApis();
    }

    private static void UseApis(this WebApplication app)
    {
        app.MapOpenApiDocuments();
        app.UseCors();
        app.UseAuthentication();
        app.UseRateLimiter();
        app.UseAuthorization();
        app.UseOutputCache();
        app.Use(Utf8Bodies.RequireAsync);
        app.UseIdempotentPosts();
        app.MapUserApi();
        app.MapAdminApi();
        app.MapGatewayApi();
        app.MapTus();
        app.MapSharedPage();
        app.MapPublishedKeys();
        app.MapSignatureKeys();
        app.MapGet("/", () => Results.Redirect("/docs")).AllowAnonymous().ExcludeFromDescription();
    }

    /// <summary>All that is not a read, without looking at it: what a reader would answer to one it could tell of another must not differ.</summary>
    private static Task RefuseToWrite(HttpContext context, RequestDelegate next) =>
        HttpMethods.IsGet(context.Request.Method) || HttpMethods.IsHead(context.Request.Method) || HttpMethods.IsOptions(context.Request.Method)
            ? next(context)
            : Problems.ReadsOnly().ExecuteAsync(context);

    private static IServiceCollection AddTokens(this IServiceCollection services)
    {
        services.AddOptions<AccessTokenOptions>().BindConfiguration(AccessTokenOptions.Section).ValidateDataAnnotations().ValidateOnStart();
        services.AddOptions<SigningKeyOptions>().BindConfiguration(SigningKeyOptions.Section).ValidateDataAnnotations().ValidateOnStart();
        services.AddOptions<PasswordOptions>().BindConfiguration(PasswordOptions.Section).ValidateDataAnnotations().ValidateOnStart();
        services.AddSingleton<ISigningKeyStore, StoredSigningKeys>();
        services.AddSealing();
        services.AddSingleton<SigningKeys>();
        services.AddSingleton<INoticeHandler, SigningKeyNotices>();
        services.AddSingleton<SigningKeyRotation>();
        services.AddHostedService<SigningKeyKeeper>();
        services.AddSingleton<AccessTokenIssuer>();
        services.AddSingleton<AccessTokenVerifier>();
        services.AddSingleton<PasswordHasher>();
        services.AddSingleton<IPasswordHasher>(provider => provider.GetRequiredService<PasswordHasher>());
        services.AddSingleton<IRefreshTokens>(provider => new RefreshTokens(provider.GetRequiredService<OpenedSecrets>().RefreshTokenSuccessor));
        return services;
    }
}
