using System.Diagnostics.CodeAnalysis;
using System.Text.Json.Serialization;

namespace StepCloud.Contracts.Ids;

/// <summary>The id of a maintenance plan.</summary>
[JsonConverter(typeof(IdJsonConverter<MaintenancePlanId>))]
public readonly record struct MaintenancePlanId(Guid Value) : IId<MaintenancePlanId>
{
    public static MaintenancePlanId From(Guid value) => new(value);

    public static MaintenancePlanId New(TimeProvider clock) => new(Guid.CreateVersion7(clock.GetUtcNow()));

    public static bool TryParse([NotNullWhen(true)] string? s, IFormatProvider? provider, out MaintenancePlanId result) => Id.TryParse(s, out result);

    public static MaintenancePlanId Parse(string s, IFormatProvider? provider) => Id.Parse<MaintenancePlanId>(s);

    public override string ToString() => Value.ToString("D");
}
