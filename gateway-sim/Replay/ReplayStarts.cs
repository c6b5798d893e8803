using System.Text.Json;
using StepCloud.Contracts.Ids;
using StepCloud.GatewaySim.Files;

namespace StepCloud.GatewaySim.Replay;

/// <summary>When each recorded job began on each device, decided at its first replay and kept: a later one then makes the same steps.</summary>
/// <remarks>The file's name is part of the steps, so the first one is kept too: a file that was renamed since is still the same job.</remarks>
public sealed class ReplayStarts
{
    private readonly string _path;
    private readonly Dictionary<string, KeptStart> _starts;

    private ReplayStarts(string path, Dictionary<string, KeptStart> starts)
    {
        _path = path;
        _starts = starts;
    }

    /// <exception cref="UserErrorException">The file is there and is not what this program writes.</exception>
    public static ReplayStarts Read(string path)
    {
        if (!File.Exists(path))
            return new ReplayStarts(path, []);
        try
        {
            return new ReplayStarts(path, JsonSerializer.Deserialize<Dictionary<string, KeptStart>>(File.ReadAllBytes(path), FileJson.Options) ?? []);
        }
        catch (JsonException)
        {
            throw new UserErrorException($"{path} is damaged: it holds no start times.");
        }
    }

    public KeptStart? Find(DeviceId device, MachiningFile file) => _starts.GetValueOrDefault(Key(device, file));

    /// <summary>Keeps the start; it is on the disk when this returns. The first one stays.</summary>
    public void Keep(DeviceId device, MachiningFile file, KeptStart start)
    {
        if (_starts.TryAdd(Key(device, file), start))
            AtomicFile.WriteDurable(_path, JsonSerializer.SerializeToUtf8Bytes(_starts, FileJson.Options));
    }

    private static string Key(DeviceId device, MachiningFile file) => $"{device} {Convert.ToHexStringLower(file.Sha256)}";
}

public sealed record KeptStart(DateTimeOffset Start, string FileName);
