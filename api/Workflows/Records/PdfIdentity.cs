using System.Security.Cryptography;
using System.Text.RegularExpressions;
using System.Text;
using PdfSharp.Pdf;

namespace StepCloud.Api.Workflows.Records;

/// <summary>
/// Puts what follows from the record in the place of what PDFsharp draws by lot: two UUIDs of the metadata (XMP), and the six letters before the
/// name of an embedded font (ISO 32000-2 §9.9.2). Every one is as long as what it replaces, so that no offset of the file moves.
/// </summary>
internal static partial class PdfIdentity
{
    public static byte[] SaveAs(PdfDocument document, byte[] sha256)
    {
        string id = Encoding.Latin1.GetString(sha256, 0, 16);
        document.Internals.FirstDocumentID = id;
        document.Internals.SecondDocumentID = id;
        using MemoryStream stream = new();
        document.Save(stream, closeStream: false);

        // Latin-1 takes any byte to one character and back.
        string file = Encoding.Latin1.GetString(stream.GetBuffer(), 0, (int)stream.Length);
        string uuid = new Guid(sha256.AsSpan(0, 16), bigEndian: true).ToString("D");
        file = XmpIds().Replace(file, match => match.Groups["before"].Value + uuid);
        Dictionary<string, string> tags = new(StringComparer.Ordinal);
        file = FontTags().Replace(file, match =>
        {
            string name = match.Groups["name"].Value;
            if (!tags.TryGetValue(name, out string? tag)) tags[name] = tag = TagOf(sha256, tags.Count);
            return $"/{tag}+{name}";
        });
        return Encoding.Latin1.GetBytes(file);
    }

    private static string TagOf(byte[] sha256, int font) =>
        string.Concat(SHA256.HashData([.. sha256, (byte)font]).Take(6).Select(number => (char)('A' + (number % 26))));

    [GeneratedRegex("(?<before><xmpMM:(DocumentID|InstanceID)>uuid:)[0-9a-f-]{36}", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 10_000)]
    private static partial Regex XmpIds();

    [GeneratedRegex(@"/[A-Z]{6}\+(?<name>DejaVu[A-Za-z0-9#,-]*)", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 10_000)]
    private static partial Regex FontTags();
}
