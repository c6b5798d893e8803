using StepCloud.Contracts.Workflows;
using static StepCloud.Api.Workflows.Records.PrintedText;

namespace StepCloud.Api.Workflows.Records;

/// <summary>The first pages: what the job is, who signed it, what was expected, of which materials, and what went otherwise.</summary>
internal static class PdfSummary
{
    private static readonly PdfColumn[] s_pairs = [new("", 110), new("", 405)];

    public static void Write(PdfPaper paper, BatchRecordFile file, PdfStanding standing)
    {
        RecordNames names = new(file.Record.Context);
        RecordFacts facts = file.Record.Facts;
        if (standing.Faults.Count > 0)
        {
            paper.Heading("This file is not sound");
            foreach (string fault in standing.Faults) paper.Paragraph(fault, isBold: true, linesMax: 4);
        }

        Job(paper, facts, names, file.Record.Context.Organization);
        Signatures(paper, file);
        Expected(paper, facts);
        Materials(paper, facts, names);
        Devices(paper, facts, names);
        Deviations(paper, facts, names);
        Choices(paper, facts, names);
    }

    private static void Job(PdfPaper paper, RecordFacts facts, RecordNames names, string organization)
    {
        RecordJob job = facts.Job;
        paper.Heading("Job");
        paper.Table(s_pairs,
        [
            ["Code", job.Code],
            ["Name", job.Name ?? "-"],
            ["Id", job.Id.ToString("D")],
            ["Organization", $"{organization} ({job.OrganizationId})"],
            ["Parts", $"{job.Parts}"],
            ["Found to be", $"{job.State}, when the record was made"],
            ["Begun", $"{Time(job.CreatedAt)} UTC by {names.User(job.CreatedBy)}"],
            ["Completed", job.CompletedAt is null ? "-" : $"{Time(job.CompletedAt)} UTC by {names.User(job.CompletedBy)}"],
            ["Blueprint", $"{facts.Blueprint.Name}, version {facts.Blueprint.Number} ({facts.Blueprint.Id})"],
            ["Its document's SHA-256", facts.Blueprint.DocumentSha256],
        ]);
    }

    /// <remarks>21 CFR 11.50(a): the printed name, date and time, and the meaning of each signature.</remarks>
    private static void Signatures(PdfPaper paper, BatchRecordFile file)
    {
        paper.Heading("Signatures");
        if (file.Signatures.Count == 0) paper.Paragraph("NOT SIGNED: nobody has released or rejected this job.", size: 10, isBold: true);
        foreach (SignatureRow row in file.Signatures.Append(file.Record.Facts.Blueprint.Signature))
        {
            bool isOfJob = row.SubjectKind == SignatureFacts.Job;
            paper.Table(s_pairs,
            [
                ["Signed by", row.UserName],
                ["Date and time", $"{row.SignedAt} (UTC)"],
                ["Meaning", isOfJob ? $"{row.Meaning}: this job" : $"{row.Meaning}: version {row.SubjectNumber} of the blueprint"],
                ["Comment", row.Comment ?? "-"],
                ["With", row.SecondFactor ? "password and second factor" : "password"],
                ["Signature and user", $"{row.Id}, {row.UserId}"],
            ]);
        }

        paper.Paragraph("Whether these signatures hold is not shown by this page, but by 'stepcloud batch-record verify' on the file that it was made from.", size: 6.5);
    }

    private static void Expected(PdfPaper paper, RecordFacts facts)
    {
        paper.Heading("Expected steps");
        paper.Table(
            [new("Key", 90), new("Name", 130), new("Verdict", 90), new("Done by the steps", 205)],
            facts.Expected.Select(expected => new[] { expected.Key, expected.Name, expected.Verdict, IdsOf(expected.Steps) }), linesMax: 20);
        paper.Paragraph($"Steps that were not expected: {(facts.Extra.Count == 0 ? "none" : IdsOf(facts.Extra))}", size: 7, linesMax: 400);
    }

