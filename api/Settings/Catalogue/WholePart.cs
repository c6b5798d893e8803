using System.ComponentModel.DataAnnotations;

namespace StepCloud.Api.Settings.Catalogue;

/// <summary>What is wrong with the options of one class taken together, each of which is right.</summary>
internal static class WholePart
{
    /// <param name="known">With a fault in its section nothing can be said of the whole.</param>
    public static IEnumerable<SettingFault> FaultsOf(IConfiguration configuration, SettingsPart part, IReadOnlyList<SettingFault> known)
    {
        if (!part.Type.IsAssignableTo(typeof(IValidatableObject)) || part.Settings.Any(setting => known.Any(fault => IsOf(fault, setting)))) return [];
        object options = Activator.CreateInstance(part.Type)!;
        configuration.GetSection(part.Section).Bind(options);
        return ((IValidatableObject)options).Validate(new ValidationContext(options)).ToArray().Select(result => FaultOf(configuration, part, result));
    }

    private static bool IsOf(SettingFault fault, SettingDescription setting) =>
        fault.Name.Equals(setting.Name, StringComparison.OrdinalIgnoreCase) || fault.Name.StartsWith(setting.Name + ":", StringComparison.OrdinalIgnoreCase);

    private static SettingFault FaultOf(IConfiguration configuration, SettingsPart part, ValidationResult result)
    {
        string message = result.ErrorMessage ?? "it does not go with the others.";
        string name = $"{part.Section}:{result.MemberNames.FirstOrDefault()}";
        // Whichever of those that do not go together was said by somebody.
        string? from = result.MemberNames.Select(member => $"{part.Section}:{member}")
            .Select(member => SettingOrigin.Of(configuration, member) ?? SettingOrigin.Of(configuration, member + ":0")).FirstOrDefault(origin => origin is not null)?.Text;
        return new SettingFault(name, message.EndsWith('.') ? message : message + ".", from);
    }
}
