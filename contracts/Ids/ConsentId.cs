using System.Diagnostics.CodeAnalysis;
using System.Text.Json.Serialization;

namespace StepCloud.Contracts.Ids;

/// <summary>The id of a consent.</summary>
[JsonConverter(typeof(IdJsonConverter<ConsentId>))]
public readonly record struct ConsentId(Guid Value) : IId<ConsentId>
{
    public static ConsentId From(Guid value) => new(value);

    public static ConsentId New(TimeProvider clock) => new(Guid.CreateVersion7(clock.GetUtcNow()));

    public static bool TryParse([NotNullWhen(true)] string? s, IFormatProvider? provider, out ConsentId result) => Id.TryParse(s, out result);

    public static ConsentId Parse(string s, IFormatProvider? provider) => Id.Parse<ConsentId>(s);

    public override string ToString() => Value.ToString("D");
}