    private static void Materials(PdfPaper paper, RecordFacts facts, RecordNames names)
    {
        paper.Heading("Materials");
        if (facts.Materials.Count == 0) paper.Paragraph("None.", size: 7);
        else paper.Table(
            [new("Material", 100), new("Lot", 85), new("Manufacturer", 80), new("Expires", 50), new("Opened", 50), new("Added, removed", 150)],
            facts.Materials.Select(lot => new[]
            {
                lot.Material, $"{lot.Lot} ({lot.LotId})", lot.Manufacturer ?? "-", Day(lot.ExpiresOn), Day(lot.OpenedOn),
                $"added {Time(lot.AddedAt)} by {names.User(lot.AddedBy)}"
                    + (lot.RemovedAt is null ? "" : $"; removed {Time(lot.RemovedAt)} by {names.User(lot.RemovedBy)}: {lot.RemoveReason}"),
            }), linesMax: 20);
    }

    private static void Devices(PdfPaper paper, RecordFacts facts, RecordNames names)
    {
        if (facts.Devices.Count == 0) return;
        paper.Heading("Devices that worked for the job");
        paper.Table(
            [new("Device", 200), new("From", 90), new("To", 90), new("Said", 135)],
            facts.Devices.Select(time => new[]
            {
                $"{names.Device(time.DeviceId)} ({time.DeviceId})", Time(time.From), time.To is { } to ? Time(to) : "-", $"{Time(time.AddedAt)} by {names.User(time.AddedBy)}",
            }), linesMax: 20);
    }

    private static void Deviations(PdfPaper paper, RecordFacts facts, RecordNames names)
    {
        paper.Heading("Deviations");
        if (facts.Deviations.Count == 0) paper.Paragraph("None.", size: 7);
        else paper.Table(
            [new("What", 185), new("Expected, found", 105), new("State", 55), new("Disposition", 170)],
            facts.Deviations.Select(deviation => new[]
            {
                $"{deviation.Text} ({deviation.Code}{Behind(deviation.StepKey)}{Behind(deviation.StepId)}), found {Time(deviation.FoundAt)}",
                deviation.Expected is null && deviation.Found is null && deviation.Parameter is null
                    ? "-"
                    : $"{deviation.Parameter} expected {deviation.Expected ?? "-"}, found {deviation.Found ?? "-"}, off by {Number(deviation.OffBy)}",
                deviation.State + (deviation.WithdrawnAt is null ? "" : $" {Time(deviation.WithdrawnAt)}"),
                deviation.Disposition is null ? "-" : $"{deviation.Disposition}: {deviation.Reason} ({Time(deviation.DisposedAt)} by {names.User(deviation.DisposedBy)})",
            }), linesMax: 30);
    }

    private static void Choices(PdfPaper paper, RecordFacts facts, RecordNames names)
    {
        if (facts.Choices.Count == 0) return;
        paper.Heading("Steps that people added, removed or had done again");
        paper.Table(
            [new("Step", 165), new("Choice", 55), new("When and by whom", 135), new("Reason", 160)],
            facts.Choices.Select(choice => new[] { choice.StepId.ToString("D"), choice.Choice, $"{Time(choice.At)} by {names.User(choice.By)}", choice.Reason }), linesMax: 20);
    }

    private static string IdsOf(IReadOnlyList<Guid> steps) => steps.Count == 0 ? "-" : string.Join(" ", steps);

    private static string Day(DateOnly? day) => day?.ToString("yyyy-MM-dd") ?? "-";

    private static string Behind<T>(T? value) => value is null ? "" : $", {value}";
}

/// <summary>Names for ids, as they were when the record was made.</summary>
internal sealed class RecordNames(RecordContext context)
{
    private readonly Dictionary<Guid, string> _users = context.Users.GroupBy(user => user.Id).ToDictionary(group => group.Key, group => group.First().Name);
    private readonly Dictionary<Guid, RecordDevice> _devices = context.Devices.GroupBy(device => device.Id).ToDictionary(group => group.Key, group => group.First());

    public string User(Guid? id) => id is null ? "-" : _users.TryGetValue(id.Value, out string? name) ? name : id.Value.ToString("D");

    public string Device(Guid id) => _devices.TryGetValue(id, out RecordDevice? device)
        ? $"{device.Label}, {device.Model ?? "model not known"}, serial {device.Serial ?? "not known"} ({id})"
        : id.ToString("D");
}
