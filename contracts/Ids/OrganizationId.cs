using System.Diagnostics.CodeAnalysis;
using System.Text.Json.Serialization;

namespace StepCloud.Contracts.Ids;

/// <summary>The id of an organization.</summary>
[JsonConverter(typeof(IdJsonConverter<OrganizationId>))]
public readonly record struct OrganizationId(Guid Value) : IId<OrganizationId>
{
    public static OrganizationId From(Guid value) => new(value);

    public static OrganizationId New(TimeProvider clock) => new(Guid.CreateVersion7(clock.GetUtcNow()));

    public static bool TryParse([NotNullWhen(true)] string? s, IFormatProvider? provider, out OrganizationId result) => Id.TryParse(s, out result);

    public static OrganizationId Parse(string s, IFormatProvider? provider) => Id.Parse<OrganizationId>(s);

    public override string ToString() => Value.ToString("D");
}
