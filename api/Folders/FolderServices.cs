namespace StepCloud.Api.Folders;

internal static class FolderServices
{
    public static IServiceCollection AddFolders(this IServiceCollection services)
    {
        services.AddSingleton<LinkOpening>();
        services.AddSingleton<LinkLimit>();
        services.AddSingleton<FolderLinkMails>();
        return services;
    }
}
