using System.Globalization;
using System.Text;
using StepCloud.Bench.Frame;
using StepCloud.Bench.Processes;

namespace StepCloud.Bench.Load;

/// <summary>Steps of gateways, each another one: 36 of its bytes, the id, are written anew for each, and nothing else.</summary>
internal class StepTraffic : Traffic
{
    /// <summary>Behind `{"id":"`.</summary>
    private const int IdAt = 7;

    private const int IdChars = 36;

    /// <summary>What stands before what makes a step.</summary>
    public const int HeadBytes = IdAt + IdChars;

    private readonly IReadOnlyList<SignedInGateway> _gateways;
    private readonly TimeProvider _time;
    private readonly string[] _bodies;
    private long _made;

    /// <exception cref="BenchException">A step does not fit into so few bytes.</exception>
    public StepTraffic(IReadOnlyList<SignedInGateway> gateways, int payloadBytes, TimeProvider time)
        : this(gateways, time, time.GetUtcNow(), head => Fill(head, payloadBytes - HeadBytes))
    {
    }

    /// <param name="started">Of all the steps, which take no time.</param>
    /// <param name="finish">Makes a step of what stands before the text of its label: the label and all that follows, as long for each gateway.</param>
    public StepTraffic(IReadOnlyList<SignedInGateway> gateways, TimeProvider time, DateTimeOffset started, Func<string, string> finish)
    {
        _gateways = gateways;
        _time = time;
        string at = started.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);
        _bodies =
        [
            .. gateways.Select(gateway => finish($"\",\"device\":\"{gateway.Device}\",\"kind\":\"task_performed\",\"started\":\"{at}\",\"ended\":\"{at}\",\"label\":\"")),
        ];
        PayloadBytes = HeadBytes + Encoding.UTF8.GetByteCount(_bodies[0]);
    }

    public int PayloadBytes { get; }

    public override bool IsRenewed => true;

    public override byte[] Connect(int publisher) => Wire.Connect(_gateways[publisher].Id.ToString(), _gateways[publisher].AccessToken);

    public override string Topic(int publisher) => $"sc/1/{_gateways[publisher].Id}/steps";

    public override byte[] NewPayload(int publisher)
    {
        byte[] payload = Encoding.UTF8.GetBytes($$"""{"id":"{{Guid.Empty}}{{_bodies[publisher]}}""");
        Renew(publisher, payload);
        return payload;
    }

    /// <summary>The next UUIDv7 (RFC 9562 §5.7): the time, and for its random bits a number that no other step of this run has.</summary>
    public override void Renew(int publisher, Span<byte> payload)
    {
        Span<byte> id = payload.Slice(IdAt, IdChars);
        ulong milliseconds = (ulong)TimeOf(publisher).ToUnixTimeMilliseconds(), number = (ulong)Interlocked.Increment(ref _made);
        WriteHex(id[..8], milliseconds >> 16);
        id[8] = (byte)'-';
        WriteHex(id.Slice(9, 4), milliseconds & 0xFFFF);
        id[13] = (byte)'-';
        WriteHex(id.Slice(14, 4), 0x7000 | ((ulong)publisher & 0xFFF));
        id[18] = (byte)'-';
        WriteHex(id.Slice(19, 4), 0x8000 | ((number >> 48) & 0xFFF));
        id[23] = (byte)'-';
        WriteHex(id[24..], number & 0xFFFF_FFFF_FFFF);
    }

    /// <summary>That the publisher's next id shall have.</summary>
    protected virtual DateTimeOffset TimeOf(int publisher) => _time.GetUtcNow();

    private static void WriteHex(Span<byte> digits, ulong value)
    {
        for (int i = digits.Length - 1; i >= 0; i--, value >>= 4) digits[i] = "0123456789abcdef"u8[(int)(value & 15)];
    }

    /// <summary>With a label of as many letters as are missing.</summary>
    protected static string Fill(string body, int bytes)
    {
        const string end = "\"}";
        int letters = bytes - body.Length - end.Length;
        if (letters < 0) throw new BenchException($"A step needs {-letters} bytes more than --payload has.");
        // A name has 200 letters at most; what is more goes into the settings.
        const int labelMax = 200;
        if (letters <= labelMax) return body + new string('x', letters) + end;
        const string settings = "\",\"settings\":{\"s\":\"", settingsEnd = "\"}}";
        return body + settings + new string('x', bytes - body.Length - settings.Length - settingsEnd.Length) + settingsEnd;
    }
}
