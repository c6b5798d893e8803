using System.Globalization;
using System.Text;
using System.Text.Json;
using StepCloud.Contracts.Refusals;

namespace StepCloud.Api.Ingress;

/// <summary>Walks over a message's JSON and remembers the first thing that is wrong with the element it is in.</summary>
/// <remarks>
/// What is wrong with an element is a <see cref="Refusal"/>, and the walk goes on behind it. What is wrong with the JSON itself throws
/// <see cref="JsonException"/> from the reader, since nothing behind it can be trusted; the caller of the walk catches that once.
/// The payload must be valid UTF-8 before the walk begins.
/// </remarks>
internal ref struct JsonCursor(ReadOnlySpan<byte> utf8)
{
    public const int DepthMax = 64;

    private static readonly JsonReaderOptions s_options = new() { MaxDepth = DepthMax };

    private readonly ReadOnlySpan<byte> _utf8 = utf8;

    private Utf8JsonReader _reader = new(utf8, s_options);

    /// <summary>Where in the message the reader began.</summary>
    private int _start;

    public Refusal? Refusal { get; private set; }

    public readonly JsonTokenType Token => _reader.TokenType;

    public readonly int Position => _start + (int)_reader.BytesConsumed;

    public readonly int TokenStart => _start + (int)_reader.TokenStartIndex;

    public readonly int Depth => _reader.CurrentDepth;

    public bool Read() => _reader.Read();

    /// <summary>Past the end of the object, array or value that begins here.</summary>
    public void Skip() => _reader.Skip();

    /// <summary>The object, array or value that begins here, as it was written; the walk goes on behind it.</summary>
    public string TakeRaw()
    {
        int start = TokenStart;
        _reader.Skip();
        return Encoding.UTF8.GetString(_utf8[start..Position]);
    }

    public void ClearRefusal() => Refusal = null;

    /// <summary>Remembers a reason, if it is the first, and says "no".</summary>
    public bool Refuse(RefusalCode code, string reason)
    {
        Refusal ??= new Refusal(code, reason);
        return false;
    }

    /// <summary>Leaves the element whose first token stood at that depth, from wherever in it the walk is.</summary>
    public void LeaveTo(int depth)
    {
        while (_reader.CurrentDepth > depth || _reader.TokenType is JsonTokenType.PropertyName) _reader.Read();
    }

    /// <summary>The next member of the object the walk is in; false at its end.</summary>
    public bool NextMember(out string name)
    {
        name = "";
        _reader.Read();
        if (_reader.TokenType == JsonTokenType.EndObject) return false;
        name = Unescape() ?? "";
        _reader.Read();
        return true;
    }

    public bool ExpectObject(string path) => Token == JsonTokenType.StartObject || WrongType(path, "an object");

    public bool ExpectArray(string path) => Token == JsonTokenType.StartArray || WrongType(path, "an array");

    public bool WrongType(string path, string expected) =>
        Refuse(RefusalCode.WrongType, $"{path} must be {expected}, and is {Describe(Token)}.");

    public bool ReadString(string path, int charsMax, out string value) => ReadString(path, "", charsMax, out value);

    /// <param name="member">Behind the path; the two are joined only to say what is wrong.</param>
    public bool ReadString(string path, string member, int charsMax, out string value)
    {
        value = "";
        if (Token != JsonTokenType.String) return WrongType(path + member, "a string");
        if (Unescape() is not { } text)
            return Refuse(RefusalCode.ForbiddenCharacter, $"{path}{member} holds half of a surrogate pair, which is no character.");
        if (text.Length > charsMax)
            return Refuse(RefusalCode.TooLarge, $"{path}{member} has {text.Length} characters; at most {charsMax} are taken.");
        if (text.Contains('\0'))
            return Refuse(RefusalCode.ForbiddenCharacter, $"{path}{member} holds the character U+0000, which cannot be stored.");
        value = text;
        return true;
    }

    public bool ReadGuid(string path, out Guid value)
    {
        value = default;
        if (Token != JsonTokenType.String) return WrongType(path, "a UUID");
        // The reader throws at half of a surrogate pair. Only an escape can be one.
        bool isText = !_reader.ValueIsEscaped || Unescape() is not null;
        return (isText && _reader.TryGetGuid(out value)) || Refuse(RefusalCode.WrongType, $"{path} must be a UUID of 36 characters.");
    }

    /// <summary>An RFC 3339 time with its offset, as UTC, cut to the microsecond.</summary>
    public bool ReadTime(string path, out DateTimeOffset value)
    {
        value = default;
        if (Token != JsonTokenType.String) return WrongType(path, "a time such as 2026-11-21T07:00:00.123456Z");
        if (!HasOffset(Unescape()) || !_reader.TryGetDateTimeOffset(out DateTimeOffset time))
            return Refuse(RefusalCode.WrongType, $"{path} must be an RFC 3339 time with its offset, such as 2026-11-21T07:00:00.123456Z.");
        long ticks = time.UtcTicks;
        value = new DateTimeOffset(ticks - (ticks % TimeSpan.TicksPerMicrosecond), TimeSpan.Zero);
        return true;
    }

    /// <summary>All of the array that begins here, when it holds finite numbers and nothing else; the walk is at its end then, and has not moved otherwise.</summary>
    public bool TryReadDoubles(out double[] values)
    {
        values = PlainNumbers.TryReadDoubles(_utf8, Position, out int end) ?? [];
        return TryEndArray(end, values.Length);
    }

    /// <summary>As <see cref="TryReadDoubles"/>, of whole numbers within 64 bits.</summary>
    public bool TryReadWholes(out long[] values)
    {
        values = PlainNumbers.TryReadWholes(_utf8, Position, out int end) ?? [];
        return TryEndArray(end, values.Length);
    }

    public bool ReadMicroseconds(string path, int index, out long value)
    {
        value = 0;
        if (Token != JsonTokenType.Number) return WrongType($"{path}/{index}", "a whole number of microseconds");
        return _reader.TryGetInt64(out value)
            || Refuse(RefusalCode.WrongType, $"{path}/{index} must be a whole number of microseconds within 64 bits.");
    }

    public bool ReadWhole(string path, out long value)
    {
        value = 0;
        if (Token != JsonTokenType.Number) return WrongType(path, "a whole number");
        return _reader.TryGetInt64(out value) || Refuse(RefusalCode.WrongType, $"{path} must be a whole number within 64 bits.");
    }

    public bool ReadNumber(string path, out double value)
    {
        value = 0;
        if (Token != JsonTokenType.Number) return WrongType(path, "a number");
        return (_reader.TryGetDouble(out value) && double.IsFinite(value)) || Refuse(RefusalCode.ValueNotFinite, $"{path} is beyond what a double can hold.");
    }

    public bool ReadDouble(string path, int index, out double value)
    {
        value = 0;
        if (Token == JsonTokenType.Number)
        {
            return (_reader.TryGetDouble(out value) && double.IsFinite(value))
                || Refuse(RefusalCode.ValueNotFinite, $"{path}/{index} is beyond what a double can hold.");
        }

        // The ways in which JSON libraries write what JSON has no number for.
        bool isNotFinite = Token == JsonTokenType.Null || (Token == JsonTokenType.String && IsNotFiniteName(_reader.ValueSpan));
        return isNotFinite
            ? Refuse(RefusalCode.ValueNotFinite, $"{path}/{index} is {Describe(Token)} instead of a finite number. Leave the sample out.")
            : WrongType($"{path}/{index}", "a number");
    }

    public readonly ReadOnlySpan<byte> NumberText => _reader.ValueSpan;

    /// <summary>The text of the string or member name here; null when an escape in it is half of a surrogate pair.</summary>
    public readonly string? Unescape()
    {
        try
        {
            return _reader.GetString();
        }
        catch (InvalidOperationException)
        {
            return null;
        }
    }

    /// <summary>Where in the message the JSON broke, in words for the maker of the gateway.</summary>
    public static Refusal Malformed(ReadOnlySpan<byte> utf8, JsonException e)
    {
        e = Locate(utf8, e);
        string where = string.Create(
            CultureInfo.InvariantCulture, $"line {(e.LineNumber ?? 0) + 1}, byte {(e.BytePositionInLine ?? 0) + 1}");
        return NotANumber(utf8, e)
            ? new Refusal(RefusalCode.ValueNotFinite, $"At {where}: JSON has no NaN and no Infinity. Leave the sample out.")
            : new Refusal(RefusalCode.MalformedJson, $"The message is not JSON (RFC 8259): it breaks at {where}.");
    }

    /// <summary>To the array's end, as if there were nothing in it.</summary>
    private bool TryEndArray(int end, int count)
    {
        if (count == 0) return false;
        _reader = new Utf8JsonReader(_utf8[end..], isFinalBlock: true, _reader.CurrentState);
        _start = end;
        return _reader.Read();
    }

    /// <summary>What is wrong, with its place: a walk that has passed over arrays knows that no more.</summary>
    private static JsonException Locate(ReadOnlySpan<byte> utf8, JsonException e)
    {
        try
        {
            Utf8JsonReader reader = new(utf8, s_options);
            while (reader.Read())
            {
            }

            return e;
        }
        catch (JsonException located)
        {
            return located;
        }
    }

    private static bool NotANumber(ReadOnlySpan<byte> utf8, JsonException e)
    {
        ReadOnlySpan<byte> rest = utf8;
        for (long line = 0; line < (e.LineNumber ?? 0) && rest.IndexOf((byte)'\n') is var end and >= 0; line++) rest = rest[(end + 1)..];
        int at = (int)Math.Min(e.BytePositionInLine ?? 0, rest.Length);
        // The reader may stand on the sign or on the name behind it.
        rest = rest[Math.Max(0, at - 1)..];
        return rest.StartsWith("NaN"u8) || rest.StartsWith("Infinity"u8) || (rest.Length > 1 && rest[1..] is var next
            && (next.StartsWith("NaN"u8) || next.StartsWith("Infinity"u8)));
    }

    private static bool IsNotFiniteName(ReadOnlySpan<byte> text) =>
        Encoding.UTF8.GetString(text).TrimStart('-', '+').ToUpperInvariant() is "NAN" or "INF" or "INFINITY";

    private static bool HasOffset(string? text) =>
        text is { Length: >= 20 } && (text[^1] == 'Z' || (text[^3] == ':' && text[^6] is '+' or '-'));

    private static string Describe(JsonTokenType token) => token switch
    {
        JsonTokenType.StartObject => "an object",
        JsonTokenType.StartArray => "an array",
        JsonTokenType.String => "a string",
        JsonTokenType.Number => "a number",
        JsonTokenType.True or JsonTokenType.False => "a truth value",
        JsonTokenType.Null => "null",
        _ => "nothing",
    };
}
