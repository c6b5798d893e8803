using System.Security.Cryptography;
using StepCloud.Api.Audit;
using StepCloud.Contracts.Audit;

namespace StepCloud.Api.Workflows.Records;

/// <summary>The last section: the hashes and the audit, by which this document is found to belong to its file.</summary>
internal static class PdfProof
{
    private static readonly PdfColumn[] s_pairs = [new("", 110), new("", 405)];

    public static void Write(PdfPaper paper, BatchRecordFile file)
    {
        paper.Heading("Hashes");
        paper.Table(s_pairs,
        [
            ["SHA-256 of the record", HashOf(file.RecordBytes)],
            ["SHA-256 of the charts", HashOf(file.ChartsBytes)],
            ["SHA-256 of the document", HashOf(file.DocumentBytes)],
            ["SHA-256 of the file", HashOf(file.Bytes)],
        ]);
        paper.Heading("Audit");
        if (file.Entry is not { } entry)
        {
            paper.Paragraph("None: an entry is made by a signature.", size: 7);
        }
        else
        {
            AuditHead? head = AuditHeadToken.Read(file.Head!);
            paper.Table(s_pairs,
            [
                ["Entry", $"{entry.Sequence} of the organization's chain, {entry.Action}, {PrintedText.Time(entry.At)} UTC"],
                ["Its hash", Convert.ToHexStringLower(entry.Hash)],
                ["Head", head is null ? "it cannot be read" : $"over entry {head.Sequence}, signed {PrintedText.Time(head.SignedAt)} UTC with the key {head.KeyId}"],
            ]);
        }

        paper.Paragraph(
            $"Times are UTC. {PrintedFont.Stand} stands for a character that these fonts do not have, or that is not printed; a text that ends in ... is longer. The file has all of it.",
            size: 6.5);
    }

    private static string HashOf(ReadOnlyMemory<byte> bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes.Span));
}
