using StepCloud.Contracts.Registry;

namespace StepCloud.Storage.Registry;

/// <summary>What can be done with the things of an entity.</summary>
[Flags]
public enum RegistryVerbs
{
    None = 0,
    Read = 1,
    Create = 2,
    Patch = 4,
    Archive = 8,
    All = Read | Create | Patch | Archive,
}

/// <summary>A kind of thing in the registry. Lists, searches, creation, changes, the archive, import and export, and the API's documentation follow from this alone.</summary>
/// <param name="Name">Such as `device_model`: in the audit and in texts.</param>
/// <param name="Path">Such as `device-models`: in the paths of the APIs.</param>
/// <param name="Table">Its table, `t` in every expression.</param>
public sealed record RegistryEntity(string Name, string Path, string Table)
{
    /// <summary>For texts: `device model`, and of several of them.</summary>
    public string Noun => Name.Replace('_', ' ');

    public string Nouns => Path.Replace('-', ' ');

    /// <summary>Further tables that its fields read: SQL after the own table.</summary>
    public string Joins { get; init; } = "";

    /// <summary>The words of the own table.</summary>
    public const string OwnSearch = "t.search";

    /// <summary>The words that a search finds it by: SQL of the type tsvector.</summary>
    public string Search { get; init; } = OwnSearch;

    /// <summary>What tells the organization, in SQL; null for what belongs to the whole installation.</summary>
    public string? Organization { get; init; }

    /// <summary>The own fields. <see cref="Fields"/> has those that all entities have beside them.</summary>
    public required IReadOnlyList<RegistryField> Own { get; init; }

    /// <summary>Columns that follow from others, by column: SQL with `{field}` in the place of values.</summary>
    public IReadOnlyDictionary<string, string> Derived { get; init; } = new Dictionary<string, string>(StringComparer.Ordinal);

    /// <summary>Constraints and the field that is to blame when one is violated.</summary>
    public IReadOnlyDictionary<string, string> Unique { get; init; } = new Dictionary<string, string>(StringComparer.Ordinal);

    /// <summary>The plan's bound that holds for them, if there is one.</summary>
    public QuotaKind? Quota { get; init; }

    /// <summary>It is about people: who looks at it is entered in the audit.</summary>
    public bool IsPersonal { get; init; }

    /// <summary>Of users, only those who may change it may read it.</summary>
    public bool IsKeptFromReaders { get; init; }

    /// <summary>What administrators can do.</summary>
    public RegistryVerbs Administrators { get; init; } = RegistryVerbs.All;

    /// <summary>What users can do with those of their organization: everybody reads; who may do more, the route says.</summary>
    public RegistryVerbs Users { get; init; }

    /// <summary>Run before the row is written: may add columns, or find a reason why not.</summary>
    internal RegistryHook? BeforeCreate { get; init; }

    /// <summary>Run before the row is changed.</summary>
    internal RegistryHook? BeforePatch { get; init; }

    /// <summary>Run when the row is archived, in the same transaction.</summary>
    internal RegistryHook? Archived { get; init; }

    public IReadOnlyList<RegistryField> Fields => field ??= [IdOf(this), .. Own, .. Common];

    public RegistryField? Find(string name) => Fields.FirstOrDefault(candidate => candidate.Name == name);

    /// <summary>Where the field's value is in a row.</summary>
    public int IndexOf(string name)
    {
        for (int i = 0; i < Fields.Count; i++)
            if (Fields[i].Name == name) return i;
        throw new ArgumentException($"{Name} has no field {name}.", nameof(name));
    }

    internal string From => $"{Table} AS t {Joins}";

    private static IEnumerable<RegistryField> Common =>
    [
        new("created_at", FieldKind.Time, "When it was made.") { IsSort = true, Example = "\"2026-03-02T08:15:00+00:00\"" },
        new("created_by", FieldKind.Text, "Who made it: `user:ID`, `administrator:ID`, `gateway:ID` or `system`.") { Example = "\"system\"" },
        new("updated_at", FieldKind.Time, "When it was last changed.") { IsSort = true, Example = "\"2026-03-02T08:15:00+00:00\"" },
        new("updated_by", FieldKind.Text, "Who changed it last.") { Example = "\"system\"" },
        new("version", FieldKind.Number, "Counts the changes; in quotes it is the ETag.") { Example = "1" },
        new("archived_at", FieldKind.Time, "Since when it is archived; null for what is in use.") { IsNullable = true, Example = "null" },
        new("archived_by", FieldKind.Text, "Who archived it.") { IsNullable = true, Example = "null" },
        new("archive_reason", FieldKind.Text, "Why it was archived.") { IsNullable = true, CharsMax = 500, Example = "null" },
    ];

    private static RegistryField IdOf(RegistryEntity entity) => new("id", FieldKind.Id, "A UUID. Made by the server, unless whoever creates it gives one.")
    {
        Write = entity.Administrators.HasFlag(RegistryVerbs.Create) ? FieldWrite.AtCreation : FieldWrite.Never, IsSort = true,
        Example = "\"0198c0de-0000-7000-8000-000000000001\"",
    };
}

/// <summary>Something that an entity needs done in the transaction of a change.</summary>
/// <returns>Why it cannot be; null when it can.</returns>
internal delegate Task<RegistryOutcome?> RegistryHook(DatabaseSession transaction, RegistryChange change, CancellationToken cancellationToken);
