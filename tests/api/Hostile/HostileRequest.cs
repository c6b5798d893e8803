using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using FsCheck;
using FsCheck.Fluent;

namespace StepCloud.Tests.Api.Hostile;

/// <summary>A request that is wrong somewhere, or nowhere.</summary>
internal sealed record HostileRequest(string Path, byte[]? Body, string? MediaType)
{
    private const string Form = "application/x-www-form-urlencoded";

    private static readonly byte[] s_octets = [0x00, 0x1F, 0x22, 0x5C, 0x7B, 0x7F, 0x80, 0xC0, 0xED, 0xF8, 0xFF];

    /// <param name="good">The path of a request that would be granted, with real ids.</param>
    /// <param name="body">Its body; null when it has none.</param>
    /// <param name="more">Members and parameters that the endpoint knows.</param>
    public static Gen<HostileRequest> Of(string good, string? body, bool isForm, IReadOnlyCollection<string> more)
    {
        Gen<string> path = Gen.Frequency((4, Gen.Constant(good)), (1, WithOtherIds(good)), (1, WithQuery(good, more)));
        Gen<byte[]?> bytes = body is null ? Gen.Frequency((3, Gen.Constant<byte[]?>(null)), (1, HostileText.Json.Select(Utf8)))
            : isForm ? FormBody(body, more)
            : JsonBody(body, more);
        string usual = isForm ? Form : "application/json";
        Gen<string?> mediaType = Gen.Frequency((15, Gen.Constant<string?>(usual)), (1, Gen.Elements<string?>(
            null, "text/plain", "application/json; charset=utf-16", "application/json; charset=nonsense", "application/json;;", "json", "*/*", Form,
            "multipart/form-data; boundary=x", "application/problem+json")));
        return from p in path from b in bytes from m in mediaType select new HostileRequest(p, b, m);
    }

    /// <summary>For the report of a failure.</summary>
    public override string ToString() => $"{Path} ({MediaType}) {(Body is null ? "" : Shown(Encoding.UTF8.GetString(Body)))}";

    private static Gen<byte[]?> JsonBody(string body, IReadOnlyCollection<string> more)
    {
        Gen<string> changed = HostileText.Changed(JsonNode.Parse(body)!, more);
        Gen<string> any = Gen.OneOf(Gen.Constant(body), changed);
        return Gen.Frequency(
            (10, changed.Select(Utf8)),
            (1, HostileText.Json.Select(Utf8)),
            (2, from text in any from length in Gen.Choose(0, body.Length) select Utf8(text[..Math.Min(length, text.Length)])),
            (2, from text in any from place in Gen.Choose(0, 10_000) from octet in Gen.Elements(s_octets) select With(Utf8(text)!, place, octet)),
            (1, any.Select<string, byte[]?>(text => [0xEF, 0xBB, 0xBF, .. Utf8(text)!])),
            (1, any.Select<string, byte[]?>(Encoding.Unicode.GetBytes)));
    }

    private static Gen<byte[]?> FormBody(string body, IReadOnlyCollection<string> more)
    {
        string[] pairs = body.Split('&');
        Gen<string> changed =
            from place in Gen.Choose(0, pairs.Length - 1)
            from value in HostileText.InUri
            from extra in Gen.OneOf(Gen.Constant(""), Gen.Elements(more.Append("unknown")).Select(name => $"&{name}={value}"))
            select string.Join('&', pairs.Select((pair, index) => index == place ? $"{pair.Split('=')[0]}={value}" : pair)) + extra;
        return Gen.Frequency(
            (6, changed.Select(Utf8)),
            (2, from text in changed from place in Gen.Choose(0, 10_000) from octet in Gen.Elements(s_octets) select With(Utf8(text)!, place, octet)),
            (1, HostileText.Json.Select(Utf8)));
    }

    private static Gen<string> WithOtherIds(string path) =>
        from id in HostileText.InUri
        select Regex.Replace(path, "(?<=/)[0-9a-f]{8}-[0-9a-f-]{27}", _ => id, RegexOptions.None, TimeSpan.FromSeconds(1));

    private static Gen<string> WithQuery(string path, IReadOnlyCollection<string> more) =>
        from name in Gen.Elements(more.Append("unknown"))
        from value in HostileText.InUri
        from other in Gen.OneOf(Gen.Constant(""), Gen.Elements(more.Append("limit")).Select(second => $"&{second}={value}"))
        select $"{path}?{name}={value}{other}";

    private static byte[]? Utf8(string text) => Encoding.UTF8.GetBytes(text);

    private static byte[]? With(byte[] bytes, int place, byte octet)
    {
        if (bytes.Length > 0) bytes[place % bytes.Length] = octet;
        return bytes;
    }

    private static string Shown(string text) => HostileText.Quoted(text.Length <= 1_000 ? text : text[..1_000] + "...");
}
