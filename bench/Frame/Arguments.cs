using System.CommandLine;
using System.Numerics;

namespace StepCloud.Bench.Frame;

/// <summary>Options of the kinds that scenarios share.</summary>
internal static class Arguments
{
    public static Option<T> Number<T>(string name, string description, T byDefault, T min, T max) where T : struct, INumber<T>
    {
        var option = new Option<T>(name) { Description = $"{description} {min} to {max}.", HelpName = "N", DefaultValueFactory = _ => byDefault };
        option.Validators.Add(result =>
        {
            if (result.Tokens.Count == 0 || (T.TryParse(result.Tokens[0].Value, null, out var value) && value >= min && value <= max)) return;
            result.AddError($"{name} takes a number from {min} to {max}.");
        });
        return option;
    }
}
