using System.Globalization;
using Npgsql;
using StepCloud.Actors.Ports;
using StepCloud.Contracts.Audit;
using StepCloud.Contracts.Devices;
using StepCloud.Contracts.Ids;

namespace StepCloud.Storage;

/// <summary>What is recorded of a device, name by name, to tell what an announcement has changed.</summary>
internal sealed class DeviceValues
{
    // The columns are the names.
    private static readonly string[] Names = ["gateway_id", "model_id", "source", "model", "interface", "label", "serial", "network_address"];

    private static readonly string SelectText = $"SELECT {string.Join(", ", Names)} FROM device WHERE id = $1";

    private readonly string?[] _values;

    private DeviceValues(string?[] values) => _values = values;

    public static Sql Select(DeviceId device) => new(SelectText, device.Value);

    public static DeviceValues Read(NpgsqlDataReader reader) => new(
        [.. Enumerable.Range(0, Names.Length).Select(i => reader.IsDBNull(i) ? null : Convert.ToString(reader.GetValue(i), CultureInfo.InvariantCulture))]);

    public static DeviceValues Of(GatewayRecord gateway, DeviceAnnouncement device, ModelPattern model) => new(
    [
        gateway.Id.ToString(), model.Model.ToString(), device.Source, device.Model, device.Interface, device.Label, device.Serial, device.NetworkAddress,
    ]);

    /// <summary>The entry of the change from what was there before; null when there is none.</summary>
    public NewAuditEntry? EntryAfter(DeviceValues? old, GatewayRecord gateway, DeviceId device, AuditDoer doer)
    {
        int[] changed = [.. Enumerable.Range(0, Names.Length).Where(i => old is null ? _values[i] is not null : old._values[i] != _values[i])];
        if (changed.Length == 0) return null;
        return new NewAuditEntry(
            gateway.Organization, doer, old is null ? AuditActions.DeviceAnnounced : AuditActions.DeviceChanged,
            new AuditSubject(AuditSubject.Device, device.Value), old?.Json(changed), Json(changed));
    }

    private string Json(int[] which) => AuditValues.Of(which.ToDictionary(i => Names[i], i => _values[i], StringComparer.Ordinal));
}
