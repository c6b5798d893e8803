using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using StepCloud.Contracts.Devices;

namespace StepCloud.GatewaySim.Wire;

/// <summary>Writes the announcement of devices as the wire has it: an array.</summary>
public static class DevicesJson
{
    private static readonly JsonSerializerOptions Options = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    public static byte[] Write(IReadOnlyList<DeviceAnnouncement> devices) => JsonSerializer.SerializeToUtf8Bytes(devices, Options);
}
