using System.Text;

namespace StepCloud.Tests.Support.Otlp;

/// <summary>One message of Protocol Buffers, by the numbers of its fields (encoding guide, §Message Structure).</summary>
internal sealed class ProtobufFields
{
    private readonly List<(int Number, ReadOnlyMemory<byte> Value)> _fields = [];

    public ProtobufFields(ReadOnlyMemory<byte> message)
    {
        int at = 0;
        while (at < message.Length)
        {
            ulong tag = Varint(message.Span, ref at);
            int length = (tag & 7) switch
            {
                0 => VarintLength(message.Span[at..]),
                1 => 8,
                2 => checked((int)Varint(message.Span, ref at)),
                5 => 4,
                _ => throw new FormatException($"Wire type {tag & 7} is none that OTLP uses."),
            };
            _fields.Add(((int)(tag >> 3), message.Slice(at, length)));
            at += length;
        }
    }

    public IEnumerable<ProtobufFields> Messages(int number) => Values(number).Select(value => new ProtobufFields(value));

    public ProtobufFields? Message(int number) => Messages(number).FirstOrDefault();

    public string Text(int number) => Encoding.UTF8.GetString(Values(number).FirstOrDefault().Span);

    public string Hex(int number) => Convert.ToHexStringLower(Values(number).FirstOrDefault().Span);

    public ulong Number(int number)
    {
        ReadOnlyMemory<byte> value = Values(number).FirstOrDefault();
        int at = 0;
        return value.IsEmpty ? 0 : Varint(value.Span, ref at);
    }

    private IEnumerable<ReadOnlyMemory<byte>> Values(int number) => _fields.Where(field => field.Number == number).Select(field => field.Value);

    private static int VarintLength(ReadOnlySpan<byte> bytes) => bytes.IndexOfAnyInRange((byte)0, (byte)0x7F) + 1;

    private static ulong Varint(ReadOnlySpan<byte> bytes, ref int at)
    {
        ulong value = 0;
        for (int shift = 0; ; shift += 7)
        {
            byte next = bytes[at++];
            value |= (ulong)(next & 0x7F) << shift;
            if (next < 0x80) return value;
        }
    }
}
