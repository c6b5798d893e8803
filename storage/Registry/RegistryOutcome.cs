using StepCloud.Contracts.Audit;
using StepCloud.Contracts.Ids;
using StepCloud.Contracts.Registry;

namespace StepCloud.Storage.Registry;

/// <summary>A thing of the registry as it was read.</summary>
/// <param name="Values">In the order of the entity's <see cref="RegistryEntity.Fields"/>: string, Guid, bool, long, double, DateTimeOffset, DateOnly, string[] or null.</param>
public sealed record RegistryRow(Guid Id, long Version, IReadOnlyList<object?> Values);

/// <summary>What became of a change.</summary>
public abstract record RegistryOutcome
{
    private RegistryOutcome()
    {
    }

    /// <summary>Done, or there was nothing to be done.</summary>
    /// <param name="Row">As it stands now.</param>
    public sealed record Done(RegistryRow Row) : RegistryOutcome;

    public sealed record NotFound : RegistryOutcome
    {
        public static readonly NotFound Instance = new();
    }

    /// <summary>Somebody else changed it meanwhile.</summary>
    public sealed record Stale(long Version) : RegistryOutcome;

    /// <summary>It is archived, and must be restored first.</summary>
    public sealed record IsArchived : RegistryOutcome
    {
        public static readonly IsArchived Instance = new();
    }

    /// <summary>Another one has this value, which only one can have.</summary>
    public sealed record Taken(string Field) : RegistryOutcome;

    /// <summary>There is nothing with the id that the field names, or not in this organization, or it is archived.</summary>
    public sealed record UnknownReference(string Field) : RegistryOutcome;

    /// <summary>The value is none in the light of the others, or of what is stored.</summary>
    /// <param name="Detail">What is wrong, in a sentence.</param>
    public sealed record Invalid(string Field, string Detail) : RegistryOutcome;

    /// <summary>The plan has no room for it. Of many that are written at once; a single one throws <see cref="QuotaReachedException"/>.</summary>
    public sealed record NoRoom(Quota Quota) : RegistryOutcome;

    /// <summary>It cannot be done as things are.</summary>
    /// <param name="Code">One of the API's catalogue of problems.</param>
    public sealed record Refused(string Code, string Detail) : RegistryOutcome;
}

/// <summary>A change under way.</summary>
/// <param name="Organization">Whose it is; null for what belongs to the installation.</param>
/// <param name="Columns">What is written, by column. Hooks add to it.</param>
internal sealed record RegistryChange(
    RegistryEntity Entity, Guid Id, OrganizationId? Organization, IReadOnlyDictionary<string, object?> Values, IDictionary<string, object?> Columns,
    AuditDoer Doer, DateTimeOffset At)
{
    /// <summary>What else the transaction did, after the change's own entry. Hooks add to it.</summary>
    public List<NewAuditEntry> Entries { get; } = [];

    public bool IsCreation => Columns.ContainsKey("created_at");
}
