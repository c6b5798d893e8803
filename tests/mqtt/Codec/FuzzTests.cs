using System.Globalization;
using Shouldly;
using StepCloud.Mqtt.Codec;
using StepCloud.Mqtt.Packets;
using Xunit;

namespace StepCloud.Tests.Mqtt.Codec;

/// <summary>
/// Right packets with wrong bytes in them. STEPCLOUD_FUZZ_COUNT says how many (200,000 if it says nothing), and
/// STEPCLOUD_FUZZ_SEED which; a failure prints the seed and the bytes.
/// </summary>
public sealed class FuzzTests
{
    private const uint MaximumPacketSize = 4096;

    [Fact]
    public void No_bytes_make_the_decoder_throw_or_read_on_or_grow()
    {
        var count = Setting("STEPCLOUD_FUZZ_COUNT") ?? 200_000;
        var seed = (int)(Setting("STEPCLOUD_FUZZ_SEED") ?? Random.Shared.Next());
        var random = new Random(seed);
        // The bytes under test stand between others: what is read beyond them would be seen as a right end of the packet.
        var arena = new byte[3 * MaximumPacketSize];
        var decoded = 0L;
        var allocated = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0L; i < count; i++)
        {
            var sample = Samples.All[random.Next(Samples.All.Count)];
            var length = Mutate(random, sample.Bytes, arena.AsSpan((int)MaximumPacketSize, (int)MaximumPacketSize));
            var input = arena.AsMemory((int)MaximumPacketSize, length);
            try
            {
                decoded += Check(input, sample) ? 1 : 0;
            }
            catch (Exception exception)
            {
                throw new InvalidOperationException($"Seed {seed}, case {i}, {sample}: {Convert.ToHexString(input.Span)}", exception);
            }
        }
        // Both ways are taken: a mutation that nothing survives would test the first byte alone.
        decoded.ShouldBeInRange(count / 20, count * 19 / 20);
        // A packet of some tens of bytes, decoded and encoded again, takes some kilobytes at most.
        (GC.GetAllocatedBytesForCurrentThread() - allocated).ShouldBeLessThan(count * 8 * 1024);
    }

    /// <returns>Whether a packet came out.</returns>
    private static bool Check(ReadOnlyMemory<byte> input, Sample sample)
    {
        var settings = new DecoderSettings(sample.Role, sample.Known, MaximumPacketSize);
        var result = MqttDecoder.Decode(input, settings, out var packet);
        switch (result.Status)
        {
            case DecodeStatus.NeedMore:
                Require(result.Length <= MaximumPacketSize, "waits for more than is taken");
                Require(result.Length == 0 || result.Length > input.Length, "waits for what is there");
                return false;
            case DecodeStatus.Refused:
                Require(result.Violation is not null && packet.Type == ControlPacketType.None, "refuses without a reason");
                return false;
            default:
                Require(result.Length >= 2 && result.Length <= input.Length, "took more than there was");
                // What passed is right: it can be written, and read again as the same.
                var version = packet.Body is ConnectPacket connect ? connect.Version : sample.Version;
                var again = Wire.Encode(packet, version);
                var whole = settings with { MaximumPacketSize = DecoderSettings.LargestPacketSize };
                Require(MqttDecoder.Decode(again, whole, out var second).Status == DecodeStatus.Decoded, "wrote what it does not read");
                Require(Wire.Encode(second, version).AsSpan().SequenceEqual(again), "read something else than it wrote");
                return true;
        }
    }

    /// <summary>A plain condition: an assertion library would take most of the time of ten million cases.</summary>
    private static void Require(bool condition, string otherwise)
    {
        if (!condition) throw new InvalidOperationException("The codec " + otherwise);
    }

    /// <summary>One to four changes: bits, bytes, cuts, insertions, pieces of other packets, other lengths.</summary>
    private static int Mutate(Random random, ReadOnlySpan<byte> source, Span<byte> target)
    {
        source.CopyTo(target);
        var length = source.Length;
        for (var changes = random.Next(1, 5); changes > 0; changes--)
        {
            if (length == 0) return 0;
            var at = random.Next(length);
            switch (random.Next(8))
            {
                case 0: target[at] ^= (byte)(1 << random.Next(8)); break;
                case 1: target[at] = (byte)random.Next(256); break;
                case 2: target[at] = Interesting[random.Next(Interesting.Length)]; break;
                case 3: length = at; break;
                case 4: length = Insert(target, length, at, [(byte)random.Next(256)]); break;
                case 5:
                    var other = Samples.All[random.Next(Samples.All.Count)].Bytes;
                    length = Insert(target, length, at, other.AsSpan(random.Next(other.Length)));
                    break;
                case 6:
                    target[(at + 1)..length].CopyTo(target[at..]);
                    length--;
                    break;
                default:
                    // The Remaining Length follows the changes, so that they reach the body.
                    if (length is > 2 and < 130) target[1] = (byte)(length - 2);
                    break;
            }
        }
        if (length is > 2 and < 130 && random.Next(2) == 0) target[1] = (byte)(length - 2);
        return length;
    }

    private static ReadOnlySpan<byte> Interesting => [0x00, 0x01, 0x02, 0x7F, 0x80, 0xC0, 0xED, 0xFF, (byte)'#', (byte)'+', (byte)'/', 0x26];

    private static int Insert(Span<byte> target, int length, int at, ReadOnlySpan<byte> piece)
    {
        if (length + piece.Length > target.Length) return length;
        target[at..length].CopyTo(target[(at + piece.Length)..]);
        piece.CopyTo(target[at..]);
        return length + piece.Length;
    }

    private static long? Setting(string name) =>
        long.TryParse(Environment.GetEnvironmentVariable(name), CultureInfo.InvariantCulture, out var value) ? value : null;
}
