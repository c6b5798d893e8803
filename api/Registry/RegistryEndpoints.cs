using StepCloud.Storage.Registry;

namespace StepCloud.Api.Registry;

/// <summary>The routes of an entity, the same for every entity: what differs is told by the entity.</summary>
internal static class RegistryEndpoints
{
    /// <param name="verbs">What can be done here.</param>
    public static void MapRegistry(this RouteGroupBuilder group, RegistryEntity entity, RegistryVerbs verbs)
    {
        string path = "/" + entity.Path;
        RegistryHandlers handlers = new(entity);
        if (verbs.HasFlag(RegistryVerbs.Read))
        {
            group.MapGet(path, handlers.ListAsync).Describe(entity, RegistryAction.List);
            group.MapGet(path + "/{id}", handlers.FindAsync).Describe(entity, RegistryAction.Find);
        }

        if (verbs.HasFlag(RegistryVerbs.Create)) group.MapPost(path, handlers.CreateAsync).Describe(entity, RegistryAction.Create);
        if (verbs.HasFlag(RegistryVerbs.Patch)) group.MapPatch(path + "/{id}", handlers.PatchAsync).Describe(entity, RegistryAction.Patch);
        if (verbs.HasFlag(RegistryVerbs.Archive))
        {
            group.MapPost(path + "/{id}/archive", handlers.ArchiveAsync).Describe(entity, RegistryAction.Archive);
            group.MapPost(path + "/{id}/restore", handlers.RestoreAsync).Describe(entity, RegistryAction.Restore);
        }
    }

    private static void Describe(this RouteHandlerBuilder route, RegistryEntity entity, RegistryAction action) =>
        route.WithMetadata(new RegistryOperation(entity, action));
}

internal enum RegistryAction
{
    List,
    Find,
    Create,
    Patch,
    Archive,
    Restore,
}

/// <summary>Stands on a route of the registry: what it does with which entity.</summary>
internal sealed record RegistryOperation(RegistryEntity Entity, RegistryAction Action);
