using System.Diagnostics;
using System.Text;
using Shouldly;
using StepCloud.Api.Workflows.Records;
using StepCloud.Contracts.Workflows;
using StepCloud.Tests.Support;
using Xunit;

namespace StepCloud.Tests.Api.BatchRecords;

/// <summary>The printed record; Debian's poppler is the outside judge of what stands on its pages.</summary>
public sealed class BatchRecordPdfTests
{
    [Fact]
    public void Made_twice_it_is_the_same_byte_for_byte_and_another_record_is_another_document()
    {
        BatchRecordFile file = BatchRecordFile.Read(new SampleRecord().Signed());
        byte[] first = BatchRecordPdf.Make(file), second = BatchRecordPdf.Make(BatchRecordFile.Read(file.Bytes.ToArray()));
        first.ShouldBe(second);
        BatchRecordPdf.Make(BatchRecordFile.Read(new SampleRecord { Said = "Other" }.Signed())).ShouldNotBe(first);
    }

    [Fact]
    public async Task A_release_a_rejection_a_draft_and_an_altered_record_cannot_be_taken_for_each_other()
    {
        SampleRecord sample = new();
        byte[] altered = SampleRecord.Rewritten(sample.Signed(), "\"parts\":2", "\"parts\":3");
        (byte[] File, string Words)[] cases =
        [
            (sample.Signed(), "RELEASED"), (new SampleRecord { Meaning = SignatureFacts.Rejected }.Signed(), "REJECTED"), (sample.Unsigned(), "NOT SIGNED"),
            (altered, "NOT SOUND"),
        ];
        foreach ((byte[] file, string words) in cases)
        {
            string[] pages = await PagesAsync(BatchRecordPdf.Make(BatchRecordFile.Read(file)));
            foreach (string page in pages) foreach ((_, string other) in cases) page.Contains(other).ShouldBe(other == words, $"{words}, {other}");
        }
    }

    [Fact]
    public async Task It_shows_who_signed_when_and_with_which_meaning_and_every_section()
    {
        string[] pages = await PagesAsync(BatchRecordPdf.Make(BatchRecordFile.Read(new SampleRecord().Signed())));
        string text = string.Join('\n', pages);
        foreach (string shown in new[] { "Ada Ok", "2026-11-20T11:00:00Z", "released: this job", "approved: version 1", "password and second factor" }) text.ShouldContain(shown);
        foreach (string shown in new[] { "J-1 Ok", "Expected steps", "missing", "L-7", "Cure was not done. Ok", "accept: Ok", "Steps (2)", "max 0.5", "job.released" }) text.ShouldContain(shown);
        for (int i = 0; i < pages.Length; i++) pages[i].ShouldContain($"page {i + 1} of {pages.Length}");
    }

    [Theory]
    [InlineData("中文 \U0001F600 مرحبا \u202E\u0001\u001B[2J \u0000 e\u0301\u0301\u0301")]
    [InlineData("(\\) <</Type>> endstream endobj %%EOF </rdf:li>")]
    [InlineData("a\nb\r\nc\u2028d\te")]
    [InlineData("")]
    [InlineData(" ")]
    public async Task Whatever_people_and_gateways_say_stays_a_text(string said)
    {
        byte[] pdf = BatchRecordPdf.Make(BatchRecordFile.Read(new SampleRecord { Said = said }.Signed()));
        (await PagesAsync(pdf))[0].ShouldContain("RELEASED");
    }

    [Fact]
    public async Task A_very_long_text_without_a_space_is_cut_and_no_page_is_wider_or_endless()
    {
        byte[] pdf = BatchRecordPdf.Make(BatchRecordFile.Read(new SampleRecord { Said = new string('W', 200_000) }.Signed()));
        string[] pages = await PagesAsync(pdf);
        pages.Length.ShouldBeLessThan(30);
        string.Join('\n', pages).ShouldContain("W...");
    }

    [Fact]
    public async Task A_job_without_steps_and_series_without_samples_are_printed()
    {
        (await PagesAsync(BatchRecordPdf.Make(BatchRecordFile.Read(new SampleRecord { Steps = 0 }.Unsigned())))).ShouldContain(page => page.Contains("No step was done."));
        (await PagesAsync(BatchRecordPdf.Make(BatchRecordFile.Read(new SampleRecord { Points = 0 }.Unsigned())))).ShouldContain(page => page.Contains("no samples"));
        (await PagesAsync(BatchRecordPdf.Make(BatchRecordFile.Read(new SampleRecord { Points = 1 }.Unsigned())))).ShouldContain(page => page.Contains("max 0"));
    }

    [Fact]
    public async Task Values_at_the_ends_of_what_a_double_holds_are_drawn()
    {
        byte[] file = SampleRecord.Rewritten(new SampleRecord().Unsigned(), "\"values\":[0,", "\"values\":[1.7e308,-1.7e308,1e999,");
        (await PagesAsync(BatchRecordPdf.Make(BatchRecordFile.Read(file)))).ShouldContain(page => page.Contains("max 1.7E+308"));
    }

    [Fact]
    public async Task Fifty_steps_of_forty_series_each_have_a_chart_for_every_series()
    {
        string[] pages = await PagesAsync(BatchRecordPdf.Make(BatchRecordFile.Read(new SampleRecord { Steps = 50, SeriesOfStep = 40, Points = 120 }.Signed())));
        string.Join('\n', pages).Split("max 1").Length.ShouldBe((50 * 40) + 1);
    }

    private static async Task<string[]> PagesAsync(byte[] pdf)
    {
        Encoding.ASCII.GetString(pdf, 0, 8).ShouldBe("%PDF-1.7");
        using TemporaryFolder folder = new();
        await File.WriteAllBytesAsync(folder["record.pdf"], pdf);
        ProcessStartInfo info = new("pdftotext", ["-layout", folder["record.pdf"], "-"])
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using Process process = Process.Start(info)!;
        Task<string> errors = process.StandardError.ReadToEndAsync();
        string text = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        (await errors).ShouldBeEmpty();
        process.ExitCode.ShouldBe(0);
        return text.TrimEnd('\f', '\n').Split('\f');
    }
}
