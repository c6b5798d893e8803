using System.Diagnostics.CodeAnalysis;
using System.Text.Json.Serialization;

namespace StepCloud.Contracts.Ids;

/// <summary>The id of a link that opens a folder to somebody without an account.</summary>
[JsonConverter(typeof(IdJsonConverter<FolderLinkId>))]
public readonly record struct FolderLinkId(Guid Value) : IId<FolderLinkId>
{
    public static FolderLinkId From(Guid value) => new(value);

    public static FolderLinkId New(TimeProvider clock) => new(Guid.CreateVersion7(clock.GetUtcNow()));

    public static bool TryParse([NotNullWhen(true)] string? s, IFormatProvider? provider, out FolderLinkId result) => Id.TryParse(s, out result);

    public static FolderLinkId Parse(string s, IFormatProvider? provider) => Id.Parse<FolderLinkId>(s);

    public override string ToString() => Value.ToString("D");
}
