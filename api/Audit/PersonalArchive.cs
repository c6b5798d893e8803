using System.IO.Compression;
using System.Text.Encodings.Web;
using System.Text.Json;
using StepCloud.Api.Recordings;
using StepCloud.Contracts.Audit;
using StepCloud.Storage;
using StepCloud.Storage.Cases;

namespace StepCloud.Api.Audit;

/// <summary>What is known of a person as one archive: a ZIP of JSON files that a person can read, and a program too.</summary>
internal static class PersonalArchive
{
    public const string MediaType = "application/zip";

    private static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        WriteIndented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    public static byte[] Of(CaseContents contents) => Zip(
        ("case.json", contents.Case), ("consents.json", contents.Consents), ("jobs.json", contents.Jobs),
        ("recordings.json", contents.Recordings.Select(one => new { Recording = RecordingResponse.Of(one.Recording, one.Name), one.Folders })), ("audit.json", Readable(contents.Audit)));

    public static byte[] Of(UserContents contents) => Zip(("user.json", contents.User), ("sessions.json", contents.Sessions), ("audit.json", Readable(contents.Audit)));

    private static IEnumerable<AuditEntryResponse> Readable(IEnumerable<AuditEntry> entries) => entries.Select(AuditEntryResponse.Of);

    private static byte[] Zip(params (string Name, object Content)[] files)
    {
        using MemoryStream bytes = new();
        using (ZipArchive archive = new(bytes, ZipArchiveMode.Create, leaveOpen: true))
        {
            foreach ((string name, object content) in files)
            {
                using Stream file = archive.CreateEntry(name).Open();
                JsonSerializer.Serialize(file, content, content.GetType(), Json);
            }
        }

        return bytes.ToArray();
    }
}
