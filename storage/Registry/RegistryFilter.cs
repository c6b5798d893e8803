using StepCloud.Contracts.Ids;

namespace StepCloud.Storage.Registry;

/// <summary>Whether what is archived is in a list.</summary>
public enum ArchivedFilter
{
    No,
    Only,
    Any,
}

/// <summary>Which part of an entity's things a list has, and in which order.</summary>
public sealed record RegistryFilter
{
    /// <summary>Only of this organization.</summary>
    public OrganizationId? Organization { get; init; }

    /// <summary>Each must be in it as a word or the beginning of one: letters and digits alone.</summary>
    public IReadOnlyList<string> Words { get; init; } = [];

    /// <summary>Each field must have one of its values.</summary>
    public IReadOnlyList<(RegistryField Field, IReadOnlyList<object> Values)> Equal { get; init; } = [];

    public ArchivedFilter Archived { get; init; }

    public DateTimeOffset? UpdatedSince { get; init; }

    /// <summary>Null for the order of ids, which is that of creation.</summary>
    public RegistryField? Sort { get; init; }

    public bool IsDescending { get; init; }

    /// <summary>Where the page before ended: its last one's value of the sort field, and its id.</summary>
    public (object? Value, Guid Id)? After { get; init; }

    /// <summary>Made lower-case and without signs, as the index has them.</summary>
    public static IReadOnlyList<string> WordsOf(string text)
    {
        List<string> words = [];
        int start = -1;
        for (int i = 0; i <= text.Length; i++)
        {
            bool isPart = i < text.Length && char.IsLetterOrDigit(text[i]);
            if (isPart && start < 0) start = i;
            if (isPart || start < 0) continue;
            words.Add(text[start..i].ToLowerInvariant());
            start = -1;
        }

        return words;
    }
}
