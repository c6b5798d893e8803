using StepCloud.Contracts.Devices;
using StepCloud.Contracts.Ids;
using StepCloud.Contracts.Refusals;
using StepCloud.Contracts.Steps;

namespace StepCloud.Api.Ingress;

/// <summary>Reads device announcements from their JSON.</summary>
public static class AnnouncementReader
{
    /// <summary>One announcement is a handful of names.</summary>
    public const int AnnouncementBytesMax = 16 * 1024;

    public static ParsedMessage<DeviceAnnouncement> Read(ReadOnlySpan<byte> utf8) =>
        MessageReader.Read<DeviceAnnouncement>(utf8, AnnouncementBytesMax, ReadOne);

    private static DeviceAnnouncement? ReadOne(ref JsonCursor cursor, out Guid? id)
    {
        id = null;
        if (!cursor.ExpectObject("The announcement")) return null;
        Dictionary<string, string> texts = new(StringComparer.Ordinal);
        MemberSet seen = new();
        while (cursor.NextMember(out string name))
        {
            if (!seen.Add(ref cursor, name)) return null;
            switch (name)
            {
                case "device":
                    if (!cursor.ReadGuid("/device", out Guid device)) return null;
                    id = device;
                    break;
                case "source" or "model" or "interface" or "label" or "serial" or "network_address":
                    if (!cursor.ReadString("/" + name, StepLimits.NameCharsMax, out string text)) return null;
                    texts[name] = text;
                    break;
                default:
                    cursor.Refuse(RefusalCode.UnknownField, $"/{StepReader.Shown(name)} is not a field of an announcement.");
                    return null;
            }
        }

        return Check(ref cursor, id, texts) ? ToAnnouncement(id!.Value, texts) : null;
    }

    private static bool Check(ref JsonCursor cursor, Guid? id, Dictionary<string, string> texts)
    {
        if (id is null) return cursor.Refuse(RefusalCode.MissingField, "/device is missing.");
        if (id == Guid.Empty) return cursor.Refuse(RefusalCode.ValueOutOfRange, "/device is the nil UUID, which names nothing.");
        foreach (string required in (ReadOnlySpan<string>)["source", "model"])
        {
            if (string.IsNullOrWhiteSpace(texts.GetValueOrDefault(required)))
                return cursor.Refuse(RefusalCode.MissingField, $"/{required} is missing or empty.");
        }

        return true;
    }

    private static DeviceAnnouncement ToAnnouncement(Guid id, Dictionary<string, string> texts) => new(
        new DeviceId(id),
        texts["source"],
        texts["model"],
        texts.GetValueOrDefault("interface", ""),
        texts.GetValueOrDefault("label", ""),
        texts.GetValueOrDefault("serial"),
        texts.GetValueOrDefault("network_address"));
}
