using System.Collections.Concurrent;
using System.Reflection;

namespace StepCloud.Api.Settings.Catalogue;

/// <summary>Every option that a program takes. Nobody lists them: an options class with a constant `Section` is found, and what stands on its properties is what is known of each.</summary>
public sealed class SettingsCatalogue
{
    public const string SectionConstant = "Section";

    private static readonly ConcurrentDictionary<Assembly, SettingsCatalogue> Known = new();

    private SettingsCatalogue(IReadOnlyList<SettingsPart> parts)
    {
        Parts = parts;
        Settings = [.. parts.SelectMany(part => part.Settings).OrderBy(setting => setting.Name, StringComparer.OrdinalIgnoreCase)];
        Sections = new HashSet<string>(Settings.SelectMany(setting => SectionsAbove(setting.Name)), StringComparer.OrdinalIgnoreCase);
    }

    public IReadOnlyList<SettingsPart> Parts { get; }

    /// <summary>By name.</summary>
    public IReadOnlyList<SettingDescription> Settings { get; }

    /// <summary>What stands before a colon of any name: nothing else may stand in these.</summary>
    public IReadOnlySet<string> Sections { get; }

    /// <summary>Of a program, or of a part of it, and of all parts of StepCloud that it is built on.</summary>
    public static SettingsCatalogue Of(Assembly program) => Known.GetOrAdd(program, Find);

    public SettingDescription? FindSetting(string name) =>
        Settings.FirstOrDefault(setting => string.Equals(setting.Name, name, StringComparison.OrdinalIgnoreCase));

    private static SettingsCatalogue Find(Assembly program) => new(
        [.. PartsOf(program).SelectMany(assembly => assembly.GetTypes()).Where(IsOptions).OrderBy(type => type.FullName, StringComparer.Ordinal).Select(SettingsPart.Of)]);

    private static bool IsOptions(Type type) =>
        type is { IsClass: true, IsAbstract: false } && type.GetConstructor(Type.EmptyTypes) is not null
        && type.GetField(SectionConstant, BindingFlags.Public | BindingFlags.Static) is { IsLiteral: true };

    private static HashSet<Assembly> PartsOf(Assembly program)
    {
        HashSet<Assembly> found = [];
        Stack<Assembly> left = new([program]);
        while (left.TryPop(out Assembly? assembly))
        {
            if (!found.Add(assembly)) continue;
            foreach (AssemblyName reference in assembly.GetReferencedAssemblies().Where(reference => reference.Name!.StartsWith("stepcloud", StringComparison.OrdinalIgnoreCase)))
                left.Push(Assembly.Load(reference));
        }

        return found;
    }

    private static IEnumerable<string> SectionsAbove(string name)
    {
        for (int end = name.LastIndexOf(':'); end > 0; end = name.LastIndexOf(':', end - 1)) yield return name[..end];
    }
}

/// <summary>One class of options.</summary>
/// <param name="Section">Empty for what stands in none.</param>
public sealed record SettingsPart(string Section, Type Type, IReadOnlyList<SettingDescription> Settings)
{
    public static SettingsPart Of(Type type)
    {
        string section = (string)type.GetField(SettingsCatalogue.SectionConstant)!.GetRawConstantValue()!;
        object defaults = Activator.CreateInstance(type)!;
        return new SettingsPart(
            section, type, [.. type.GetProperties().Where(property => property.SetMethod is { IsPublic: true }).Select(property => SettingDescription.Of(section, property, defaults))]);
    }
}
