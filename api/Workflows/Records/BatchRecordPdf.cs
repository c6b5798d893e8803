using System.Security.Cryptography;
using PdfSharp.Drawing;
using PdfSharp.Pdf;
using StepCloud.Contracts.Workflows;

namespace StepCloud.Api.Workflows.Records;

/// <summary>
/// A batch record for people, made from the file alone: the same file gives the same bytes with the same version of this program, whenever and
/// wherever it is made.
/// </summary>
/// <remarks>It checks hashes, and no keys: that a signature holds is what `stepcloud batch-record verify` says.</remarks>
public static class BatchRecordPdf
{
    private const double Band = 46;

    /// <summary>PDFsharp keeps its fonts for the whole process, and draws into them: one PDF at a time.</summary>
    private static readonly Lock s_turn = new();

    /// <exception cref="FontsMissingException">The fonts are not installed.</exception>
    public static byte[] Make(BatchRecordFile file)
    {
        lock (s_turn)
        {
            // Before PDFsharp's first call: it asks for its settings then.
            _ = PdfFonts.Regular;
            using PdfDocument document = new();
            document.Info.Title = $"Batch record {file.Record.Facts.Job.Id}";
            document.Info.CreationDate = document.Info.ModificationDate = RecordTimes.NewestOf(file).UtcDateTime;
            document.Options.CompressContentStreams = true;

            PdfStanding standing = PdfStanding.Of(file);
            using (PdfPaper paper = new(document))
            {
                PdfSummary.Write(paper, file, standing);
                PdfSteps.Write(paper, file);
                PdfProof.Write(paper, file);
                string record = Convert.ToHexStringLower(SHA256.HashData(file.RecordBytes.Span));
                paper.OnEveryPage((page, number, count) => Frame(page, file, standing, record, number, count));
            }

            return PdfIdentity.SaveAs(document, SHA256.HashData(file.Bytes.Span));
        }
    }

    private static void Frame(PdfPaper paper, BatchRecordFile file, PdfStanding standing, string record, int number, int count)
    {
        const double banner = 190;
        RecordJob job = file.Record.Facts.Job;
        paper.Write($"Batch record of job {job.Code}", PdfPaper.Left, 30, 12, isBold: true, PdfPaper.Width - banner - 10);
        paper.Write($"{file.Record.Context.Organization}, {job.Id}", PdfPaper.Left, 48, 7, isBold: false, PdfPaper.Width - banner - 10);
        XSolidBrush brush = new(standing.Colour);
        paper.Page.DrawRectangle(brush, PdfPaper.Right - banner, 26, banner, Band - 14);
        double width = PdfFonts.Bold.WidthOf(standing.Words, 18);
        paper.Write(standing.Words, PdfPaper.Right - (banner / 2) - (width / 2), 32, 18, isBold: true, banner, XBrushes.White);
        if (!standing.IsSigned)
        {
            // Across the whole head, so that no copy of a page can be taken for a signed one.
            paper.Page.DrawRectangle(brush, 0, 64, PdfPaper.PageWidth, 12);
            for (double x = 8; x < PdfPaper.PageWidth; x += 98) paper.Write(standing.Words, x, 65.5, 7, isBold: true, 96, XBrushes.White);
        }

        paper.Page.DrawLine(XPens.Gray, PdfPaper.Left, 808, PdfPaper.Right, 808);
        paper.Write($"SHA-256 of the record: {record}", PdfPaper.Left, 811, 6, isBold: false, 400);
        string page = $"page {number} of {count}";
        paper.Write(page, PdfPaper.Right - PdfFonts.Regular.WidthOf(page, 7), 811, 7, isBold: false, 100);
    }
}

/// <summary>What stands on the head of every page.</summary>
/// <param name="IsSigned">By somebody, and nothing shows that it was changed afterwards.</param>
internal sealed record PdfStanding(string Words, XColor Colour, bool IsSigned, IReadOnlyList<string> Faults)
{
    public static PdfStanding Of(BatchRecordFile file)
    {
        IReadOnlyList<string> faults = BatchRecordVerifier.FaultsWithoutKeys(file);
        if (faults.Count > 0) return new PdfStanding("NOT SOUND", XColors.DarkRed, IsSigned: false, faults);
        return file.Signatures switch
        {
            [] => new PdfStanding("NOT SIGNED", XColors.Crimson, IsSigned: false, faults),
            [{ Meaning: SignatureFacts.Released }] => new PdfStanding("RELEASED", XColors.SeaGreen, IsSigned: true, faults),
            _ => new PdfStanding("REJECTED", XColors.Black, IsSigned: true, faults),
        };
    }
}

/// <summary>The newest time that a record names: when its PDF is said to be made.</summary>
internal static class RecordTimes
{
    public static DateTimeOffset NewestOf(BatchRecordFile file)
    {
        RecordFacts facts = file.Record.Facts;
        IEnumerable<DateTimeOffset?>[] times =
        [
            [facts.Job.CreatedAt, facts.Job.CompletedAt, file.Entry?.At],
            facts.Steps.SelectMany(step => new DateTimeOffset?[] { step.Ended, step.Received }),
            facts.Materials.SelectMany(material => new[] { material.AddedAt, material.RemovedAt }),
            facts.Devices.Select(device => (DateTimeOffset?)device.AddedAt),
            facts.Choices.Select(choice => (DateTimeOffset?)choice.At),
            facts.Deviations.SelectMany(deviation => new[] { deviation.FoundAt, deviation.WithdrawnAt, deviation.DisposedAt }),
        ];
        return times.SelectMany(each => each).Max()!.Value;
    }
}
