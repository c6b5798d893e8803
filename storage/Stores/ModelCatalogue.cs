using StepCloud.Contracts.Ids;

namespace StepCloud.Storage;

/// <summary>Finds the model that a device means by what it tells.</summary>
/// <remarks>
/// A pattern is matched against the whole text, without regard to case; `*` stands for any characters, also for none. The longest pattern that
/// matches wins, so that `*` alone is the last resort; of equally long ones that of the oldest model: who adds one
/// to the catalogue does not take devices away from another.
/// </remarks>
internal sealed class ModelCatalogue(IEnumerable<ModelPattern> patterns)
{
    private readonly ModelPattern[] _patterns =
        [.. patterns.OrderByDescending(pattern => pattern.Pattern.Length).ThenBy(pattern => pattern.Model.Value)];

    public static async Task<ModelCatalogue> LoadAsync(DatabaseSession session, CancellationToken cancellationToken) => new(
        await session.ListAsync(
            new Sql("SELECT id, name, unnest(patterns) FROM device_model WHERE archived_at IS NULL"),
            reader => new ModelPattern(new DeviceModelId(reader.GetGuid(0)), reader.GetString(1), reader.GetString(2)),
            cancellationToken));

    public ModelPattern Match(string told) =>
        _patterns.FirstOrDefault(pattern => Matches(pattern.Pattern, told.Trim()))
        ?? throw new InvalidOperationException("The catalogue has no model with the pattern *.");

    // Takes the text's characters one by one; when it gets stuck, the last star takes one more. No pattern makes that slow: every star but
    // the last is done with as soon as what follows it was found once.
    private static bool Matches(string pattern, string text)
    {
        int at = 0;
        int star = -1;
        int starTook = 0;
        for (int next = 0; next < text.Length;)
        {
            if (at < pattern.Length && pattern[at] == '*')
            {
                star = at++;
                starTook = next;
            }
            else if (at < pattern.Length && char.ToUpperInvariant(pattern[at]) == char.ToUpperInvariant(text[next]))
            {
                at++;
                next++;
            }
            else if (star >= 0)
            {
                at = star + 1;
                next = ++starTook;
            }
            else
            {
                return false;
            }
        }

        return pattern.AsSpan(at).Trim('*').IsEmpty;
    }
}

internal sealed record ModelPattern(DeviceModelId Model, string Name, string Pattern);
