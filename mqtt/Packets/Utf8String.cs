using System.Text;
using System.Text.Unicode;

namespace StepCloud.Mqtt.Packets;

/// <summary>The UTF-8 Encoded String (MQTT 5.0 §1.5.4, MQTT 3.1.1 §1.5.3).</summary>
public static class Utf8String
{
    private static readonly UTF8Encoding s_strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>
    /// No ill-formed UTF-8, which surrogates and overlong forms are [MQTT-1.5.4-1], and no U+0000 [MQTT-1.5.4-2].
    /// Control characters and non-characters are let pass: the standard leaves them to the receiver, and refusing them
    /// would lose messages of devices that send them.
    /// </summary>
    public static bool IsValid(ReadOnlySpan<byte> utf8) => Utf8.IsValid(utf8) && !utf8.Contains((byte)0);

    /// <summary>A lone surrogate cannot be encoded, U+0000 must not be, and 65,535 bytes is all that the length before it can say.</summary>
    public static bool IsValid(string text)
    {
        try
        {
            return Measure(text) >= 0;
        }
        catch (ArgumentException)
        {
            return false;
        }
    }

    /// <summary>The length in bytes, without the two that say it.</summary>
    /// <exception cref="ArgumentException">The text is not <see cref="IsValid(string)"/>.</exception>
    internal static int Measure(string text)
    {
        var bytes = s_strict.GetByteCount(text);
        return bytes <= ushort.MaxValue && !text.Contains('\0', StringComparison.Ordinal)
            ? bytes
            : throw new ArgumentException("The text holds U+0000 or is longer than 65,535 bytes of UTF-8.", nameof(text));
    }

    /// <exception cref="ArgumentException">The text is not <see cref="IsValid(string)"/>.</exception>
    public static byte[] Encode(string text)
    {
        Measure(text);
        return s_strict.GetBytes(text);
    }
}
