namespace StepCloud.Mqtt.Codec;

/// <summary>The Variable Byte Integer (MQTT 5.0 §1.5.5): seven bits a byte, the least significant first, bit 7 says that more follow.</summary>
internal static class VariableByteInteger
{
    public const uint Max = 268_435_455;
    public const int BytesMax = 4;

    public static int LengthOf(uint value) => value switch
    {
        < 1 << 7 => 1,
        < 1 << 14 => 2,
        < 1 << 21 => 3,
        _ => 4,
    };

    /// <summary>Reads one of any form, minimal or not.</summary>
    /// <returns>Its length; 0: it goes on after the input; -1: it goes on after the fourth byte.</returns>
    public static int Read(ReadOnlySpan<byte> input, out uint value)
    {
        value = 0;
        for (var i = 0; i < BytesMax; i++)
        {
            if (i >= input.Length) return 0;
            value |= (uint)(input[i] & 0x7F) << (7 * i);
            if (input[i] < 0x80) return i + 1;
        }
        return -1;
    }

    public static int Write(Span<byte> output, uint value)
    {
        var length = 0;
        while (value > 0x7F)
        {
            output[length++] = (byte)(value | 0x80);
            value >>= 7;
        }
        output[length++] = (byte)value;
        return length;
    }
}
