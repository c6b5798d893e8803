using StepCloud.Actors.Ports;
using StepCloud.Api.Settings;

namespace StepCloud.Api.Tokens.Sealing;

/// <summary>The master key and what it opens, as services. Both are known only once the database is there.</summary>
internal static class SealingServices
{
    private const string RefreshTokenSuccessor = "refresh_token_successor";

    public static void AddSealing(this IServiceCollection services)
    {
        services.AddSingleton<InstallationMasterKey>();
        services.AddSingleton<OpenedSecrets>();
        services.AddSingleton(provider => provider.GetRequiredService<OpenedSecrets>().MasterKey);
        services.AddSingleton<ISealing, MasterKeySealing>();
        services.AddSingleton<ServerSecrets>();
        services.AddSingleton<PlainSecrets>();
    }

    /// <summary>Finds the master key, seals what older versions left in plain, and opens what the server needs. Before the first request.</summary>
    /// <exception cref="SettingException">The master key is not that of the database.</exception>
    /// <exception cref="Hosting.StartException">There is none where it should be.</exception>
    public static async Task OpenSecretsAsync(this IServiceProvider services, MasterKeySetting? setting, CancellationToken cancellationToken)
    {
        OpenedSecrets opened = services.GetRequiredService<OpenedSecrets>();
        opened.MasterKey = await services.GetRequiredService<InstallationMasterKey>()
            .OpenAsync(setting, services.GetRequiredService<ServerOptions>().Data, mayMake: true, cancellationToken);
        await services.GetRequiredService<PlainSecrets>().SealAsync(cancellationToken);
        opened.RefreshTokenSuccessor = await services.GetRequiredService<ServerSecrets>().GetOrCreateAsync(RefreshTokenSuccessor, cancellationToken);
    }
}

/// <summary>What <see cref="SealingServices.OpenSecretsAsync"/> has opened.</summary>
internal sealed class OpenedSecrets
{
    private MasterKey? _masterKey;

    public MasterKey MasterKey
    {
        get => _masterKey ?? throw new InvalidOperationException("The master key is used before it is opened.");
        set => _masterKey = value;
    }

    /// <summary>The secret that refresh tokens follow from.</summary>
    public byte[] RefreshTokenSuccessor { get; set; } = [];
}
