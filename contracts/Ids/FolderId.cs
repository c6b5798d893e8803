using System.Diagnostics.CodeAnalysis;
using System.Text.Json.Serialization;

namespace StepCloud.Contracts.Ids;

/// <summary>The id of a folder of recordings that are shared.</summary>
[JsonConverter(typeof(IdJsonConverter<FolderId>))]
public readonly record struct FolderId(Guid Value) : IId<FolderId>
{
    public static FolderId From(Guid value) => new(value);

    public static FolderId New(TimeProvider clock) => new(Guid.CreateVersion7(clock.GetUtcNow()));

    public static bool TryParse([NotNullWhen(true)] string? s, IFormatProvider? provider, out FolderId result) => Id.TryParse(s, out result);

    public static FolderId Parse(string s, IFormatProvider? provider) => Id.Parse<FolderId>(s);

    public override string ToString() => Value.ToString("D");
}
