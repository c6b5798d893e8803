using System.Diagnostics.CodeAnalysis;
using System.Text.Json.Serialization;

namespace StepCloud.Contracts.Ids;

/// <summary>The id of a record of maintenance.</summary>
[JsonConverter(typeof(IdJsonConverter<MaintenanceRecordId>))]
public readonly record struct MaintenanceRecordId(Guid Value) : IId<MaintenanceRecordId>
{
    public static MaintenanceRecordId From(Guid value) => new(value);

    public static MaintenanceRecordId New(TimeProvider clock) => new(Guid.CreateVersion7(clock.GetUtcNow()));

    public static bool TryParse([NotNullWhen(true)] string? s, IFormatProvider? provider, out MaintenanceRecordId result) => Id.TryParse(s, out result);

    public static MaintenanceRecordId Parse(string s, IFormatProvider? provider) => Id.Parse<MaintenanceRecordId>(s);

    public override string ToString() => Value.ToString("D");
}
