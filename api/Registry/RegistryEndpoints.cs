using StepCloud.Api.Http;
using StepCloud.Api.Http.Idempotency;
using StepCloud.Api.Registry.Bulk;
using StepCloud.Storage.Registry;

namespace StepCloud.Api.Registry;

/// <summary>The routes of an entity, the same for every entity: what differs is told by the entity.</summary>
internal static class RegistryEndpoints
{
    /// <summary>All that administrators can do, with every entity.</summary>
    public static void MapAdminRegistry(this RouteGroupBuilder group)
    {
        foreach (RegistryEntity entity in Entities.All)
        {
            group.MapRegistry(entity, entity.Administrators, writers: null);
            group.MapBulk(entity);
        }

        group.MapModelPictures();
        group.MapModelPictureChanges();
    }

    /// <summary>All of an entity at once, out and in.</summary>
    private static void MapBulk(this RouteGroupBuilder group, RegistryEntity entity)
    {
        RegistryBulkHandlers handlers = new(entity);
        group.MapGet($"/{entity.Path}/export", handlers.ExportAsync).WithMetadata(new RegistryOperation(entity, RegistryAction.Export));
        group.MapPost($"/{entity.Path}/import", handlers.ImportAsync)
            .WithMetadata(new RegistryOperation(entity, RegistryAction.Import), new RequestSizeLimit(ImportFile.BytesMax), OneTransaction.Instance)
            .Produces<ImportResponse>();
    }

    /// <summary>The own organization's part. Everybody reads.</summary>
    public static void MapUserRegistry(this RouteGroupBuilder group)
    {
        foreach (RegistryEntity entity in Entities.All)
            group.MapRegistry(entity, entity.Users, WritersOf(entity));
        group.MapModelPictures();
    }

    private static AllowedRoles WritersOf(RegistryEntity entity) =>
        entity == Entities.Site ? AllowedRoles.ManagingSites
        : entity == Entities.AlarmRule || entity == Entities.AlarmChannel ? AllowedRoles.ManagingAlarms
        : entity == Entities.MaterialLot ? AllowedRoles.ManagingMaterials
        : entity == Entities.ValidatedCombination ? AllowedRoles.ManagingCombinations
        : entity == Entities.MaintenancePlan ? AllowedRoles.ManagingMaintenance
        : AllowedRoles.ManagingDevices;

    /// <param name="verbs">What can be done here.</param>
    /// <param name="writers">Who may do more than read; null for all whom the group is for.</param>
    private static void MapRegistry(this RouteGroupBuilder group, RegistryEntity entity, RegistryVerbs verbs, AllowedRoles? writers)
    {
        void Describe(RouteHandlerBuilder route, RegistryAction action)
        {
            route.WithMetadata(new RegistryOperation(entity, action));
            if (action is RegistryAction.Create or RegistryAction.Archive or RegistryAction.Restore) route.WithMetadata(OneTransaction.Instance);
            // A gateway in the archive is un-paired, and a site is the shop: that is not done with a badge.
            if (action is RegistryAction.Archive or RegistryAction.Restore) route.RequirePasswordSession();
            if (writers is not null && (entity.IsKeptFromReaders || action is not (RegistryAction.List or RegistryAction.Find))) route.WithMetadata(writers);
        }

        string path = "/" + entity.Path;
        RegistryHandlers handlers = new(entity);
        if (verbs.HasFlag(RegistryVerbs.Read))
        {
            Describe(group.MapGet(path, handlers.ListAsync), RegistryAction.List);
            Describe(group.MapGet(path + "/{id}", handlers.FindAsync), RegistryAction.Find);
        }

        if (verbs.HasFlag(RegistryVerbs.Create)) Describe(group.MapPost(path, handlers.CreateAsync), RegistryAction.Create);
        if (verbs.HasFlag(RegistryVerbs.Patch)) Describe(group.MapPatch(path + "/{id}", handlers.PatchAsync), RegistryAction.Patch);
        if (verbs.HasFlag(RegistryVerbs.Archive))
        {
            Describe(group.MapPost(path + "/{id}/archive", handlers.ArchiveAsync), RegistryAction.Archive);
            Describe(group.MapPost(path + "/{id}/restore", handlers.RestoreAsync), RegistryAction.Restore);
        }
    }
}

internal enum RegistryAction
{
    List,
    Find,
    Create,
    Patch,
    Archive,
    Restore,
    Export,
    Import,
    FindPicture,
    ReplacePicture,
    RemovePicture,
}

/// <summary>Stands on a route of the registry: what it does with which entity.</summary>
/// <param name="NeedsVersion">Whether a change has to say which version it changes.</param>
internal sealed record RegistryOperation(RegistryEntity Entity, RegistryAction Action, bool NeedsVersion = true);
