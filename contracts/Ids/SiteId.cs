using System.Diagnostics.CodeAnalysis;
using System.Text.Json.Serialization;

namespace StepCloud.Contracts.Ids;

/// <summary>The id of a site of an organization.</summary>
[JsonConverter(typeof(IdJsonConverter<SiteId>))]
public readonly record struct SiteId(Guid Value) : IId<SiteId>
{
    public static SiteId From(Guid value) => new(value);

    public static SiteId New(TimeProvider clock) => new(Guid.CreateVersion7(clock.GetUtcNow()));

    public static bool TryParse([NotNullWhen(true)] string? s, IFormatProvider? provider, out SiteId result) => Id.TryParse(s, out result);

    public static SiteId Parse(string s, IFormatProvider? provider) => Id.Parse<SiteId>(s);

    public override string ToString() => Value.ToString("D");
}
