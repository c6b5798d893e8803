using System.Text.Json.Nodes;
using StepCloud.Api.Http;
using StepCloud.Contracts.Ids;

namespace StepCloud.Api.Steps;

/// <param name="Before">The step that it is held against; null for the first that tells settings.</param>
public sealed record SettingsChanges(StepId Step, StepId? Before, IReadOnlyList<SettingChange> Changes);

/// <param name="Pointer">Where: a JSON Pointer (RFC 6901) into the settings.</param>
/// <param name="Kind">`added`, `removed` or `changed`.</param>
/// <param name="Old">As it was; null when it was not there.</param>
/// <param name="New">As it is; null when it is not there any more.</param>
public sealed record SettingChange(string Pointer, string Kind, RawJson? Old, RawJson? New);

/// <summary>What differs between two JSON documents, as deep as it goes. Arrays of one length are held against each other place by place.</summary>
internal static class SettingsDifference
{
    public static IReadOnlyList<SettingChange> Between(JsonNode? old, JsonNode? now)
    {
        List<SettingChange> changes = [];
        Compare("", old, now, changes);
        return changes;
    }

    private static void Compare(string pointer, JsonNode? old, JsonNode? now, List<SettingChange> changes)
    {
        if (old is JsonObject oldObject && now is JsonObject newObject)
        {
            foreach (string name in oldObject.Select(member => member.Key).Union(newObject.Select(member => member.Key), StringComparer.Ordinal).Order(StringComparer.Ordinal))
            {
                string place = pointer + JsonPointer.Of(name);
                if (!oldObject.ContainsKey(name)) changes.Add(new SettingChange(place, "added", null, Raw(newObject[name])));
                else if (!newObject.ContainsKey(name)) changes.Add(new SettingChange(place, "removed", Raw(oldObject[name]), null));
                else Compare(place, oldObject[name], newObject[name], changes);
            }
        }
        else if (old is JsonArray oldArray && now is JsonArray newArray && oldArray.Count == newArray.Count)
        {
            for (int i = 0; i < oldArray.Count; i++) Compare($"{pointer}/{i}", oldArray[i], newArray[i], changes);
        }
        else if (!JsonNode.DeepEquals(old, now))
        {
            changes.Add(new SettingChange(pointer, "changed", Raw(old), Raw(now)));
        }
    }

    private static RawJson Raw(JsonNode? node) => new(node?.ToJsonString() ?? "null");
}
