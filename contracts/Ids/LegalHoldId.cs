using System.Diagnostics.CodeAnalysis;
using System.Text.Json.Serialization;

namespace StepCloud.Contracts.Ids;

/// <summary>The id of a legal hold.</summary>
[JsonConverter(typeof(IdJsonConverter<LegalHoldId>))]
public readonly record struct LegalHoldId(Guid Value) : IId<LegalHoldId>
{
    public static LegalHoldId From(Guid value) => new(value);

    public static LegalHoldId New(TimeProvider clock) => new(Guid.CreateVersion7(clock.GetUtcNow()));

    public static bool TryParse([NotNullWhen(true)] string? s, IFormatProvider? provider, out LegalHoldId result) => Id.TryParse(s, out result);

    public static LegalHoldId Parse(string s, IFormatProvider? provider) => Id.Parse<LegalHoldId>(s);

    public override string ToString() => Value.ToString("D");
}
