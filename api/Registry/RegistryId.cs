using System.Diagnostics.CodeAnalysis;

namespace StepCloud.Api.Registry;

/// <summary>The id of some thing of the registry in an address: in the one form that ids have everywhere.</summary>
internal readonly record struct RegistryId(Guid Value) : IParsable<RegistryId>
{
    public static bool TryParse([NotNullWhen(true)] string? s, IFormatProvider? provider, out RegistryId result)
    {
        bool isId = Guid.TryParseExact(s, "D", out Guid value);
        result = new RegistryId(value);
        return isId;
    }

    public static RegistryId Parse(string s, IFormatProvider? provider) =>
        TryParse(s, provider, out RegistryId id) ? id : throw new FormatException("An id is a UUID with four dashes.");
}
