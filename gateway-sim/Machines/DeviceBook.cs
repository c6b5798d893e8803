using System.Text.Json;
using StepCloud.Contracts.Devices;
using StepCloud.Contracts.Ids;
using StepCloud.GatewaySim.Files;

namespace StepCloud.GatewaySim.Machines;

/// <summary>The devices that a gateway has met. Each gets its id at the first meeting and keeps it.</summary>
public sealed class DeviceBook
{
    private readonly string _path;
    private readonly TimeProvider _clock;
    private readonly List<DeviceAnnouncement> _devices;

    private DeviceBook(string path, TimeProvider clock, List<DeviceAnnouncement> devices)
    {
        _path = path;
        _clock = clock;
        _devices = devices;
    }

    public IReadOnlyList<DeviceAnnouncement> Devices => _devices;

    /// <exception cref="UserErrorException">The file is there and is not what this program writes.</exception>
    public static DeviceBook Read(string path, TimeProvider clock)
    {
        if (!File.Exists(path))
            return new DeviceBook(path, clock, []);
        try
        {
            return new DeviceBook(path, clock, JsonSerializer.Deserialize<List<DeviceAnnouncement>>(File.ReadAllBytes(path), FileJson.Options) ?? []);
        }
        catch (JsonException)
        {
            throw new UserErrorException($"{path} is damaged: it holds no devices.");
        }
    }

    /// <summary>The device of that kind, met now if it was not before; it is on the disk when this returns.</summary>
    public DeviceId Meet(MachineKind kind)
    {
        if (_devices.Find(device => device.Source.StartsWith(kind.Source + "-", StringComparison.Ordinal)) is { } known)
            return known.Device;
        DeviceId id = DeviceId.New(_clock);
        // The end of the id is random. A source is unique within a site, where other gateways have the same kinds of devices.
        string serial = id.ToString()[^8..].ToUpperInvariant();
        _devices.Add(new DeviceAnnouncement(
            id, $"{kind.Source}-{serial.ToLowerInvariant()}", kind.Model, kind.Interface, kind.Label, serial, kind.NetworkAddress));
        AtomicFile.WriteDurable(_path, JsonSerializer.SerializeToUtf8Bytes(_devices, FileJson.Options));
        return id;
    }
}
