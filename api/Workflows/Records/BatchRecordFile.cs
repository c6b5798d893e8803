using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Unicode;
using StepCloud.Api.Audit;
using StepCloud.Contracts.Audit;
using StepCloud.Contracts.Ids;

namespace StepCloud.Api.Workflows.Records;

/// <summary>
/// A batch record as a file: the record and its charts byte for byte as they were signed, the signatures over them, and the entry of the audit
/// that the signature made.
/// </summary>
public sealed class BatchRecordFile
{
    public const string Format = "stepcloud-batch-record/1";

    /// <summary>A job of 50 steps with 40 series each, and charts of 120 points, has about 5 MB.</summary>
    public const int BytesMax = 64 * 1024 * 1024;

    /// <summary>Of a blueprint's document and the settings in it; everything of ours is shallower.</summary>
    private const int DepthMax = 64;

    private static readonly JsonSerializerOptions s_json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        UnmappedMemberHandling = System.Text.Json.Serialization.JsonUnmappedMemberHandling.Disallow,
        RespectNullableAnnotations = true,
        RespectRequiredConstructorParameters = true,
        AllowDuplicateProperties = false,
        MaxDepth = DepthMax,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    private BatchRecordFile(byte[] bytes, WrittenFile written)
    {
        Bytes = bytes;
        (Record, Charts, Signatures) = (written.Record, written.Charts, written.Signatures);
        RecordBytes = JsonPart.Find(bytes, "record");
        ChartsBytes = JsonPart.Find(bytes, "charts");
        DocumentBytes = JsonPart.Find(bytes, "record", "facts", "blueprint", "document");
        if (written.Audit is not { } audit) return;
        Entry = EntryOf(audit.Entry);
        Head = audit.Head;
    }

    /// <summary>The whole file.</summary>
    public ReadOnlyMemory<byte> Bytes { get; }

    public BatchRecord Record { get; }

    /// <summary>What the signatures are over.</summary>
    public ReadOnlyMemory<byte> RecordBytes { get; }

    /// <summary>By step, then by the series' name.</summary>
    public IReadOnlyDictionary<Guid, IReadOnlyDictionary<string, RecordChart>> Charts { get; }

    public ReadOnlyMemory<byte> ChartsBytes { get; }

    /// <summary>The blueprint's document, which its approval is over.</summary>
    public ReadOnlyMemory<byte> DocumentBytes { get; }

    /// <summary>Of the job; none while nobody has decided.</summary>
    public IReadOnlyList<SignatureRow> Signatures { get; }

    /// <summary>Which the signature made; null without one.</summary>
    public AuditEntry? Entry { get; }

    /// <summary>A head over <see cref="Entry"/>, a compact JWS.</summary>
    public string? Head { get; }

    /// <summary>The one way in which a file is written, so that a file with any other byte is another file.</summary>
    /// <param name="record">JSON, taken over byte for byte.</param>
    /// <param name="charts">JSON, taken over byte for byte.</param>
    /// <param name="head">A head over the entry; null where there is no entry.</param>
    public static byte[] Write(ReadOnlySpan<byte> record, ReadOnlySpan<byte> charts, IReadOnlyList<SignatureRow> signatures, AuditEntry? entry, string? head)
    {
        using MemoryStream file = new();
        file.Write("{\"format\":\"stepcloud-batch-record/1\",\"record\":"u8);
        file.Write(record);
        file.Write(",\"charts\":"u8);
        file.Write(charts);
        file.Write(",\"signatures\":"u8);
        file.Write(JsonSerializer.SerializeToUtf8Bytes(signatures, s_json));
        file.Write(",\"audit\":"u8);
        if (entry is null || head is null)
        {
            file.Write("null"u8);
        }
        else
        {
            file.Write("{\"entry\":"u8);
            file.Write(Encoding.UTF8.GetBytes(AuditLines.Of(entry)));
            file.Write(",\"head\":"u8);
            file.Write(JsonSerializer.SerializeToUtf8Bytes(head, s_json));
            file.WriteByte((byte)'}');
        }

        file.WriteByte((byte)'}');
        return file.ToArray();
    }

    /// <summary>Is it written in the one way that it can be?</summary>
    public bool IsAsWritten() => Bytes.Span.SequenceEqual(Write(RecordBytes.Span, ChartsBytes.Span, Signatures, Entry, Head));

    /// <exception cref="FormatException">It is no batch record; the message says why.</exception>
    public static BatchRecordFile Read(byte[] bytes)
    {
        if (bytes.Length > BytesMax) throw new FormatException($"A batch record has at most {BytesMax} bytes, this one {bytes.Length}.");
        if (!Utf8.IsValid(bytes)) throw new FormatException("It is not UTF-8.");
        try
        {
            WrittenFile written = JsonSerializer.Deserialize<WrittenFile>(bytes, s_json) ?? throw new FormatException("It is null.");
            if (written.Format != Format) throw new FormatException($"Its format is '{written.Format}'; this program knows '{Format}'.");
            return HasHoles(written) ? throw new FormatException("It is no batch record: a list of it holds a null.") : new BatchRecordFile(bytes, written);
        }
        // InvalidOperationException: a text with half of a surrogate pair.
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            throw new FormatException("It is no batch record: " + e.Message, e);
        }
    }

    /// <exception cref="FormatException">It is no batch record; the message says why.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static async Task<BatchRecordFile> ReadAsync(FileInfo file, CancellationToken cancellationToken)
    {
        if (file.Length > BytesMax) throw new FormatException($"A batch record has at most {BytesMax} bytes, this one {file.Length}.");
        return Read(await File.ReadAllBytesAsync(file.FullName, cancellationToken));
    }

    private static AuditEntry EntryOf(WrittenEntry entry) => new(
        entry.Organization, entry.Sequence,
        DateTimeOffset.Parse(entry.At, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal),
        entry.Doer.Kind, entry.Doer.Id, entry.Doer.RemoteAddress, entry.Doer.Agent, entry.Action, entry.Subject.Kind, entry.Subject.Id, entry.Old, entry.New,
        Convert.FromHexString(entry.PreviousHash), Convert.FromHexString(entry.Hash));

    /// <summary>The serializer refuses a null for a member, and lets one pass as an element.</summary>
    private static bool HasHoles(WrittenFile file)
    {
        RecordFacts facts = file.Record.Facts;
        IEnumerable<object?>[] lists =
        [
            file.Signatures, facts.Materials, facts.Expected, facts.Steps, facts.Choices, facts.Deviations, file.Record.Context.Devices,
            file.Record.Context.Users, file.Charts.Values,
        ];
        return lists.Any(list => list.Contains(null)) || facts.Steps.Any(step => step.Series.Contains(null!))
            || file.Charts.Values.Any(charts => charts.Values.Contains(null!));
    }

    private sealed record WrittenFile(
        string Format, BatchRecord Record, IReadOnlyDictionary<Guid, IReadOnlyDictionary<string, RecordChart>> Charts, IReadOnlyList<SignatureRow> Signatures,
        WrittenAudit? Audit);

    private sealed record WrittenAudit(WrittenEntry Entry, string Head);

    /// <summary>As <see cref="AuditLines"/> write it.</summary>
    private sealed record WrittenEntry(
        OrganizationId? Organization, long Sequence, string At, AuditDoerResponse Doer, string Action, WrittenSubject Subject, string? Old, string? New,
        string PreviousHash, string Hash);

    private sealed record WrittenSubject(string Kind, string Id);
}
