using System.Collections;
using System.ComponentModel;
using System.Globalization;

namespace StepCloud.Api.Settings.Catalogue;

/// <summary>Values of settings as they are written, as the configuration's binder reads them.</summary>
public static class SettingText
{
    public static string Of(object? value) => value switch
    {
        null => "",
        string text => text,
        bool flag => flag ? "true" : "false",
        TimeSpan time => time.ToString("c", CultureInfo.InvariantCulture) is var written && written.Contains('.') && time.Milliseconds != 0 ? written.TrimEnd('0') : written,
        IEnumerable list => string.Join(", ", list.Cast<object>().Select(Of)),
        IFormattable formattable => formattable.ToString(null, CultureInfo.InvariantCulture),
        _ => value.ToString() ?? "",
    };

    public static bool TryParse(Type type, string text, out object? value)
    {
        value = text;
        Type plain = Nullable.GetUnderlyingType(type) ?? type;
        if (plain == typeof(string)) return true;
        // "30" would be thirty days, and nobody means that.
        if (plain == typeof(TimeSpan) && !text.Contains(':')) return false;
        try
        {
            value = TypeDescriptor.GetConverter(plain).ConvertFromInvariantString(text);
            return value is not null;
        }
        catch (Exception e) when (e is FormatException or ArgumentException or NotSupportedException or OverflowException)
        {
            return false;
        }
    }

    public static string TypeInWords(Type type) => type.IsArray
        ? "a list: " + TypeInWords(type.GetElementType()!)
        : (Nullable.GetUnderlyingType(type) ?? type) switch
        {
            { } plain when plain == typeof(TimeSpan) => "a time",
            { } plain when plain == typeof(bool) => "true or false",
            { } plain when plain == typeof(int) || plain == typeof(long) => "a whole number",
            { } plain when plain == typeof(double) || plain == typeof(decimal) => "a number",
            { IsEnum: true } plain => string.Join(" or ", Enum.GetNames(plain)),
            _ => "text",
        };

    /// <summary>What a text that cannot be read is not.</summary>
    public static string NotOf(Type type) => (Nullable.GetUnderlyingType(type) ?? type) switch
    {
        { } plain when plain == typeof(TimeSpan) => "no time such as 00:00:05",
        { } plain when plain == typeof(bool) => "neither true nor false",
        { } plain when plain == typeof(int) || plain == typeof(long) => "no whole number",
        { } plain => "not " + TypeInWords(plain),
    };
}
