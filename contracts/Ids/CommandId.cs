using System.Diagnostics.CodeAnalysis;
using System.Text.Json.Serialization;

namespace StepCloud.Contracts.Ids;

/// <summary>The id of a command to a gateway.</summary>
[JsonConverter(typeof(IdJsonConverter<CommandId>))]
public readonly record struct CommandId(Guid Value) : IId<CommandId>
{
    public static CommandId From(Guid value) => new(value);

    public static CommandId New(TimeProvider clock) => new(Guid.CreateVersion7(clock.GetUtcNow()));

    public static bool TryParse([NotNullWhen(true)] string? s, IFormatProvider? provider, out CommandId result) => Id.TryParse(s, out result);

    public static CommandId Parse(string s, IFormatProvider? provider) => Id.Parse<CommandId>(s);

    public override string ToString() => Value.ToString("D");
}
